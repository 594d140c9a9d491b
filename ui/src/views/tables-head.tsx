// A table's name, its filter, and the other tables.
import { Field } from "../components/field";
import { number } from "../format";
import { address, adjust, slug } from "../router";
import { tables } from "../shared";
import { type TableRequest, asQuery } from "../table-pages";

interface Props {
  of: TableRequest;
  count: number | undefined; // that are loaded
  total: number | undefined; // that there are, where it is known
  more: boolean;
}

// How many there are; where only those loaded can be counted, it says so.
function tally({ of, count = 0, total, more }: Props): string {
  const what = of.dead ? "alive and dead" : "alive";
  if (!more || total !== undefined) return `${number(total ?? count)} ${what}`;
  return `the first ${number(count)} ${what}`;
}

export function TableHead(props: Props) {
  const { of, count } = props;
  return (
    <>
      <div class="bar">
        <h1>{of.table}</h1>
        <span class="faint tally">{count !== undefined && tally(props)}</span>
        <span class="spring" />
        <Field
          label="Filter"
          search
          wide
          placeholder="a text, or status=open, total>=10  /"
          value={of.filter}
          change={(filter) => adjust({ filter })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={of.dead}
            onChange={(event) => adjust({ dead: event.currentTarget.checked ? 1 : null })}
          />
          Dead ones too
        </label>
        <a class="button" href={address([of.slug, "query"], { q: asQuery(of) })}>
          As a query
        </a>
      </div>
      <div class="filters">
        <Tabs chosen={of.table} />
      </div>
    </>
  );
}

function Tabs({ chosen }: { chosen: string }) {
  const all = tables.value.includes(chosen) || !chosen ? tables.value : [chosen, ...tables.value];
  return (
    <nav class="tabs" aria-label="Tables">
      {all.map((name) => (
        <a key={name} href={address([slug.value!, "tables", name])} aria-current={name === chosen ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
