// An answer as a table, as JSON, or as a graph.
import { lazyPart } from "../components/lazy";
import { EdgeList } from "../components/edge-list";
import { JsonView } from "../components/json-view";
import { OperationRow } from "../components/operation-row";
import { Empty } from "../components/states";
import { VirtualRows } from "../components/virtual-rows";
import { boundaries, columnsOf, designations } from "../entity";
import { plural } from "../format";
import { print } from "../json";
import { address, adjust, go } from "../router";
import type { Entity, StateAnswer, StreamAnswer } from "../types";
import { type Column, GridHead, GridRow, widths } from "./tables-grid";

const GraphCanvas = lazyPart(() => import("../components/graph-canvas").then((module) => module.AnswerGraph));

const ROW_PX = 31;
const OP_ROW_PX = 30;

export function Result({ answer, instance, as }: { answer: StateAnswer | StreamAnswer; instance: string; as: string }) {
  const chain = answer.type === "state" ? answer.con_chain : undefined;
  const ways = chain ? ["table", "graph", "json"] : ["table", "json"];
  const way = ways.includes(as) ? as : "table";
  return (
    <>
      <div class="filters">
        <div class="tabs" role="group" aria-label="Shown as">
          {ways.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === way}
              onClick={() => adjust({ as: one === "table" ? null : one })}
            >
              {one === "json" ? "JSON" : one === "graph" ? "Graph" : "Table"}
            </button>
          ))}
        </div>
        {chain && (
          <span class="faint">
            {plural(chain.reached_count, "entity", "entities")} reached by {plural(chain.edges.length, "edge")}
          </span>
        )}
      </div>
      {way === "json" && (
        <div class="scroll pad">
          <JsonView value={answer} label="Answer" />
        </div>
      )}
      {way === "graph" && answer.type === "state" && (
        <GraphCanvas answer={answer} choose={(id: string) => go(address([instance, "id", id]))} />
      )}
      {way === "table" &&
        (answer.type === "stream" ? (
          <Operations answer={answer} instance={instance} />
        ) : (
          <Entities answer={answer} instance={instance} />
        ))}
    </>
  );
}

function Operations({ answer, instance }: { answer: StreamAnswer; instance: string }) {
  if (answer.operations.length === 0) return <Empty title="No operation meets the query." />;
  return (
    <VirtualRows
      count={answer.operations.length}
      height={OP_ROW_PX}
      label="Operations found"
      row={(index) => {
        const op = answer.operations[index]!;
        return (
          <OperationRow
            key={op.id}
            event={{ id: op.id, text: print(op) }}
            selected={false}
            choose={(id) => go(address([instance, "live"], { sel: id }))}
          />
        );
      }}
    />
  );
}

function Grid({
  entities,
  table,
  instance,
  label,
}: {
  entities: Entity[];
  table: string;
  instance: string;
  label: string;
}) {
  const columns: Column[] = columnsOf(entities).map((name) => ({ name, title: name, field: false }));
  if (entities.some((one) => designations(one).length))
    columns.push({ name: "_des", title: "designated", field: false });
  if (entities.some((one) => boundaries(one).length)) columns.push({ name: "_seg", title: "boundary", field: false });
  return (
    <div class="grid-place" style={{ "--columns": widths(entities, columns) }}>
      <VirtualRows
        count={entities.length}
        height={ROW_PX}
        role="grid"
        columns={columns.length + 1}
        label={label}
        head={<GridHead columns={columns} sort="" change={() => undefined} fixed />}
        row={(index) => {
          const entity = entities[index]!;
          const home =
            typeof entity._table === "string"
              ? entity._table
              : typeof entity.table === "string" && table === ""
                ? entity.table
                : table;
          const of = { slug: instance, table: home, filter: "", sort: "", dead: false, atOp: "" };
          return (
            <GridRow
              key={`${home}/${entity.id}`}
              index={index}
              entity={entity}
              columns={columns}
              of={of}
              selected={false}
            />
          );
        }}
      />
    </div>
  );
}

function Entities({ answer, instance }: { answer: StateAnswer; instance: string }) {
  const chain = answer.con_chain;
  if (answer.entities.length === 0) return <Empty title="No entity meets the query." />;
  if (!chain)
    return <Grid entities={answer.entities} table={answer.table} instance={instance} label="Entities found" />;
  return (
    <div class="query-chain">
      <section>
        <h2 class="small pad">Found</h2>
        <Grid entities={answer.entities} table={answer.table} instance={instance} label="Entities found" />
      </section>
      <section>
        <h2 class="small pad">Reached</h2>
        {chain.reached.length ? (
          <Grid entities={chain.reached} table="" instance={instance} label="Entities reached" />
        ) : (
          <p class="faint pad">Nothing.</p>
        )}
      </section>
      <section class="scroll" tabIndex={0} aria-label="Edges followed">
        <h2 class="small pad">Edges</h2>
        <EdgeList edges={chain.edges} instance={instance} />
      </section>
    </div>
  );
}
