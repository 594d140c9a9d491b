// What an operation is about, in words and links.
import { inline } from "./json";
import type { Operation } from "./types";

const OWN = new Set([
  "id",
  "entity_id",
  "source",
  "target",
  "from",
  "to",
  "merge_into",
  "primary",
  "merge_from",
  "secondary",
]);

export const tableOf = (op: Operation): string =>
  typeof op.context.table === "string" ? op.context.table : "_default";

const first = (op: Operation, ...names: string[]): string | undefined => {
  for (const name of names) if (op.target[name] !== undefined) return inline(op.target[name]);
  return undefined;
};

// The ids that the operation names; an edge has two, and so has a merge.
export function ids(op: Operation): string[] {
  const found =
    op.op === "CON"
      ? [first(op, "source", "from"), first(op, "target", "to")]
      : op.op === "SYN"
        ? [first(op, "merge_into", "primary"), first(op, "merge_from", "secondary")]
        : [first(op, "id", "entity_id")];
  return found.filter((id) => id !== undefined);
}

export const separator = (op: Operation): string => (op.op === "SYN" ? "←" : "→");

// The rest of the target in one line.
export function summary(op: Operation): string {
  const { target } = op;
  if (op.op === "NUL") return target.field === undefined ? "the entity" : `field ${inline(target.field)}`;
  if (op.op === "SUP") return `${inline(target.field)}: ${variants(target.variants)}`;
  if (op.op === "SEG") return `boundary ${inline(target.boundary ?? op.context.boundary)}`;
  if (op.op === "REC") {
    const rows = Array.isArray(target.rows) ? ` of ${target.rows.length} rows` : "";
    return `${inline(op.context.type).replaceAll("_", " ")}${rows}`;
  }
  if (target.query !== undefined) return inline(target.query);
  return Object.entries(target)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name} ${inline(value)}`)
    .join(" · ");
}

function variants(list: unknown): string {
  if (!Array.isArray(list)) return inline(list);
  return list
    .map((one) => inline(one !== null && typeof one === "object" && "value" in one ? one.value : one))
    .join(" | ");
}
