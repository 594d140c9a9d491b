// What two moments of a table differ in, field by field.
import { Headings } from "../components/headings";
import { Value } from "../components/value";
import type { Difference } from "../compare";
import { number } from "../format";
import { address } from "../router";

const SHOWN = 300;
const WORDS = { new: "new", changed: "changed", gone: "gone" } as const;

interface Props {
  instance: string;
  table: string;
  found: Difference[];
  to: number;
}

export function Compared({ instance, table, found, to }: Props) {
  if (found.length === 0) return null;
  const count = (kind: Difference["kind"]) => found.filter((one) => one.kind === kind).length;
  return (
    <section class="card" aria-label={table}>
      <div class="card-head">
        <h2>{table}</h2>
        <span class="faint">
          {count("new")} new, {count("changed")} changed, {count("gone")} gone
        </span>
      </div>
      <table class="sheet differences">
        <Headings names={["Entity", "What", "Field", "Before", "After"]} />
        <tbody>
          {found.slice(0, SHOWN).map((one) => (
            <Rows key={one.id} one={one} href={address([instance, "entity", table, one.id], { at_op: to })} />
          ))}
        </tbody>
      </table>
      {found.length > SHOWN && <p class="faint pad">and {number(found.length - SHOWN)} more</p>}
    </section>
  );
}

// A row a field; the entity stands beside them all.
function Rows({ one, href }: { one: Difference; href: string }) {
  const span = Math.max(1, one.fields.length);
  const entity = (
    <>
      <th scope="rowgroup" rowSpan={span}>
        <a href={href}>{one.id}</a>
      </th>
      <td rowSpan={span}>
        <span class={`change ${one.kind}`}>{WORDS[one.kind]}</span>
      </td>
    </>
  );
  if (one.fields.length === 0)
    return (
      <tr>
        {entity}
        <td colSpan={3} />
      </tr>
    );
  return (
    <>
      {one.fields.map((field, index) => (
        <tr key={field.name}>
          {index === 0 && entity}
          <td>{field.name}</td>
          <td>
            <Value value={field.before} />
          </td>
          <td class="wide">
            <Value value={field.after} />
          </td>
        </tr>
      ))}
    </>
  );
}
