// Everything about one id: what it is, where each field came from, what happened to it, what it is connected to; now, or after
// any of its operations.
import { useState } from "preact/hooks";
import { path, request, withQuery } from "../api";
import { EdgeList } from "../components/edge-list";
import { JsonView } from "../components/json-view";
import { Empty, Failed, Loading } from "../components/states";
import { PAGE, useEntity } from "../entity-answers";
import { plural } from "../format";
import { inline } from "../json";
import { type Resource, useResource } from "../resource";
import { address, route, slug } from "../router";
import type { Biography, Edge, Operation } from "../types";
import { Facts } from "./entity-facts";
import { EntityHead } from "./entity-head";
import { Moments } from "./entity-moments";
import { Timeline } from "./entity-timeline";

interface Named {
  instance: string;
  table: string;
  id: string;
}

export default function EntityView() {
  const instance = slug.value!;
  const [, , table = "_default", id = ""] = route.value.path;
  return <One key={`${table}\n${id}`} instance={instance} table={table} id={id} />;
}

// #/{instance}/id/{id}: who leads here knows an id and no table, as edges do.
export function AnyTable() {
  const instance = slug.value!;
  const id = route.value.path[2] ?? "";
  const found = useResource(
    (signal) => request<Biography>(withQuery(path(instance, "biography", id), { limit: 1 }), { signal }),
    [instance, id],
  );
  if (found.error) return <Failed error={found.error} retry={found.reload} />;
  if (!found.data) return <Loading />;
  const states = found.data.states;
  const state = states.find((one) => one.alive !== false) ?? states[0];
  return <One key={id} instance={instance} table={state ? inline(state.table) : "_default"} id={id} />;
}

function One({ instance, table, id }: Named) {
  const atOp = route.value.params.get("at_op") ?? "";
  const [most, setMost] = useState(PAGE);
  const { biography, newest, entity, edges } = useEntity(instance, table, id, atOp, most);
  const known = biography.data;
  const operations = known?.operations ?? [];
  return (
    <div class="view entity">
      <EntityHead instance={instance} table={table} id={id} entity={entity.data} states={known?.states ?? []} />
      {known && <Moments operations={operations} atOp={atOp} />}
      {entity.error && <Failed error={entity.error} retry={entity.reload} />}
      {!entity.error && entity.loading && entity.data === undefined && <Loading />}
      {entity.data === null && known && (
        <NotThere instance={instance} table={table} id={id} atOp={atOp} known={known} />
      )}
      {(entity.data || (known?.operation_count ?? 0) > 0) && (
        <div class="entity-body">
          <div class="entity-main">
            {entity.data && (
              <Facts
                entity={entity.data}
                known={{ table, id, ...knownAt(known, newest.data ?? [], atOp) }}
                instance={instance}
                table={table}
              />
            )}
            <Edges edges={edges} id={id} instance={instance} />
            {entity.data && (
              <details class="card">
                <summary>The whole answer as JSON</summary>
                <JsonView value={entity.data} label="Entity" />
              </details>
            )}
          </div>
          <Side biography={biography} id={id} instance={instance} atOp={atOp} newer={() => setMost(most + PAGE)} />
        </div>
      )}
    </div>
  );
}

// What is known of the operations about the id up to that moment.
function knownAt(biography: Biography | undefined, newest: Operation[], atOp: string) {
  const { operations = [], next_cursor: more } = biography ?? {};
  if (atOp && Number(atOp) <= (operations.at(-1)?.id ?? 0))
    return { operations: operations.filter((op) => op.id <= Number(atOp)), whole: true };
  if (more === undefined) return { operations, whole: biography !== undefined };
  return { operations: atOp ? [] : newest, whole: false };
}

function NotThere({ instance, table, id, atOp, known }: Named & { atOp: string; known: Biography }) {
  if (known.operation_count > 0)
    return (
      <p class="banner past">
        {atOp
          ? `It was not there yet after operation ${atOp}.`
          : `The table ${table} has no such entity; operations name it all the same.`}
      </p>
    );
  const hint = (
    <>
      No operation names this id. <a href={address([instance, "tables", table])}>The table {table}</a>
    </>
  );
  return <Empty title={`Nothing is known of “${id}”.`} hint={hint} />;
}

function Edges({ edges, id, instance }: { edges: Resource<Edge[]>; id: string; instance: string }) {
  return (
    <section class="card" aria-label="Edges">
      <div class="card-head">
        <h2>Edges</h2>
        <span class="faint">{edges.data && plural(edges.data.length, "edge")}</span>
      </div>
      {edges.data?.length ? (
        <EdgeList edges={edges.data} around={id} instance={instance} />
      ) : (
        <p class="faint pad">
          {edges.error ? edges.error.message : edges.data ? "It is connected to nothing." : "Loading…"}
        </p>
      )}
    </section>
  );
}

interface SideProps {
  biography: Resource<Biography>;
  id: string;
  instance: string;
  atOp: string;
  newer(): void;
}

function Side({ biography, id, instance, atOp, newer }: SideProps) {
  return (
    <section class="entity-side" aria-label="Biography">
      <div class="card-head">
        <h2>Biography</h2>
        <span class="faint">{biography.data && plural(biography.data.operation_count, "operation")}</span>
      </div>
      {biography.error && <Failed error={biography.error} retry={biography.reload} />}
      {biography.data && <Timeline operations={biography.data.operations} id={id} instance={instance} atOp={atOp} />}
      {biography.data?.next_cursor !== undefined && (
        <button type="button" onClick={newer}>
          Show newer operations
        </button>
      )}
    </section>
  );
}
