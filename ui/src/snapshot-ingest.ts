// Sending a list of rows as a snapshot: in parts where the rows stand for themselves.
import { path, request } from "./api";
import { type JsonObject, print } from "./json";
import type { Operation } from "./types";

const CHUNK_ROWS = 1_000;
const MAX_PREVIEW_BYTES = 15 << 20; // a little less than the server's usual limit of a body
const KEY_MS = 600_000; // the same list again after this long is a new ingest

export interface Options {
  table: string;
  match_on: string;
  absence_means: string;
  null_fields_mean: string;
  source: string;
}

export interface Preview {
  generated: Operation[];
  generated_count: number;
  skipped?: number[];
}

export interface Progress {
  done: number; // rows
  generated: number;
  last: number; // the last part's operation
}

function bodyOf(rows: JsonObject[], { table, source, ...frame }: Options): string {
  return print({
    op: "REC",
    target: { rows },
    context: { type: "snapshot_ingest", ...(table && { table }) },
    frame: { ...frame, ...(source && { source }) },
  });
}

// Each part is a transaction of its own; where absence says something, the list must be whole.
function parts(rows: JsonObject[], absence: string): JsonObject[][] {
  if (absence !== "unchanged") return [rows];
  const found: JsonObject[][] = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) found.push(rows.slice(at, at + CHUNK_ROWS));
  return found;
}

// A key for each part: one whose answer is lost is not done twice. Only where the page is served safely, or from this
// machine, does the browser hash; elsewhere a part's key is of this try alone.
async function keyOf(text: string): Promise<string> {
  if (!crypto.subtle) return `snapshot-${Date.now()}-${Math.random()}`;
  const bytes = new TextEncoder().encode(`${Math.floor(Date.now() / KEY_MS)}${text}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return "snapshot-" + [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function preview(instance: string, rows: JsonObject[], options: Options): Promise<Preview> {
  const body = bodyOf(rows, options);
  if (body.length > MAX_PREVIEW_BYTES) {
    throw new Error("The list is too large to be looked at in one piece; it can be ingested in parts.");
  }
  return request<Preview>(path(instance, "operations") + "?dry_run=true", { body });
}

export async function ingest(
  instance: string,
  rows: JsonObject[],
  options: Options,
  report: (progress: Progress) => void,
): Promise<void> {
  const progress: Progress = { done: 0, generated: 0, last: 0 };
  for (const part of parts(rows, options.absence_means)) {
    const body = bodyOf(part, options);
    const headers = { "Idempotency-Key": await keyOf(body) };
    const answer = await request<Preview & { op_id: number }>(path(instance, "operations"), { body, headers });
    progress.done += part.length;
    progress.generated += answer.generated_count;
    progress.last = answer.op_id;
    report({ ...progress });
  }
}
