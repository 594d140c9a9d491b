// Nodes and edges of a graph, as answers give them, and what can be told from them: neighbours and clusters.
import { inline, print } from "./json";
import type { Edge, StateAnswer } from "./types";

export interface GraphNode {
  id: string;
  table: string; // "" where only edges name the id
  name: string;
  degree: number;
  cluster: number;
  asked: boolean; // found by the query itself, not reached
  x?: number;
  y?: number;
  vx?: number;
  vy?: number;
  fx?: number | null;
  fy?: number | null;
}

export interface GraphLink {
  source: GraphNode;
  target: GraphNode;
  edge: Edge;
}

export interface Graph {
  nodes: GraphNode[];
  links: GraphLink[];
  clusters: number; // of two nodes or more
}

export const coupling = (edge: Edge): number => Number(inline(edge.coupling));

// known: nodes of the graph before, which keep their places.
export function graphOf(
  answers: StateAnswer[],
  passes: (edge: Edge) => boolean,
  known: Map<string, GraphNode> = new Map(),
): Graph {
  const nodes = new Map<string, GraphNode>();
  const node = (id: string, table = "", name = id, asked = false) => {
    let found = nodes.get(id);
    if (!found) {
      const before = known.get(id);
      found = { id, table, name, degree: 0, cluster: 0, asked, x: before?.x, y: before?.y };
      nodes.set(id, found);
    } else if (!found.table && table) Object.assign(found, { table, name });
    return found;
  };
  const title = (entity: Record<string, unknown>) =>
    typeof entity.name === "string" ? entity.name : String(entity.id);
  for (const answer of answers) {
    for (const one of answer.entities)
      node(one.id, typeof one._table === "string" ? one._table : answer.table, title(one), true);
    for (const one of answer.con_chain?.reached ?? []) node(one.id, inline(one.table), title(one));
  }
  const seen = new Set<string>();
  const links: GraphLink[] = [];
  for (const edge of answers.flatMap((answer) => answer.con_chain?.edges ?? [])) {
    const same = `${edge.source}\n${edge.target}\n${edge.stance}\n${inline(edge.coupling)}\n${print(edge.data)}`;
    if (seen.has(same) || !passes(edge)) continue;
    seen.add(same);
    const link = { source: node(edge.source), target: node(edge.target), edge };
    link.source.degree++;
    link.target.degree++;
    links.push(link);
  }
  return { nodes: [...nodes.values()], links, clusters: findClusters(nodes, links) };
}

// Connected components, the largest first, as an emergence scan finds them; a node by itself is in none (0).
function findClusters(nodes: Map<string, GraphNode>, links: GraphLink[]): number {
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    let at = id;
    while (parent.has(at)) at = parent.get(at)!;
    if (at !== id) parent.set(id, at);
    return at;
  };
  for (const { source, target } of links) {
    const [one, other] = [root(source.id), root(target.id)];
    if (one !== other) parent.set(one, other);
  }
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes.values()) {
    if (node.degree === 0) continue;
    const key = root(node.id);
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  const sorted = [...groups.values()].sort((one, other) => other.length - one.length);
  sorted.forEach((group, index) => group.forEach((node) => (node.cluster = index + 1)));
  return sorted.length;
}
