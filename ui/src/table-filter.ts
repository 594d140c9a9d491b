// What stands in a table's filter: conditions of EOQL, or a text to look for.
import { inline } from "./json";
import { fieldsOf } from "./entity";
import type { Entity } from "./types";

// Conditions have an operator outside of quotes; anything else is a text, with or without quotes around it.
export function textIn(filter: string): string | null {
  const text = filter.trim();
  if (!text || /[=<>]/.test(text.replace(/"[^"]*"|'[^']*'/g, ""))) return null;
  return text.replace(/^(["'])(.*)\1$/, "$2");
}

// Whether the id or a field holds the text; letters count in either case.
export function holds(entity: Entity, text: string): boolean {
  const wanted = text.toLocaleLowerCase();
  const has = (value: unknown) => inline(value).toLocaleLowerCase().includes(wanted);
  return has(entity.id) || fieldsOf(entity).some((name) => has(entity[name]));
}
