// The entities of a table in a grid that follows the log.
import { Empty, Failed, Loading } from "../components/states";
import { number } from "../format";
import { useCursor } from "../grid-cursor";
import { address, adjust, go, route, slug } from "../router";
import { current, tables } from "../shared";
import { useEntities } from "../table-entities";
import { MOST, type TableRequest } from "../table-pages";
import { TableHead } from "./tables-head";
import { EntityRows, ROW_PX } from "./tables-rows";

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
  return <Table key={table} of={of} />;
}

function Table({ of }: { of: TableRequest }) {
  const { entities, error, hasMore, total, unseen, more, reload } = useEntities(of);
  const open = (index: number) => go(address([of.slug, "entity", of.table, entities![index]!.id], { at_op: of.atOp }));
  const { cursor, scroller, pressed } = useCursor(error ? 0 : (entities?.length ?? 0), ROW_PX, open);
  return (
    <div class="view tables" onKeyDown={pressed}>
      <TableHead of={of} count={entities?.length} total={total} more={hasMore} />
      {of.atOp && (
        <p class="banner past">
          As it was after operation {of.atOp}. <a href={address([of.slug, "tables", of.table])}>Back to now</a>{" "}
          <a href={address([of.slug, "time"], { at_op: of.atOp })}>Time</a>
        </p>
      )}
      {unseen && (
        <p class="banner">
          The table has more than {number(MOST)} entities; only the first of them were looked through.
        </p>
      )}
      {error && <Failed error={error} retry={reload} />}
      {!error && !entities && <Loading />}
      {!error && entities?.length === 0 && <Nothing of={of} />}
      {!error && entities && entities.length > 0 && (
        <EntityRows of={of} entities={entities} more={more} scroller={scroller} cursor={cursor} />
      )}
    </div>
  );
}

function Nothing({ of }: { of: TableRequest }) {
  const more = !of.dead && (
    <button type="button" onClick={() => adjust({ dead: 1 })}>
      Show dead ones too
    </button>
  );
  const filtered = of.filter || of.dead;
  return (
    <Empty
      title={filtered ? "Nothing in this table meets the filter." : "Nothing is alive in this table."}
      hint={more}
    />
  );
}
