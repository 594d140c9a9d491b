// A list from a file: what it would generate first, then the ingest, with its progress.
import { useState } from "preact/hooks";
import { path, request } from "../api";
import { Value } from "../components/value";
import { OpBadge } from "../components/op-badge";
import { number, plural } from "../format";
import { type JsonObject, print } from "../json";
import { ids, summary } from "../operation";
import { address } from "../router";
import { rowsFrom } from "../rows-from-file";
import { tables } from "../shared";
import type { Operation } from "../types";
import type { Answer } from "./write";

const SHOWN_ROWS = 8;
const SHOWN_GENERATED = 200;
const CHUNK_ROWS = 1_000;
const MAX_BYTES = 15 << 20; // a little less than the server's usual limit of a body

interface Preview extends Answer {
  generated: Operation[];
}

// Rows that stand for themselves can go in parts, each in a transaction of its own; where absence says something, the list
// must be whole.
export function parts(rows: JsonObject[], absence: string): JsonObject[][] {
  if (absence !== "unchanged") return [rows];
  const found: JsonObject[][] = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) found.push(rows.slice(at, at + CHUNK_ROWS));
  return found;
}

export function Snapshot({ instance }: { instance: string }) {
  const [file, setFile] = useState<{ name: string; rows: JsonObject[] } | null>(null);
  const [options, setOptions] = useState({ table: tables.value.find((name) => !name.startsWith("_")) ?? "", match_on: "id", absence_means: "unchanged", null_fields_mean: "unchanged", source: "" });
  const [error, setError] = useState("");
  const [preview, setPreview] = useState<Preview | null>(null);
  const [progress, setProgress] = useState<{ done: number; generated: number; over: boolean; last: number } | null>(null);
  const [busy, setBusy] = useState(false);

  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    setError("");
    setPreview(null);
    setProgress(null);
    try {
      const rows = rowsFrom(chosen.name, await chosen.text());
      setFile({ name: chosen.name, rows });
      const first = Object.keys(rows[0]!);
      if (!first.includes("id")) setOptions((before) => ({ ...before, match_on: first[0]! }));
    } catch (problem) {
      setFile(null);
      setError((problem as Error).message);
    }
  };
  const body = (rows: JsonObject[]) => {
    const { table, source, ...frame } = options;
    return print({ op: "REC", target: { rows }, context: { type: "snapshot_ingest", ...(table && { table }) }, frame: { ...frame, ...(source && { source }) } });
  };
  const attempt = async (action: () => Promise<void>) => {
    setBusy(true);
    setError("");
    try {
      await action();
    } catch (problem) {
      setError((problem as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const look = () => attempt(async () => {
    const text = body(file!.rows);
    if (text.length > MAX_BYTES) throw new Error("The list is too large to be looked at in one piece; it can be ingested in parts.");
    setPreview(await request<Preview>(path(instance, "operations") + "?dry_run=true", { body: text }));
  });
  const ingest = () => attempt(async () => {
    let done = 0;
    let generated = 0;
    let last = 0;
    for (const rows of parts(file!.rows, options.absence_means)) {
      // A key for each part: one whose answer is lost is not done twice.
      const key = await keyOf(body(rows));
      const answer = await request<Answer>(path(instance, "operations"), { body: body(rows), headers: { "Idempotency-Key": key } });
      done += rows.length;
      generated += answer.generated_count ?? 0;
      last = answer.op_id;
      setProgress({ done, generated, last, over: done === file!.rows.length });
    }
    setPreview(null);
  });
  const set = (part: Partial<typeof options>) => {
    setOptions({ ...options, ...part });
    setPreview(null);
    setProgress(null);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  };
  const choice = (name: "absence_means" | "null_fields_mean", label: string, values: string[]) => (
    <label class="field"><span>{label}</span><select value={options[name]} onChange={(event) => set({ [name]: event.currentTarget.value })}>{values.map((one) => <option key={one}>{one}</option>)}</select></label>
  );
  return (
    <div class="scroll pad stack" tabIndex={0} role="region" aria-label="Snapshot" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <label class="drop"><span>{file ? `${file.name}: ${plural(file.rows.length, "row")}` : "Drop a CSV or JSON file here, or choose one"}</span><input type="file" accept=".csv,.tsv,.json,.ndjson,.jsonl,text/csv,application/json" onChange={(event) => void take(event.currentTarget.files?.[0])} /></label>
      {file && (
        <>
          <Rows rows={file.rows} />
          <div class="pair options">
            <label class="field"><span>Table</span><input list="snapshot-tables" value={options.table} onInput={(event) => set({ table: event.currentTarget.value })} /><datalist id="snapshot-tables">{tables.value.map((one) => <option key={one} value={one} />)}</datalist></label>
            <label class="field"><span>Matched on</span><select value={options.match_on} onChange={(event) => set({ match_on: event.currentTarget.value })}>{[...new Set(["id", ...Object.keys(file.rows[0]!)])].map((one) => <option key={one}>{one}</option>)}</select></label>
            {choice("absence_means", "What is not in it", ["unchanged", "deleted", "investigate"])}
            {choice("null_fields_mean", "Empty fields", ["unchanged", "cleared", "unknown"])}
            <label class="field"><span>Source</span><input value={options.source} onInput={(event) => set({ source: event.currentTarget.value })} /></label>
          </div>
          <div class="actions">
            <button type="button" onClick={() => void look()} disabled={busy}>Preview</button>
            <button type="button" class="accent" onClick={() => void ingest()} disabled={busy || progress?.over}>Ingest {plural(file.rows.length, "row")}</button>
          </div>
        </>
      )}
      {error && <p class="bad" role="alert">{error}</p>}
      {busy && !progress && <p class="faint" role="status">Working…</p>}
      {progress && (
        <div class="card pad stack" role="status">
          <progress max={file!.rows.length} value={progress.done} aria-label="Ingest" />
          <p>{number(progress.done)} of {plural(file!.rows.length, "row")}, {plural(progress.generated, "operation")} generated.{progress.over && <> <a href={address([instance, "tables", options.table || "_default"])}>The table</a>, <a href={address([instance, "live"], { sel: progress.last })}>the last ingest</a></>}</p>
        </div>
      )}
      {preview && <Generated preview={preview} />}
    </div>
  );
}

async function keyOf(text: string): Promise<string> {
  // Only where the page is served safely (or from this machine) does the browser hash; elsewhere a part has no key of its own.
  if (!crypto.subtle) return `snapshot-${Date.now()}-${Math.random()}`;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${Math.floor(Date.now() / 600_000)}${text}`));
  return "snapshot-" + [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function Rows({ rows }: { rows: JsonObject[] }) {
  const names = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
  return (
    <div class="card preview" tabIndex={0} role="region" aria-label="Rows of the file">
      <table class="sheet"><thead><tr>{names.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>{rows.slice(0, SHOWN_ROWS).map((row, index) => <tr key={index}>{names.map((name) => <td key={name}><Value value={row[name]} /></td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Generated({ preview }: { preview: Preview }) {
  const counts = new Map<string, number>();
  for (const one of preview.generated) counts.set(one.op, (counts.get(one.op) ?? 0) + 1);
  return (
    <section class="card" aria-label="What it would generate">
      <div class="card-head"><h2>It would generate {plural(preview.generated_count ?? 0, "operation")}</h2><span class="faint">{[...counts].map(([op, count]) => `${number(count)} ${op}`).join(", ")}{preview.skipped?.length ? `; ${plural(preview.skipped.length, "row")} without a key skipped` : ""}</span></div>
      <ol>
        {preview.generated.slice(0, SHOWN_GENERATED).map((op) => (
          <li key={op.id} class="generated"><OpBadge op={op.op} /> <b>{ids(op).join(" ")}</b> <span class="faint">{summary(op)}</span></li>
        ))}
      </ol>
      {(preview.generated_count ?? 0) > SHOWN_GENERATED && <p class="faint pad">and {number(preview.generated_count! - SHOWN_GENERATED)} more</p>}
    </section>
  );
}
