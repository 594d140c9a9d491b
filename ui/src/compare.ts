// A table at a moment, and what two of its moments differ in.
import { path, request, withQuery } from "./api";
import { type Json, same } from "./json";
import type { Entity, StateAnswer } from "./types";

const MOST = 10_000;

export interface Moment {
  entities: Entity[];
  whole: boolean; // false: there are more than are looked at
}

export async function tableAt(slug: string, table: string, atOp: number, signal: AbortSignal): Promise<Moment> {
  if (atOp <= 0) return { entities: [], whole: true };
  const answer = await request<StateAnswer>(withQuery(path(slug, "state", table), { at_op: atOp, limit: MOST }), {
    signal,
  });
  return { entities: answer.entities, whole: answer.next_cursor === undefined };
}

export interface Difference {
  id: string;
  kind: "new" | "changed" | "gone";
  fields: { name: string; before: Json | undefined; after: Json | undefined }[];
}

// What the projection counts (_ops) and where values came from (_provenance) changes with every operation, and is left out.
const UNTOLD = new Set(["id", "_ops", "_provenance"]);

export function compare(before: Entity[], after: Entity[]): Difference[] {
  const old = new Map(before.map((one) => [one.id, one]));
  const now = new Map(after.map((one) => [one.id, one]));
  const found: Difference[] = [];
  for (const id of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [one, other] = [old.get(id), now.get(id)];
    const kind = !one ? "new" : !other ? "gone" : "changed";
    const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])].filter(
      (name) => !UNTOLD.has(name),
    );
    const fields = names
      .filter((name) => !same(one?.[name], other?.[name]))
      .map((name) => ({ name, before: one?.[name], after: other?.[name] }));
    if (kind !== "changed" || fields.length > 0) found.push({ id, kind, fields });
  }
  return found;
}
