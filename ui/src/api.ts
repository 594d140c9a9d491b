// Requests to the server. What goes wrong is an ApiError, whose sentence can be shown as it is.
import { parse, print } from "./json";
import { denied } from "./session";
import type { Instance, LogPage, Operation, StateAnswer, StreamAnswer } from "./types";

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly position?: number,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

interface Options {
  method?: string;
  body?: unknown; // an object, or a text that is JSON already
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const path = (...parts: (string | number)[]) => "/" + parts.map((part) => encodeURIComponent(part)).join("/");
export { path };

export function withQuery(address: string, parameters: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size ? `${address}?${query}` : address;
}

async function send(address: string, options: Options): Promise<Response> {
  const { method = options.body === undefined ? "GET" : "POST", signal } = options;
  // The server takes nothing that a form could send where a cookie says who asks.
  const headers = { ...(method !== "GET" && { "Content-Type": "application/json" }), ...options.headers };
  const body = options.body === undefined || typeof options.body === "string" ? options.body : print(options.body);
  try {
    const response = await fetch(address, { method, headers, body: body as string | undefined, signal });
    if (response.status === 401) denied();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server cannot be reached.", 0, "offline");
  }
}

function read(text: string, address: string, status: number): unknown {
  try {
    return parse(text);
  } catch {
    throw new ApiError(`The answer to ${address} is no JSON (status ${status}).`, status, "no_json");
  }
}

function refusal(answer: unknown, status: number): ApiError {
  const { error, code, position } = answer as { error?: string; code?: string; position?: number };
  const sentence = error ?? `The server answered ${status}.`;
  return new ApiError(sentence, status, code ?? "", position, answer as Record<string, unknown>);
}

export async function request<T>(address: string, options: Options = {}): Promise<T> {
  const response = await send(address, options);
  const answer = read(await response.text(), address, response.status);
  if (!response.ok) throw refusal(answer, response.status);
  return answer as T;
}

// A request that is answered by lines: each but the last is given to `each`, the last is the answer, or the error.
export async function requestLines<L, T>(address: string, options: Options, each: (line: L) => void): Promise<T> {
  const response = await send(address, options);
  if (!response.ok) throw refusal(read(await response.text(), address, response.status), response.status);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last: unknown = null;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (last !== null) each(last as L);
      last = read(line, address, response.status);
    }
  }
  const { error, status, progress } = (last ?? { progress: 0 }) as {
    error?: string;
    status?: number;
    progress?: unknown;
  };
  if (progress !== undefined) throw new ApiError("The connection was lost before the answer came.", 0, "cut_short");
  if (error !== undefined) throw refusal(last, status ?? 0);
  return last as T;
}

// --- what several views ask for

export const listInstances = async () => (await request<{ instances: Instance[] }>("/instances")).instances;

export const query = <T = StateAnswer | StreamAnswer>(
  slug: string,
  text: string,
  signal?: AbortSignal,
  replay?: string,
) => request<T>(withQuery(path(slug, "query"), { q: text, replay }), { signal });

export const logPage = (slug: string, after: number, limit: number, signal?: AbortSignal) =>
  request<LogPage>(withQuery(path(slug, "operations"), { after, limit }), { signal });

export async function operation(slug: string, id: number, signal?: AbortSignal): Promise<Operation | undefined> {
  const page = await logPage(slug, id - 1, 1, signal);
  return page.operations.find((one) => one.id === id);
}

// A text, or an instance's own name for a thing, as it stands in a query.
export const quoted = (text: string) => `"${text.replace(/[\\"]/g, "\\$&").replace(/[\u0000-\u001f]/g, escaped)}"`;
export const key = (name: string) => (/^[A-Za-z0-9_.-]+$/.test(name) ? name : quoted(name));
const escaped = (character: string) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");
