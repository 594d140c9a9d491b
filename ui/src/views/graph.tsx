// Who is connected to whom: from an entity, from a query, or all of it.
import { useMemo, useRef, useState } from "preact/hooks";
import { query, quoted } from "../api";
import { EdgeList } from "../components/edge-list";
import { Field } from "../components/field";
import { GraphCanvas } from "../components/graph-canvas";
import { Icon } from "../components/icon";
import { Empty, Failed, Loading } from "../components/states";
import { number, plural } from "../format";
import { type Graph, type GraphNode, coupling, graphOf } from "../graph-model";
import { useResource } from "../resource";
import { address, adjust, route, slug } from "../router";
import { tables } from "../shared";
import type { Edge, StateAnswer } from "../types";

const STANCES = ["essential", "generative", "accidental"] as const;
const HOPS = ["1", "2", "3", "4", "6", "8"];
const MOST_ENTITIES = 5_000;
const LISTED = 200;

// What the address asks for, as queries.
function queries(params: URLSearchParams, all: string[]): string[] {
  const hops = params.get("hops") ?? "1";
  const moment = params.get("at_op") ? `, at_op=${params.get("at_op")}` : "";
  const asked = params.get("q")?.trim();
  if (asked) return [asked.includes(">>") ? asked : `${asked} >> CON(hops=${hops})`];
  const entity = params.get("entity");
  if (entity) return [`state(id=${quoted(entity)}${moment}) >> CON(hops=${hops})`];
  return all
    .filter((name) => !name.startsWith("_"))
    .map((name) => `state(context.table=${quoted(name)}, limit=${MOST_ENTITIES}${moment}) >> CON(hops=1)`);
}

interface Filters {
  stances: Set<string>;
  least: number;
  alone: boolean; // also those without edges
}

function filtersOf(params: URLSearchParams): Filters {
  return {
    stances: new Set(params.get("stances")?.split(",") ?? STANCES),
    least: Number(params.get("min") ?? 0),
    alone: params.get("alone") === "1",
  };
}

// Nodes keep their places while filters change.
function useGraph(answers: StateAnswer[] | undefined, filters: Filters, entity: string | null): Graph {
  const places = useRef(new Map<string, GraphNode>());
  return useMemo(() => {
    const passes = (edge: Edge) => filters.stances.has(edge.stance) && coupling(edge) >= filters.least;
    const made = graphOf(answers ?? [], passes, places.current);
    const nodes = filters.alone ? made.nodes : made.nodes.filter((node) => node.degree > 0 || node.id === entity);
    places.current = new Map(nodes.map((node) => [node.id, node]));
    return { ...made, nodes };
  }, [answers, [...filters.stances].join(), filters.least, filters.alone, entity]);
}

export default function GraphView() {
  const instance = slug.value!;
  const { params } = route.value;
  const wanted = queries(params, tables.value);
  const answers = useResource(
    (signal) => Promise.all(wanted.map((text) => query<StateAnswer>(instance, text, signal))),
    [instance, ...wanted],
  );
  const filters = filtersOf(params);
  const graph = useGraph(answers.data, filters, params.get("entity"));
  const size = [
    plural(graph.nodes.length, "node"),
    plural(graph.links.length, "edge"),
    plural(graph.clusters, "cluster"),
  ];
  const connect = (
    <>
      Edges are made with CON. <a href={address([instance, "write", "CON"])}>Connect two entities</a>
    </>
  );
  return (
    <div class="view graph">
      <div class="bar">
        <h1>Graph</h1>
        <span class="faint tally" data-testid="graph-size">
          {answers.data && size.join(", ")}
        </span>
        <span class="spring" />
        <Field
          label="Entity"
          search
          value={params.get("entity") ?? ""}
          change={(entity) => adjust({ entity, q: null, sel: null })}
        />
        <Field
          label="or query"
          wide
          value={params.get("q") ?? ""}
          change={(q) => adjust({ q, entity: null, sel: null })}
        />
      </div>
      <GraphFilters params={params} filters={filters} />
      {answers.error && <Failed error={answers.error} retry={answers.reload} />}
      {!answers.error && !answers.data && <Loading />}
      {answers.data && graph.nodes.length === 0 && <Empty title="There are no edges to show." hint={connect} />}
      {answers.data && graph.nodes.length > 0 && <Shown graph={graph} params={params} instance={instance} />}
    </div>
  );
}

function Shown({ graph, params, instance }: { graph: Graph; params: URLSearchParams; instance: string }) {
  const [search, setSearch] = useState("");
  const selected = params.get("sel");
  const chosen = selected !== null && graph.nodes.some((node) => node.id === selected);
  return (
    <div class="split">
      <GraphCanvas
        graph={graph}
        colourBy={params.get("by") === "cluster" ? "cluster" : "table"}
        selected={selected}
        choose={(sel) => adjust({ sel })}
      />
      <aside class="panel" aria-label="Nodes">
        {chosen && <Chosen graph={graph} id={selected} instance={instance} />}
        {!chosen && <Listed graph={graph} search={search} setSearch={setSearch} />}
      </aside>
    </div>
  );
}

function GraphFilters({ params, filters }: { params: URLSearchParams; filters: Filters }) {
  const { stances, least, alone } = filters;
  const toggle = (stance: string) => {
    if (!stances.delete(stance)) stances.add(stance);
    adjust({ stances: stances.size === STANCES.length ? null : [...stances].join(",") || "none" });
  };
  const check = (label: string, checked: boolean, name: string, value: string) => (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={() => adjust({ [name]: checked ? null : value })} />
      {label}
    </label>
  );
  return (
    <div class="filters" role="group" aria-label="Filters">
      {(params.get("entity") || params.get("q")) && (
        <label class="field-inline">
          <span>Hops</span>
          <select value={params.get("hops") ?? "1"} onChange={(event) => adjust({ hops: event.currentTarget.value })}>
            {HOPS.map((hops) => (
              <option key={hops}>{hops}</option>
            ))}
          </select>
        </label>
      )}
      <span class="chips">
        {STANCES.map((one) => (
          <button
            key={one}
            class="stance"
            data-stance={one}
            aria-pressed={stances.has(one)}
            onClick={() => toggle(one)}
          >
            {one}
          </button>
        ))}
      </span>
      <label class="check">
        Coupling from{" "}
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={least}
          onInput={(event) => adjust({ min: Number(event.currentTarget.value) || null })}
          aria-valuetext={String(least)}
        />{" "}
        <span class="coupling-value">{least.toFixed(2)}</span>
      </label>
      {check("Clusters", params.get("by") === "cluster", "by", "cluster")}
      {check("Those without edges", alone, "alone", "1")}
    </div>
  );
}

function Listed({ graph, search, setSearch }: { graph: Graph; search: string; setSearch(text: string): void }) {
  const wanted = search.toLowerCase();
  const found = graph.nodes
    .filter((node) => node.id.toLowerCase().includes(wanted) || node.name.toLowerCase().includes(wanted))
    .sort((one, other) => other.degree - one.degree);
  return (
    <>
      <div class="panel-head">
        <input
          type="search"
          aria-label="Find a node"
          placeholder="Find a node"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ul class="nodes" tabIndex={0} aria-label="Nodes by their number of edges">
        {found.slice(0, LISTED).map((node) => (
          <li key={node.id}>
            <button type="button" class="quiet" onClick={() => adjust({ sel: node.id })}>
              <span>{node.name}</span>
              <span class="faint">{node.table || "no entity"}</span>
              <span class="figure">{number(node.degree)}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > LISTED && <p class="faint pad">and {number(found.length - LISTED)} more</p>}
    </>
  );
}

function Chosen({ graph, id, instance }: { graph: Graph; id: string; instance: string }) {
  const node = graph.nodes.find((one) => one.id === id)!;
  const edges = graph.links.filter((link) => link.source.id === id || link.target.id === id).map((link) => link.edge);
  return (
    <>
      <div class="panel-head">
        <h2>{node.name}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => adjust({ sel: null })}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">
        <p>
          {node.table ? <a href={address([instance, "entity", node.table, id])}>{id}</a> : id}{" "}
          <span class="faint">{node.table || "no entity of this name is alive"}</span>
        </p>
        <p class="actions">
          <a class="button" href={address([instance, "graph"], { entity: id, hops: 2 })}>
            From here
          </a>
        </p>
        {edges.length > 0 ? (
          <EdgeList edges={edges} around={id} instance={instance} />
        ) : (
          <p class="faint">No edges that pass the filters.</p>
        )}
      </div>
    </>
  );
}
