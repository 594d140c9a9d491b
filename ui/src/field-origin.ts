// Which operation gave a field the value it has. A biography names every operation about an id, in whatever table, so each
// is looked at before it is believed.
import { markedBy } from "./entity";
import { inline, isObject, type Json } from "./json";
import { tableOf } from "./operation";
import type { Entity, Operation } from "./types";

export interface Known {
  table: string;
  id: string;
  operations: Operation[]; // about the id, oldest first, up to the moment that is shown
  whole: boolean; // false: older ones are missing
}

const names = (known: Known, value: unknown) => value !== undefined && inline(value) === known.id;

function sets(op: Operation, field: string, known: Known): boolean {
  if (op.op !== "INS" && op.op !== "ALT") return false;
  return field in op.target && tableOf(op) === known.table && names(known, op.target.id);
}

const mergesInto = (op: Operation, known: Known): boolean =>
  op.op === "SYN" && tableOf(op) === known.table && names(known, op.target.merge_into ?? op.target.primary);

// Undefined where what is known does not tell.
export function setBy(field: string, value: unknown, known: Known): number | undefined {
  const marked = markedBy(value);
  if (marked !== undefined) return marked;
  const last = known.operations.findLast((op) => sets(op, field, known));
  if (last) return last.id;
  // No operation set it here, so a merge brought it; which of several did cannot be told.
  const merges = known.whole ? known.operations.filter((op) => mergesInto(op, known)) : [];
  return merges.length === 1 ? merges[0]!.id : undefined;
}

// What was said of where the value comes from. It stays noted when a later operation sets the field and says nothing; then
// it belongs to the value before, and is not shown.
export function originOf(entity: Entity, field: string, op: number | undefined): [string, Json][] {
  const noted = isObject(entity._provenance) ? entity._provenance[field] : undefined;
  if (!isObject(noted) || op === undefined || noted.op_id !== op) return [];
  return Object.entries(noted).filter(([name]) => name !== "op_id");
}
