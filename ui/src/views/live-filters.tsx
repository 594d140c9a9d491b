// What the live view passes; each part stands in the address.
import { Field } from "../components/field";
import { OperatorChips } from "../components/operator-chips";
import { adjust } from "../router";
import { tables } from "../shared";
import { OPERATORS } from "../types";

// As the stream takes them; an operator that is none is left out.
export function filtersOf(params: URLSearchParams): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const asked = params.getAll("op").flatMap((text) => text.split(","));
  const ops = OPERATORS.filter((op) => asked.includes(op));
  if (ops.length) found.op = [ops.join(",")];
  for (const name of ["table", "entity", "trace"]) {
    const values = params.getAll(name).filter(Boolean);
    if (values.length) found[name] = values;
  }
  return found;
}

export function LiveFilters({ params }: { params: URLSearchParams }) {
  const ops = new Set(
    params
      .getAll("op")
      .flatMap((text) => text.split(","))
      .filter(Boolean),
  );
  const any = ["op", "table", "entity", "trace"].some((name) => params.get(name));
  return (
    <div class="filters" role="group" aria-label="Filters">
      <OperatorChips chosen={ops} change={(chosen) => adjust({ op: chosen.join(",") })} />
      <Field
        label="Table"
        list={tables.value}
        value={params.get("table") ?? ""}
        change={(table) => adjust({ table })}
      />
      <Field label="Entity" search value={params.get("entity") ?? ""} change={(entity) => adjust({ entity })} />
      <Field label="Trace" value={params.get("trace") ?? ""} change={(trace) => adjust({ trace })} />
      {any && (
        <button
          type="button"
          class="quiet"
          onClick={() => adjust({ op: null, table: null, entity: null, trace: null })}
        >
          Clear
        </button>
      )}
    </div>
  );
}
