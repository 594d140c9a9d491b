// What the projection notes about an entity, told apart from its fields.
import { type Json, isObject } from "./json";
import type { Entity } from "./types";

// Members that are no fields: where the answer says them beside the data.
const BESIDE = new Set(["id", "table", "alive"]);

// What the server adds to an answer. Any other name is a field, also one that begins with a line.
const ADDED = new Set("_ops _provenance _des _seg _syn_from _alive _table _collapsed _suspended".split(" "));

export const fieldsOf = (entity: Entity, besides = true): string[] =>
  Object.keys(entity).filter((name) => !ADDED.has(name) && !(besides ? BESIDE.has(name) : name === "id"));

export interface Variant {
  source?: Json;
  value: Json;
}

export function variantsOf(value: unknown): Variant[] | null {
  if (!isObject(value) || !Array.isArray(value._sup)) return null;
  return value._sup.map((one) =>
    isObject(one) && "value" in one ? { source: one.source, value: one.value! } : { value: one },
  );
}

export const isDestroyed = (value: unknown): boolean => isObject(value) && value._nul === true;

export const markedBy = (value: unknown): number | undefined =>
  isObject(value) && typeof value.op_id === "number" ? value.op_id : undefined;

export const designations = (entity: Entity): [string, Json][] =>
  Object.entries(isObject(entity._des) ? entity._des : {}) as [string, Json][];

export const boundaries = (entity: Entity): Json[] =>
  Array.isArray(entity._seg) ? entity._seg.map((one) => (isObject(one) ? (one.boundary ?? null) : one)) : [];

// Columns of a table, in the order in which its entities have them.
export function columnsOf(entities: Entity[]): string[] {
  const found = new Set<string>();
  for (const entity of entities) for (const name of fieldsOf(entity, false)) found.add(name);
  return [...found];
}
