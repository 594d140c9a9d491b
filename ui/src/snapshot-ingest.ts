// Sending a list of rows as a snapshot: in one transaction, or in parts where it is larger than a request may be.
import { ApiError, path, request, requestLines } from "./api";
import { type JsonObject, print } from "./json";
import type { Operation } from "./types";

const MAX_BODY_BYTES = 15 << 20; // a little less than the server's usual limit
const KEY_MS = 600_000; // the same list, opened again after this long, is a new ingest

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
  last: number; // the operation that ended the ingest; 0: it is not at its end
}

interface Line {
  progress: { rows: number; of: number; generated: number };
}

function bodyOf(rows: string, { table, source, ...frame }: Options): string {
  const context = print({ type: "snapshot_ingest", ...(table && { table }) });
  return `{"op":"REC","target":{"rows":[${rows}]},"context":${context},"frame":${print({ ...frame, ...(source && { source }) })}}`;
}

const encoder = new TextEncoder();
const sizeOf = (text: string) => encoder.encode(text).length;

interface Part {
  rows: number;
  body: string;
}

function partsOf(rows: JsonObject[], options: Options): Part[] {
  const parts: Part[] = [];
  let texts: string[] = [];
  let size = 0;
  const most = MAX_BODY_BYTES - sizeOf(bodyOf("", options));
  const close = () => {
    parts.push({ rows: texts.length, body: bodyOf(texts.join(","), options) });
    texts = [];
    size = 0;
  };
  for (const row of rows) {
    const text = print(row);
    const bytes = sizeOf(text) + 1;
    if (texts.length > 0 && size + bytes > most) close();
    texts.push(text);
    size += bytes;
  }
  close();
  return parts;
}

// A key for each part: one whose answer is lost is not done twice. Only where the page is served safely, or from this
// machine, does the browser hash; elsewhere a part's key is of this try alone.
async function keyOf(text: string, since: number): Promise<string> {
  if (!crypto.subtle) return `snapshot-${Date.now()}-${Math.random()}`;
  const bytes = encoder.encode(`${Math.floor(since / KEY_MS)}${text}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return "snapshot-" + [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function preview(instance: string, rows: JsonObject[], options: Options): Promise<Preview> {
  const parts = partsOf(rows, options);
  if (parts.length > 1) {
    throw new Error("The list is too large to be looked at in one piece; it can be ingested in parts.");
  }
  return request<Preview>(path(instance, "operations") + "?dry_run=true", { body: parts[0]!.body });
}

export async function ingest(
  instance: string,
  rows: JsonObject[],
  options: Options,
  since: number, // when the list was opened
  report: (progress: Progress) => void,
): Promise<void> {
  const parts = partsOf(rows, options);
  if (parts.length > 1 && options.absence_means !== "unchanged") {
    throw new Error("The list is too large for one request, and in parts each would lack the rows of the others.");
  }
  const total: Progress = { done: 0, generated: 0, last: 0 };
  report({ ...total });
  for (const [index, { rows: count, body }] of parts.entries()) {
    const headers = { "Idempotency-Key": await keyOf(body, since) };
    const each = ({ progress }: Line) =>
      report({ done: total.done + progress.rows, generated: total.generated + progress.generated, last: 0 });
    const address = path(instance, "operations") + "?progress=true";
    const answer = await requestLines<Line, Preview & { op_id: number }>(address, { body, headers }, each).catch(again);
    total.done += count;
    total.generated += answer.generated_count;
    if (index === parts.length - 1) total.last = answer.op_id;
    report({ ...total });
  }
}

function again(error: Error): never {
  if (error instanceof ApiError && error.status === 0) {
    throw new Error(`${error.message} Ingest it again: what has been appended is not appended twice.`);
  }
  throw error;
}
