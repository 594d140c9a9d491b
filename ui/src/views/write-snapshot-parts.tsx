// Parts of the snapshot view: the file's rows, the options, what it would generate, how far it is.
import { OpBadge } from "../components/op-badge";
import { Value } from "../components/value";
import { number, plural } from "../format";
import type { JsonObject } from "../json";
import { ids, summary } from "../operation";
import { address } from "../router";
import { tables } from "../shared";
import type { Options, Preview, Progress } from "../snapshot-ingest";

const SHOWN_ROWS = 8;
const SHOWN_GENERATED = 200;

interface ChoicesProps {
  rows: JsonObject[];
  options: Options;
  set(part: Partial<Options>): void;
}

const SELECTS: { name: "absence_means" | "null_fields_mean"; label: string; values: string[] }[] = [
  { name: "absence_means", label: "What is not in it", values: ["unchanged", "deleted", "investigate"] },
  { name: "null_fields_mean", label: "Empty fields", values: ["unchanged", "cleared", "unknown"] },
];

export function Choices({ rows, options, set }: ChoicesProps) {
  const select = (name: keyof Options, label: string, values: string[]) => (
    <label class="field" key={name}>
      <span>{label}</span>
      <select value={options[name]} onChange={(event) => set({ [name]: event.currentTarget.value })}>
        {values.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
  const text = (name: "table" | "source", label: string, list?: string) => (
    <label class="field">
      <span>{label}</span>
      <input list={list} value={options[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <div class="pair options">
      {text("table", "Table", "snapshot-tables")}
      <datalist id="snapshot-tables">
        {tables.value.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {select("match_on", "Matched on", [...new Set(["id", ...Object.keys(rows[0]!)])])}
      {SELECTS.map(({ name, label, values }) => select(name, label, values))}
      {text("source", "Source")}
    </div>
  );
}

interface DoneProps {
  progress: Progress;
  rows: number;
  instance: string;
  table: string;
}

export function Done({ progress, rows, instance, table }: DoneProps) {
  return (
    <div class="card pad stack" role="status">
      <progress max={rows} value={progress.done} aria-label="Ingest" />
      <p>
        {number(progress.done)} of {plural(rows, "row")}, {plural(progress.generated, "operation")} generated.{" "}
        {progress.last > 0 ? (
          <>
            <a href={address([instance, "tables", table || "_default"])}>The table</a>,{" "}
            <a href={address([instance, "live"], { sel: progress.last })}>the last ingest</a>
          </>
        ) : (
          progress.done === rows && "Being written to disk."
        )}
      </p>
    </div>
  );
}

export function Rows({ rows }: { rows: JsonObject[] }) {
  const names = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
  return (
    <div class="card preview" tabIndex={0} role="region" aria-label="Rows of the file">
      <table class="sheet">
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN_ROWS).map((row, index) => (
            <tr key={index}>
              {names.map((name) => (
                <td key={name}>
                  <Value value={row[name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Generated({ preview }: { preview: Preview }) {
  const counts = new Map<string, number>();
  for (const one of preview.generated) counts.set(one.op, (counts.get(one.op) ?? 0) + 1);
  return (
    <section class="card" aria-label="What it would generate">
      <div class="card-head">
        <h2>It would generate {plural(preview.generated_count ?? 0, "operation")}</h2>
        <span class="faint">
          {[...counts].map(([op, count]) => `${number(count)} ${op}`).join(", ")}
          {preview.skipped?.length ? `; ${plural(preview.skipped.length, "row")} without a key skipped` : ""}
        </span>
      </div>
      <ol>
        {preview.generated.slice(0, SHOWN_GENERATED).map((op) => (
          <li key={op.id} class="generated">
            <OpBadge op={op.op} /> <b>{ids(op).join(" ")}</b> <span class="faint">{summary(op)}</span>
          </li>
        ))}
      </ol>
      {(preview.generated_count ?? 0) > SHOWN_GENERATED && (
        <p class="faint pad">and {number(preview.generated_count! - SHOWN_GENERATED)} more</p>
      )}
    </section>
  );
}
