// An entity's fields: value, what set it last, and on whose word.
import { Headings } from "../components/headings";
import { Value } from "../components/value";
import { fieldsOf, markedBy, variantsOf } from "../entity";
import { inline, isObject } from "../json";
import { address } from "../router";
import type { Entity, Operation } from "../types";

// The last operation that says something about the field. A merge may have brought it from the other entity.
function setBy(field: string, value: unknown, operations: Operation[]): number | undefined {
  const marked = markedBy(value);
  if (marked !== undefined) return marked;
  for (let at = operations.length - 1; at >= 0; at--) {
    const { op, target, id } = operations[at]!;
    if ((op === "INS" || op === "ALT") && field in target) return id;
  }
  return undefined;
}

function Origin({ entity, field }: { entity: Entity; field: string }) {
  const all = entity._provenance;
  const found = isObject(all) ? all[field] : undefined;
  if (!isObject(found)) return <span class="faint">unknown</span>;
  return (
    <>
      {Object.entries(found)
        .filter(([name]) => name !== "op_id")
        .map(([name, value]) => (
          <span key={name} class="origin">
            <span class="faint">{name}</span> {inline(value)}
          </span>
        ))}
    </>
  );
}

// Several values at once stand side by side, each with its source.
function Variants({ value }: { value: unknown }) {
  const variants = variantsOf(value);
  if (!variants) return <Value value={value} />;
  return (
    <ul class="variants" aria-label="Superposed values">
      {variants.map((one, index) => (
        <li key={index}>
          <Value value={one.value} />
          {one.source !== undefined && <span class="faint">{inline(one.source)}</span>}
        </li>
      ))}
    </ul>
  );
}

export function Fields({
  entity,
  operations,
  instance,
}: {
  entity: Entity;
  operations: Operation[];
  instance: string;
}) {
  const names = fieldsOf(entity);
  if (names.length === 0) return <p class="faint pad">It has no fields.</p>;
  return (
    <table class="sheet fields">
      <Headings names={["Field", "Value", "Provenance", "Set by"]} figures={["Set by"]} />
      <tbody>
        {names.map((name) => {
          const op = setBy(name, entity[name], operations);
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="wide">
                <Variants value={entity[name]} />
              </td>
              <td class="origins">
                <Origin entity={entity} field={name} />
              </td>
              <td class="figure">{op !== undefined && <a href={address([instance, "live"], { sel: op })}>{op}</a>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
