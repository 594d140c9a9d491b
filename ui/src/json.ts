// JSON without loss: numbers keep the text they were sent with (1.10, forty digits), where the browser can tell it.

export type Json = null | boolean | number | string | RawNumber | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

// What JSON.rawJSON makes: a number that JavaScript would write otherwise, or could not hold.
export interface RawNumber {
  readonly rawJSON: string;
}

interface RawJson {
  rawJSON?(text: string): RawNumber;
  isRawJSON?(value: unknown): boolean;
}
const raw = JSON as unknown as RawJson;

export function isRaw(value: unknown): value is RawNumber {
  return raw.isRawJSON?.(value) ?? false;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRaw(value);
}

export function parse(text: string): Json {
  if (!raw.rawJSON) return JSON.parse(text);
  return JSON.parse(text, function keep(this: unknown, _key: string, value: unknown, context?: { source?: string }) {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && String(value) !== source ? raw.rawJSON!(source) : value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}

export const print = (value: unknown, indent?: number): string => JSON.stringify(value, null, indent);

// A value in one line, as a person would write it: texts without quotes.
export function inline(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : print(value);
}

// What a person typed as a value: JSON where it is JSON, else the text itself.
export function typed(text: string): Json {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

export const same = (one: unknown, other: unknown): boolean => print(one) === print(other);
