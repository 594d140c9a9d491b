// A graph that can be looked around in. What it shows is also there as a list, for those who do not see or point.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { plural } from "../format";
import { GraphDrawing } from "../graph-drawing";
import { type Graph, type GraphNode, graphOf } from "../graph-model";
import type { StateAnswer } from "../types";

interface Props {
  graph: Graph;
  colourBy: "table" | "cluster";
  selected: string | null;
  choose(id: string | null): void;
}

export function GraphCanvas({ graph, colourBy, selected, choose }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef<GraphDrawing | null>(null);
  const chosen = useRef(choose);
  chosen.current = choose;
  useEffect(() => {
    drawing.current = new GraphDrawing(canvas.current!, (node: GraphNode | null) => chosen.current(node?.id ?? null));
    return () => drawing.current!.close();
  }, []);
  useEffect(() => drawing.current!.show(graph, colourBy), [graph, colourBy]);
  useEffect(() => {
    drawing.current!.selected = selected;
    if (selected !== null) drawing.current!.look(selected);
    drawing.current!.paint();
  }, [selected]);
  const label = `Graph of ${plural(graph.nodes.length, "node")} and ${plural(graph.links.length, "edge")}`;
  return (
    <div class="graph-canvas">
      <canvas ref={canvas} role="img" aria-label={label} />
      <button type="button" class="graph-fit" onClick={() => drawing.current!.fit()}>
        Fit
      </button>
    </div>
  );
}

// An answer of a query, all of it.
export function AnswerGraph({ answer, choose }: { answer: StateAnswer; choose(id: string): void }) {
  const graph = useMemo(() => graphOf([answer], () => true), [answer]);
  return <GraphCanvas graph={graph} colourBy="table" selected={null} choose={(id) => id !== null && choose(id)} />;
}
