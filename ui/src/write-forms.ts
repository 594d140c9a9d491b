// The nine operators as forms: what each asks for, and the operation that comes of it (docs/operators.md).
import { type Json, type JsonObject, typed } from "./json";
import type { Operator } from "./types";

export type Kind = "text" | "json" | "choice" | "fields" | "variants" | "range";

export interface Ask {
  name: string;
  label: string;
  kind: Kind;
  required?: boolean;
  hint?: string;
  choices?: string[];
}

export interface Form {
  op: Operator;
  says: string; // in one sentence
  asks: Ask[];
  table: boolean; // the operation is of a table
  beginsWith?: Record<string, Row[]>; // rows that are there at first
  target(values: Values): JsonObject;
  context?(values: Values): JsonObject;
}

// What was typed: a text by name; of fields and variants their rows.
export interface Row {
  name: string;
  value: string;
}
export interface Values {
  texts: Record<string, string>;
  rows: Record<string, Row[]>;
}

const id: Ask = { name: "id", label: "Entity", kind: "text", required: true, hint: "its id" };
const fields: Ask = { name: "fields", label: "Fields", kind: "fields", hint: "JSON, or a text as it is" };

const given = (values: Values, ...names: string[]): JsonObject =>
  Object.fromEntries(names.filter((name) => values.texts[name]).map((name) => [name, values.texts[name]!]));
const asJson = (values: Values, ...names: string[]): JsonObject =>
  Object.fromEntries(names.filter((name) => values.texts[name]).map((name) => [name, typed(values.texts[name]!)]));
export const rows = (values: Values, name = "fields"): JsonObject =>
  Object.fromEntries((values.rows[name] ?? []).filter((row) => row.name).map((row) => [row.name, typed(row.value)]));
const variants = (values: Values): Json[] =>
  (values.rows.variants ?? [])
    .filter((row) => row.name || row.value)
    .map((row) => (row.name ? { source: row.name, value: typed(row.value) } : typed(row.value)));

const REC_TYPES = ["emergence_scan", "feedback_rule", "other"];

export const FORMS: Form[] = [
  {
    op: "INS",
    says: "Makes an entity, or lays fields over what is there; alive again if it was dead.",
    asks: [id, fields],
    table: true,
    target: (values) => ({ ...given(values, "id"), ...rows(values) }),
  },
  {
    op: "ALT",
    says: "Lays fields over an entity that is there.",
    asks: [id, fields],
    table: true,
    target: (values) => ({ ...given(values, "id"), ...rows(values) }),
  },
  {
    op: "DES",
    says: "Says something about an entity that is no field of it: a name, a flag.",
    asks: [id, { ...fields, label: "Designations" }],
    table: true,
    target: (values) => ({ ...given(values, "id"), ...rows(values) }),
  },
  {
    op: "SEG",
    says: "Puts an entity within a boundary.",
    asks: [id, { name: "boundary", label: "Boundary", kind: "text", required: true }],
    table: true,
    target: (values) => given(values, "id", "boundary"),
  },
  {
    op: "CON",
    says: "Connects two ids with an edge; either may be anything.",
    asks: [
      { name: "source", label: "From", kind: "text", required: true },
      { name: "target", label: "To", kind: "text", required: true },
      { name: "coupling", label: "Coupling", kind: "range", hint: "0 to 1; 0.5 if empty" },
      {
        name: "stance",
        label: "Stance",
        kind: "choice",
        choices: ["", "essential", "generative", "accidental"],
        hint: "by the coupling if empty",
      },
      { ...fields, label: "Data" },
    ],
    table: false,
    target: (values) => ({
      ...given(values, "source", "target"),
      ...asJson(values, "coupling"),
      ...given(values, "stance"),
      ...rows(values),
    }),
  },
  {
    op: "SYN",
    says: "Merges one entity into another: the survivor's fields win, the other dies, its edges move.",
    asks: [
      { name: "merge_into", label: "Survivor", kind: "text", required: true },
      { name: "merge_from", label: "Other", kind: "text", required: true },
    ],
    table: true,
    target: (values) => given(values, "merge_into", "merge_from"),
  },
  {
    op: "SUP",
    says: "Gives a field several values at once, each with its source.",
    asks: [
      id,
      { name: "field", label: "Field", kind: "text", required: true },
      { name: "variants", label: "Values", kind: "variants", required: true },
    ],
    table: true,
    target: (values) => ({ ...given(values, "id", "field"), variants: variants(values) }),
  },
  {
    op: "REC",
    says: "Records a scan, or anything else about the log itself. Whole lists go in under Snapshot, rules under Rule.",
    asks: [
      { name: "type", label: "Type", kind: "choice", choices: REC_TYPES },
      { name: "target", label: "Target", kind: "json", hint: "an object; empty: {}" },
    ],
    table: false,
    target: (values) => (values.texts.target ? (typed(values.texts.target) as JsonObject) : {}),
    context: (values) => ({ type: values.texts.type || REC_TYPES[0]! }),
  },
  {
    op: "NUL",
    says: "Ends an entity and its edges; with a field, destroys only that field.",
    asks: [id, { name: "field", label: "Field", kind: "text", hint: "empty: the whole entity" }],
    table: true,
    target: (values) =>
      values.texts.field ? { entity_id: values.texts.id ?? "", field: values.texts.field } : given(values, "id"),
  },
];

export function operationOf(form: Form, values: Values): JsonObject {
  const context: JsonObject = {
    ...(form.table && values.texts.table ? { table: values.texts.table } : {}),
    ...form.context?.(values),
  };
  const frame = rows(values, "frame");
  return { op: form.op, target: form.target(values), context, ...(Object.keys(frame).length > 0 && { frame }) };
}
