// An entity's fields: value, what set it last, and on whose word.
import { Headings } from "../components/headings";
import { Value } from "../components/value";
import { fieldsOf, variantsOf } from "../entity";
import { type Known, originOf, setBy } from "../field-origin";
import { inline } from "../json";
import { address } from "../router";
import type { Entity } from "../types";

function Origin({ entity, field, op }: { entity: Entity; field: string; op: number | undefined }) {
  const found = originOf(entity, field, op);
  if (found.length === 0) return <span class="faint">unknown</span>;
  return (
    <>
      {found.map(([name, value]) => (
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

export function Fields({ entity, known, instance }: { entity: Entity; known: Known; instance: string }) {
  const names = fieldsOf(entity);
  if (names.length === 0) return <p class="faint pad">It has no fields.</p>;
  return (
    <table class="sheet fields">
      <Headings names={["Field", "Value", "Provenance", "Set by"]} figures={["Set by"]} />
      <tbody>
        {names.map((name) => {
          const op = setBy(name, entity[name], known);
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="wide">
                <Variants value={entity[name]} />
              </td>
              <td class="origins">
                <Origin entity={entity} field={name} op={op} />
              </td>
              <td class="figure">{op !== undefined && <a href={address([instance, "live"], { sel: op })}>{op}</a>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
