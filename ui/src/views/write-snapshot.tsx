// A list from a file: what it would generate first, then the ingest, with its progress.
import { useState } from "preact/hooks";
import { Problem } from "../components/problem";
import { plural } from "../format";
import type { JsonObject } from "../json";
import { rowsFrom } from "../rows-from-file";
import { type Options, type Preview, type Progress, ingest, preview } from "../snapshot-ingest";
import { Choices, Done, Generated, Rows } from "./write-snapshot-parts";

interface Loaded {
  name: string;
  rows: JsonObject[];
  since: number;
}

// No table is chosen beforehand: a list that goes into another table than it is about can change all of that table.
function initial(): Options {
  return { table: "", match_on: "id", absence_means: "unchanged", null_fields_mean: "unchanged", source: "" };
}

const ACCEPTED = ".csv,.tsv,.json,.ndjson,.jsonl,text/csv,application/json";

export function Snapshot({ instance }: { instance: string }) {
  const [file, setFile] = useState<Loaded | null>(null);
  const [error, setError] = useState("");
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    setError("");
    setFile(null);
    try {
      setFile({ name: chosen.name, rows: rowsFrom(chosen.name, await chosen.text()), since: Date.now() });
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  };
  const region = { class: "scroll pad stack", tabIndex: 0, role: "region" as const, "aria-label": "Snapshot" };
  return (
    <div {...region} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <label class="drop">
        <span>
          {file ? `${file.name}: ${plural(file.rows.length, "row")}` : "Drop a CSV or JSON file here, or choose one"}
        </span>
        <input type="file" accept={ACCEPTED} onChange={(event) => void take(event.currentTarget.files?.[0])} />
      </label>
      <Problem text={error} />
      {file && <Ingest key={file.since} instance={instance} {...file} />}
    </div>
  );
}

function Ingest({ instance, rows, since }: Loaded & { instance: string }) {
  const names = Object.keys(rows[0]!);
  const [options, setOptions] = useState(() => ({ ...initial(), match_on: names.includes("id") ? "id" : names[0]! }));
  const [found, setFound] = useState<Preview | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const named = options.table.trim() !== "";
  const set = (part: Partial<Options>) => {
    setOptions({ ...options, ...part });
    setFound(null);
    setProgress(null);
  };
  const attempt = async (action: () => Promise<void>) => {
    setBusy(true);
    setError("");
    await action().catch((problem: Error) => setError(problem.message));
    setBusy(false);
  };
  const look = () => attempt(async () => setFound(await preview(instance, rows, options)));
  const send = () =>
    attempt(async () => {
      await ingest(instance, rows, options, since, setProgress);
      setFound(null);
    });
  return (
    <>
      <Rows rows={rows} />
      <Choices rows={rows} options={options} set={set} />
      <div class="actions">
        <button type="button" onClick={() => void look()} disabled={busy || !named}>
          Preview
        </button>
        <button
          type="button"
          class="accent"
          onClick={() => void send()}
          disabled={busy || !named || (progress?.last ?? 0) > 0}
        >
          Ingest {plural(rows.length, "row")}
        </button>
      </div>
      {!named && <p class="faint">Say which table the list is of; a new name makes a new table.</p>}
      <Problem text={error} />
      {busy && !progress && (
        <p class="faint" role="status">
          Working…
        </p>
      )}
      {progress && <Done progress={progress} rows={rows.length} instance={instance} table={options.table} />}
      {found && <Generated preview={found} />}
    </>
  );
}
