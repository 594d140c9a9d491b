// Everything about one id: what it is, where each field came from, what happened to it, what it is connected to; now, or after
// any of its operations.
import { useEffect, useState } from "preact/hooks";
import { path, query, quoted, request, withQuery } from "../api";
import { Empty, Failed, Loading } from "../components/states";
import { EdgeList } from "../components/edge-list";
import { JsonView } from "../components/json-view";
import { boundaries, designations } from "../entity";
import { ago, dateTime, plural } from "../format";
import { inline } from "../json";
import { throttled, useResource } from "../resource";
import { address, adjust, route, slug } from "../router";
import { link } from "../shared";
import { LiveStream } from "../stream";
import type { Biography, Edge, Entity, Operation, StateAnswer } from "../types";
import { Fields } from "./entity-fields";
import { Timeline } from "./entity-timeline";

const PAGE = 500;
const FRESH_MS = 500;

function useFresh(instance: string, id: string): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = throttled(() => setTurn((count) => count + 1), FRESH_MS);
    const stream = new LiveStream({
      slug: instance,
      filters: { entity: [id] },
      onEvents: again,
      onReset: again,
      onState: (state, sentence) => (link.value = { state, sentence }),
    });
    return () => stream.close();
  }, [instance, id]);
  return turn;
}

async function wholeBiography(instance: string, id: string, signal: AbortSignal, most: number): Promise<Biography> {
  const all = await request<Biography>(withQuery(path(instance, "biography", id), { limit: PAGE }), { signal });
  let { next_cursor: cursor } = all;
  while (cursor !== undefined && all.operations.length < most) {
    const page = await request<Biography>(withQuery(path(instance, "biography", id), { limit: PAGE, cursor }), {
      signal,
    });
    all.operations.push(...page.operations);
    cursor = page.next_cursor;
  }
  all.next_cursor = cursor;
  return all;
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

function One({ instance, table, id }: { instance: string; table: string; id: string }) {
  const atOp = route.value.params.get("at_op") ?? "";
  const turn = useFresh(instance, id);
  const [most, setMost] = useState(PAGE);
  const biography = useResource((signal) => wholeBiography(instance, id, signal, most), [instance, id, most]);
  const entity = useResource<Entity | null>(
    (signal) =>
      request<Entity>(withQuery(path(instance, "state", table, id), { at_op: atOp }), { signal }).catch((error) => {
        if (error.code === "unknown_entity") return null;
        throw error;
      }),
    [instance, table, id, atOp],
  );
  const edges = useResource<Edge[]>(
    async (signal) => {
      const text = `state(id=${quoted(id)}${atOp ? `, at_op=${atOp}` : ""}) >> CON(hops=1)`;
      return (await query<StateAnswer>(instance, text, signal)).con_chain?.edges ?? [];
    },
    [instance, id, atOp],
  );
  useEffect(() => {
    if (turn === 0) return;
    biography.reload();
    entity.reload();
    edges.reload();
  }, [turn]);

  const states = biography.data?.states ?? [];
  return (
    <div class="view entity">
      <div class="bar">
        <a class="faint" href={address([instance, "tables", table])}>
          {table}
        </a>
        <span class="faint" aria-hidden="true">
          /
        </span>
        <h1 class="id">{id}</h1>
        {entity.data && (
          <span class={`mark ${entity.data.alive === false ? "bad" : "good"}`}>
            {entity.data.alive === false ? "dead" : "alive"}
          </span>
        )}
        <span class="spring" />
        {states.length > 1 && (
          <nav class="tabs" aria-label="Tables that know this id">
            {states.map((one) => (
              <a
                key={inline(one.table)}
                href={address([instance, "entity", inline(one.table), id])}
                aria-current={one.table === table ? "page" : undefined}
              >
                {inline(one.table)}
              </a>
            ))}
          </nav>
        )}
        <a class="button" href={address([instance, "graph"], { entity: id })}>
          Graph
        </a>
        <a class="button" href={address([instance, "write", "ALT"], { table, id })}>
          Change
        </a>
      </div>
      {biography.data && <Moments operations={biography.data.operations} atOp={atOp} />}
      {entity.error && <Failed error={entity.error} retry={entity.reload} />}
      {!entity.error && entity.loading && entity.data === undefined && <Loading />}
      {entity.data === null &&
        (biography.data?.operation_count === 0 ? (
          <Empty
            title={`Nothing is known of “${id}”.`}
            hint={
              <>
                No operation names this id. <a href={address([instance, "tables", table])}>The table {table}</a>
              </>
            }
          />
        ) : (
          biography.data && (
            <p class="banner past">
              {atOp
                ? `It was not there yet after operation ${atOp}.`
                : `The table ${table} has no such entity; operations name it all the same.`}
            </p>
          )
        ))}
      {(entity.data || (biography.data?.operation_count ?? 0) > 0) && (
        <div class="entity-body">
          <div class="entity-main">
            {entity.data && (
              <Facts
                entity={entity.data}
                operations={biography.data?.operations ?? []}
                atOp={atOp}
                instance={instance}
                table={table}
              />
            )}
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
            {entity.data && (
              <details class="card">
                <summary>The whole answer as JSON</summary>
                <JsonView value={entity.data} label="Entity" />
              </details>
            )}
          </div>
          <section class="entity-side" aria-label="Biography">
            <div class="card-head">
              <h2>Biography</h2>
              <span class="faint">{biography.data && plural(biography.data.operation_count, "operation")}</span>
            </div>
            {biography.error && <Failed error={biography.error} retry={biography.reload} />}
            {biography.data && (
              <Timeline operations={biography.data.operations} id={id} instance={instance} atOp={atOp} />
            )}
            {biography.data?.next_cursor !== undefined && (
              <button type="button" onClick={() => setMost(most + PAGE)}>
                Show newer operations
              </button>
            )}
          </section>
        </div>
      )}
    </div>
  );
}

// A slider over the moments at which anything happened to it.
function Moments({ operations, atOp }: { operations: Operation[]; atOp: string }) {
  if (operations.length < 2) return null;
  const last = operations.length - 1;
  const after = operations.filter((op) => op.id <= Number(atOp)).length - 1;
  const index = atOp ? Math.max(0, after) : last;
  const op = operations[index]!;
  const choose = (next: number) => adjust({ at_op: next === last ? null : operations[next]!.id });
  return (
    <div class="filters moments">
      <label class="check grow">
        <span>Moment</span>
        <input
          type="range"
          min={0}
          max={last}
          value={index}
          aria-valuetext={`after operation ${op.id}`}
          onInput={(event) => choose(Number(event.currentTarget.value))}
        />
      </label>
      <span class="moment">
        {atOp ? `after operation ${op.id}, ${dateTime(op.ts)}` : `now; last changed ${ago(op.ts)}`}
      </span>
      {atOp && (
        <button type="button" onClick={() => adjust({ at_op: null })}>
          Back to now
        </button>
      )}
    </div>
  );
}

interface FactsProps {
  entity: Entity;
  operations: Operation[];
  atOp: string;
  instance: string;
  table: string;
}

function Facts({ entity, operations, atOp, instance, table }: FactsProps) {
  const merged = Array.isArray(entity._syn_from) ? entity._syn_from.map(inline) : [];
  const counts = Object.entries((entity._ops ?? {}) as Record<string, number>);
  return (
    <>
      <section class="card" aria-label="Fields">
        <Fields
          entity={entity}
          operations={operations.filter((op) => !atOp || op.id <= Number(atOp))}
          instance={instance}
        />
      </section>
      <dl class="card notes">
        {designations(entity).map(([name, value]) => (
          <div key={name}>
            <dt class="mark des">{name}</dt>
            <dd>{inline(value)}</dd>
          </div>
        ))}
        {boundaries(entity).map((one, index) => (
          <div key={index}>
            <dt class="mark seg">boundary</dt>
            <dd>{inline(one)}</dd>
          </div>
        ))}
        {merged.map((one) => (
          <div key={one}>
            <dt class="mark syn">merged from</dt>
            <dd>
              <a href={address([instance, "entity", table, one])}>{one}</a>
            </dd>
          </div>
        ))}
        <div>
          <dt class="mark">operations</dt>
          <dd>{counts.map(([op, count]) => `${op} ${count}`).join(", ") || "none"}</dd>
        </div>
      </dl>
    </>
  );
}
