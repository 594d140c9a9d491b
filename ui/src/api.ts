// Requests to the server. What goes wrong is an ApiError, whose sentence can be shown as it is.
import { parse, print } from "./json";
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

export async function request<T>(address: string, options: Options = {}): Promise<T> {
  const { method = options.body === undefined ? "GET" : "POST", headers, signal } = options;
  const body = options.body === undefined || typeof options.body === "string" ? options.body : print(options.body);
  let response: Response;
  try {
    response = await fetch(address, { method, headers, body: body as string | undefined, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server cannot be reached.", 0, "offline");
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = parse(text);
  } catch {
    throw new ApiError(`The answer to ${address} is no JSON (status ${response.status}).`, response.status, "no_json");
  }
  if (!response.ok) {
    const { error, code, position } = answer as { error?: string; code?: string; position?: number };
    const sentence = error ?? `The server answered ${response.status}.`;
    throw new ApiError(sentence, response.status, code ?? "", position, answer as Record<string, unknown>);
  }
  return answer as T;
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
