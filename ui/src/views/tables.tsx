// The entities of a table in a grid that follows the log.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Empty, Failed, Loading } from "../components/states";
import { Field } from "../components/field";
import { VirtualRows } from "../components/virtual-rows";
import { boundaries, columnsOf, designations } from "../entity";
import { number } from "../format";
import { throttled } from "../resource";
import { address, adjust, go, route, slug } from "../router";
import { current, link, tables } from "../shared";
import { LiveStream } from "../stream";
import { MOST, PAGE, type TableRequest, asQuery, entitiesOf } from "../table-pages";
import type { Entity } from "../types";
import { GridHead, GridRow, type Column, widths } from "./tables-grid";

const ROW_PX = 31;
const FRESH_MS = 700;

// The pages that were asked for so far, and again whenever the log says that the table changed.
function useEntities(of: TableRequest) {
  const [state, setState] = useState<{ subject: string; entities: Entity[]; more: boolean; error?: Error }>();
  const subject = JSON.stringify(of);
  const wanted = useRef(PAGE);
  const busy = useRef<AbortController | null>(null);

  const load = (append: boolean) => {
    busy.current?.abort();
    const abort = (busy.current = new AbortController());
    const before = append && state?.subject === subject ? state.entities : [];
    const after = append && !of.sort ? before.at(-1)?.id : undefined;
    entitiesOf(of, after === undefined ? wanted.current : PAGE, after, abort.signal).then(
      (page) => {
        if (abort.signal.aborted) return;
        busy.current = null;
        setState({
          subject,
          entities: after === undefined ? page.entities : [...before, ...page.entities],
          more: page.more,
        });
      },
      (error: Error) => {
        if (abort.signal.aborted) return;
        busy.current = null;
        setState((old) => ({ subject, entities: old?.subject === subject ? old.entities : [], more: false, error }));
      },
    );
  };
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    wanted.current = PAGE;
    load(false);
    if (of.atOp || !of.table) return () => busy.current?.abort();
    const again = throttled(() => latest.current(false), FRESH_MS);
    const stream = new LiveStream({
      slug: of.slug,
      filters: { table: [of.table] },
      onEvents: again,
      onReset: again,
      onState: (name, sentence) => {
        link.value = { state: name, sentence };
        if (name === "open") again();
      },
    });
    return () => {
      busy.current?.abort();
      stream.close();
    };
  }, [subject]);

  const shown = state?.subject === subject ? state : undefined;
  const more = () => {
    if (!shown?.more || busy.current || wanted.current >= MOST) return;
    wanted.current = Math.min(wanted.current + PAGE, MOST);
    load(true);
  };
  return {
    entities: shown?.entities,
    error: shown?.error,
    hasMore: shown?.more ?? false,
    more,
    reload: () => load(false),
  };
}

function columnsFor(entities: Entity[]): Column[] {
  const columns: Column[] = columnsOf(entities).map((name) => ({ name, title: name, field: true }));
  if (entities.some((one) => designations(one).length))
    columns.push({ name: "_des", title: "designated", field: false });
  if (entities.some((one) => boundaries(one).length)) columns.push({ name: "_seg", title: "boundary", field: false });
  return columns;
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

export default function Tables() {
  const instance = slug.value!;
  const { path, params } = route.value;
  const table = path[2] ?? tables.value.find((name) => !name.startsWith("_")) ?? tables.value[0] ?? "";
  if (!table) {
    return current.value ? (
      <div class="view">
        <div class="bar">
          <h1>Tables</h1>
        </div>
        <Empty
          title="There are no tables yet."
          hint={
            <>
              A table is there as soon as an operation names it. <a href={address([instance, "write"])}>Write one</a>
            </>
          }
        />
      </div>
    ) : (
      <Loading />
    );
  }
  const of: TableRequest = {
    slug: instance,
    table,
    filter: params.get("filter") ?? "",
    sort: params.get("sort") ?? "",
    dead: params.get("dead") === "1",
    atOp: params.get("at_op") ?? "",
  };
  return <Grid key={table} of={of} />;
}

function Grid({ of }: { of: TableRequest }) {
  const { entities, error, hasMore, more, reload } = useEntities(of);
  const columns = useMemo(() => columnsFor(entities ?? []), [entities]);
  const template = useMemo(
    () => widths(entities ?? [], columns),
    [columns.map((one) => one.name).join("\n"), (entities?.length ?? 0) > 0],
  );
  const [cursor, setCursor] = useState(-1);
  const scroller = useRef<HTMLDivElement>(null);
  const open = (entity: Entity) => go(address([of.slug, "entity", of.table, entity.id], { at_op: of.atOp }));
  const filtered = of.filter || of.dead;

  const pressed = (event: KeyboardEvent) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step && entities) {
      event.preventDefault();
      const next = Math.min(Math.max(cursor + step, 0), entities.length - 1);
      setCursor(next);
      const view = scroller.current!;
      const top = next * ROW_PX;
      if (top < view.scrollTop) view.scrollTop = top;
      else if (top > view.scrollTop + view.clientHeight - 3 * ROW_PX)
        view.scrollTop = top - view.clientHeight + 3 * ROW_PX;
    } else if (event.key === "Enter" && entities?.[cursor] && event.target === scroller.current) open(entities[cursor]);
  };

  return (
    <div class="view tables" onKeyDown={pressed}>
      <div class="bar">
        <h1>{of.table}</h1>
        <span class="faint tally">
          {entities && `${number(entities.length)}${hasMore ? "+" : ""} ${of.dead ? "alive and dead" : "alive"}`}
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
      {of.atOp && (
        <p class="banner past">
          As it was after operation {of.atOp}. <a href={address([of.slug, "tables", of.table])}>Back to now</a>{" "}
          <a href={address([of.slug, "time"], { at_op: of.atOp })}>Time</a>
        </p>
      )}
      {error && <Failed error={error} retry={reload} />}
      {!error && !entities && <Loading />}
      {!error && entities?.length === 0 && (
        <Empty
          title={filtered ? "Nothing in this table meets the filter." : "Nothing is alive in this table."}
          hint={
            !of.dead && (
              <button type="button" onClick={() => adjust({ dead: 1 })}>
                Show dead ones too
              </button>
            )
          }
        />
      )}
      {!error && entities && entities.length > 0 && (
        <div class="grid-place" style={{ "--columns": template }}>
          <VirtualRows
            count={entities.length}
            height={ROW_PX}
            role="grid"
            columns={columns.length + 1}
            label={`Entities of ${of.table}`}
            scroller={scroller}
            onEnd={more}
            head={<GridHead columns={columns} sort={of.sort} change={(sort) => adjust({ sort })} />}
            row={(index) => (
              <GridRow
                key={entities[index]!.id}
                index={index}
                entity={entities[index]!}
                columns={columns}
                of={of}
                selected={index === cursor}
              />
            )}
          />
        </div>
      )}
    </div>
  );
}
