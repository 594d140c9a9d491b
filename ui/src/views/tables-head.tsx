// A table's name, its filter, and the other tables.
import { Field } from "../components/field";
import { number } from "../format";
import { address, adjust, slug } from "../router";
import { tables } from "../shared";
import { type TableRequest, asQuery } from "../table-pages";

interface Props {
  of: TableRequest;
  count: number | undefined;
  more: boolean;
}

export function TableHead({ of, count, more }: Props) {
  return (
    <>
      <div class="bar">
        <h1>{of.table}</h1>
        <span class="faint tally">
          {count !== undefined && `${number(count)}${more ? "+" : ""} ${of.dead ? "alive and dead" : "alive"}`}
        </span>
        <span class="spring" />
        <Field
          label="Filter"
          search
          wide
          placeholder="status=open, total>=10  /"
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
