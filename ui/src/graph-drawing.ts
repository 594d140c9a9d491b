// Lays a graph out with forces and draws it on a canvas: thousands of nodes move without a stutter, since nothing of them is
// in the document. Moves, zooms and drags; tells what is under the pointer.
import { type Simulation, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { type Quadtree, quadtree } from "d3-quadtree";
import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import { type Graph, type GraphLink, type GraphNode, coupling } from "./graph-model";
import { colour, onTheme } from "./theme";

const NEAR_PX = 14;
const DASHED = 500; // links that are dashed while they move
const LABELS_UP_TO = 60; // nodes; beyond, names stand only where one looks
const STILL = 0.02;
const LEVELS = 5; // of coupling, that edges are drawn in
const FAR = -1; // not at the node that is looked at
const TICK_BUDGET_MS = 10;
const CLUSTER_COLOURS = ["--alt", "--ins", "--con", "--syn", "--seg", "--des", "--sup", "--nul", "--rec"];
const STANCES = { essential: "--alt", generative: "--ins", accidental: "--con" } as const;

type ColourBy = "table" | "cluster";

export class GraphDrawing {
  private readonly context: CanvasRenderingContext2D;
  private readonly zooming: ZoomBehavior<HTMLCanvasElement, unknown>;
  private readonly simulation: Simulation<GraphNode, GraphLink>;
  private graph: Graph = { nodes: [], links: [], clusters: 0 };
  private tree: Quadtree<GraphNode> | null = null;
  private transform: ZoomTransform = zoomIdentity;
  private frame = 0;
  private colours: Record<string, string> = {};
  private tables: string[] = [];
  private neighbours = new Map<string, Set<string>>();
  private colourBy: ColourBy = "table";
  private fitted = false;
  private dragged: GraphNode | null = null;
  private readonly stopTheme: () => void;
  private readonly sizes: ResizeObserver;
  hovered: GraphNode | null = null;
  selected: string | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly choose: (node: GraphNode | null) => void,
  ) {
    this.context = canvas.getContext("2d")!;
    this.simulation = forceSimulation<GraphNode, GraphLink>()
      .force("charge", forceManyBody<GraphNode>().strength(-55).distanceMax(420).theta(1))
      .force("x", forceX<GraphNode>().strength(0.05))
      .force("y", forceY<GraphNode>().strength(0.05))
      .force("apart", forceCollide<GraphNode>((node) => radius(node) + 2).iterations(1))
      .alphaDecay(0.03)
      .stop();
    this.zooming = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.05, 8])
      .filter((event: MouseEvent) => event.type === "wheel" || (!event.button && !this.under(event)))
      .on("zoom", (event: { transform: ZoomTransform; sourceEvent: unknown }) => {
        this.transform = event.transform;
        if (event.sourceEvent) this.fitted = true;
        this.paint();
      });
    select(canvas).call(this.zooming);
    this.listen();
    this.stopTheme = onTheme(() => this.readColours());
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas);
    this.readColours();
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.stopTheme();
    this.sizes.disconnect();
    select(this.canvas).on(".zoom", null);
  }

  show(graph: Graph, colourBy: ColourBy): void {
    const fresh = graph.nodes.some((node) => node.x === undefined) || graph.links.length !== this.graph.links.length;
    this.graph = graph;
    this.colourBy = colourBy;
    this.tables = [...new Set(graph.nodes.map((node) => node.table))].sort();
    this.neighbours = new Map(graph.nodes.map((node) => [node.id, new Set<string>()]));
    for (const { source, target } of graph.links) {
      this.neighbours.get(source.id)?.add(target.id);
      this.neighbours.get(target.id)?.add(source.id);
    }
    this.simulation.nodes(graph.nodes);
    this.simulation.force(
      "links",
      forceLink<GraphNode, GraphLink>(graph.links)
        .distance((link) => 30 + 60 * (1 - coupling(link.edge)))
        .strength(0.4),
    );
    if (fresh) {
      this.fitted = false;
      this.simulation.alpha(1);
    }
    this.paint();
  }

  private readColours(): void {
    const names = ["--text", "--panel", "--line", "--edge", "--faint", "--accent", ...CLUSTER_COLOURS];
    this.colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
    this.paint();
  }

  private resize(): void {
    const scale = devicePixelRatio;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * scale));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * scale));
    this.paint();
  }

  // The whole graph in sight.
  fit(): void {
    const { nodes } = this.graph;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!nodes.length || !width) return;
    const xs = nodes.map((node) => node.x ?? 0).sort((a, b) => a - b);
    const ys = nodes.map((node) => node.y ?? 0).sort((a, b) => a - b);
    const [left, right, top, bottom] = [xs[0]!, xs.at(-1)!, ys[0]!, ys.at(-1)!];
    const k = Math.min(2, 0.88 / Math.max((right - left) / width, (bottom - top) / height, 0.001));
    const to = zoomIdentity
      .translate(width / 2 - (k * (left + right)) / 2, height / 2 - (k * (top + bottom)) / 2)
      .scale(k);
    select(this.canvas).call(this.zooming.transform, to);
  }

  look(id: string): void {
    const node = this.graph.nodes.find((one) => one.id === id);
    if (node?.x === undefined || node.y === undefined) return;
    const k = Math.max(this.transform.k, 1.2);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.fitted = true;
    select(this.canvas).call(
      this.zooming.transform,
      zoomIdentity.translate(width / 2 - k * node.x, height / 2 - k * node.y).scale(k),
    );
  }

  paint(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.simulation.alpha() > STILL) {
        const until = performance.now() + TICK_BUDGET_MS;
        do this.simulation.tick();
        while (performance.now() < until && this.simulation.alpha() > STILL);
        this.tree = null;
        if (!this.fitted) this.fit();
        this.paint();
      }
      this.draw();
    });
  }

  private colourOf(node: GraphNode): string {
    const index = this.colourBy === "cluster" ? node.cluster - 1 : this.tables.indexOf(node.table);
    if (index < 0) return this.colours["--faint"]!;
    return this.colours[CLUSTER_COLOURS[index % CLUSTER_COLOURS.length]!]!;
  }

  private draw(): void {
    const { context, transform } = this;
    const scale = devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    context.translate(transform.x, transform.y);
    context.scale(transform.k, transform.k);
    const focus = this.hovered?.id ?? this.selected;
    for (const stance of ["accidental", "generative", "essential"] as const) this.drawLinks(stance, focus);
    this.drawNodes(focus);
    this.drawNames(focus);
  }

  // Edges of one stance and about one coupling are one path: thousands of strokes would take longer than the forces.
  private drawLinks(stance: keyof typeof STANCES, focus: string | null): void {
    const { context } = this;
    context.strokeStyle = this.colours[STANCES[stance]]!;
    // Thousands of dashed lines take long to draw: not while all of them move.
    const dashed = stance === "accidental" && (this.graph.links.length < DASHED || this.simulation.alpha() <= STILL);
    context.setLineDash(dashed ? [3 / this.transform.k, 3 / this.transform.k] : []);
    const groups = new Map<number, GraphLink[]>();
    for (const link of this.graph.links) {
      if (link.edge.stance !== stance) continue;
      const near = focus === null || link.source.id === focus || link.target.id === focus;
      const level = near ? Math.round(coupling(link.edge) * LEVELS) : FAR;
      const group = groups.get(level);
      if (group) group.push(link);
      else groups.set(level, [link]);
    }
    for (const [level, links] of groups) {
      const strength = level === FAR ? 0.3 : level / LEVELS;
      context.globalAlpha = level === FAR ? 0.08 : 0.25 + 0.5 * strength;
      context.lineWidth = (0.6 + 1.6 * strength) / Math.sqrt(this.transform.k);
      context.beginPath();
      for (const { source, target } of links) {
        context.moveTo(source.x!, source.y!);
        context.lineTo(target.x!, target.y!);
      }
      context.stroke();
    }
    context.setLineDash([]);
  }

  private drawNodes(focus: string | null): void {
    const { context } = this;
    const groups = new Map<string, GraphNode[]>();
    for (const node of this.graph.nodes) {
      const near = focus === null || node.id === focus || this.adjacent(focus, node.id);
      const key = `${near ? "" : "far "}${this.colourOf(node)}`;
      const group = groups.get(key);
      if (group) group.push(node);
      else groups.set(key, [node]);
    }
    for (const [key, nodes] of groups) {
      const far = key.startsWith("far ");
      context.globalAlpha = far ? 0.25 : 1;
      context.fillStyle = far ? key.slice("far ".length) : key;
      context.beginPath();
      for (const node of nodes) {
        context.moveTo(node.x! + radius(node), node.y!);
        context.arc(node.x!, node.y!, radius(node), 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
    const chosen = this.graph.nodes.find((node) => node.id === this.selected);
    if (!chosen) return;
    context.lineWidth = 2.5 / this.transform.k;
    context.strokeStyle = this.colours["--text"]!;
    context.beginPath();
    context.arc(chosen.x!, chosen.y!, radius(chosen), 0, 2 * Math.PI);
    context.stroke();
  }

  private adjacent(one: string, other: string): boolean {
    return this.neighbours.get(one)?.has(other) ?? false;
  }

  private drawNames(focus: string | null): void {
    const { context, transform, graph } = this;
    const all = graph.nodes.length <= LABELS_UP_TO || transform.k > 2.2;
    const size = 11 / transform.k;
    context.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "center";
    context.lineWidth = 3 / transform.k;
    context.strokeStyle = this.colours["--panel"]!;
    context.fillStyle = this.colours["--text"]!;
    const most = [...graph.nodes].sort((a, b) => b.degree - a.degree).slice(0, all ? graph.nodes.length : 12);
    const near = focus === null ? [] : graph.nodes.filter((node) => node.id === focus || this.adjacent(focus, node.id));
    for (const node of focus === null ? most : near) {
      const y = node.y! - radius(node) - size * 0.45;
      context.strokeText(node.name, node.x!, y);
      context.fillText(node.name, node.x!, y);
    }
  }

  private position(event: MouseEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return this.transform.invert([event.clientX - box.left, event.clientY - box.top]);
  }

  private under(event: MouseEvent): GraphNode | null {
    this.tree ??= quadtree<GraphNode>()
      .x((node) => node.x!)
      .y((node) => node.y!)
      .addAll(this.graph.nodes);
    const [x, y] = this.position(event);
    return this.tree.find(x, y, NEAR_PX / this.transform.k) ?? null;
  }

  private listen(): void {
    const { canvas } = this;
    canvas.addEventListener("pointermove", (event) => {
      if (this.dragged) {
        [this.dragged.fx, this.dragged.fy] = this.position(event);
        this.simulation.alpha(Math.max(this.simulation.alpha(), 0.15));
        this.tree = null;
        return this.paint();
      }
      const found = this.under(event);
      if (found === this.hovered) return;
      this.hovered = found;
      canvas.classList.toggle("on-node", found !== null);
      this.paint();
    });
    canvas.addEventListener("pointerdown", (event) => {
      this.dragged = event.button === 0 ? this.under(event) : null;
      if (this.dragged) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", () => {
      if (this.dragged) this.dragged.fx = this.dragged.fy = null;
      this.dragged = null;
    });
    canvas.addEventListener("click", (event) => this.choose(this.under(event)));
  }
}

const radius = (node: GraphNode): number => 3.5 + Math.min(9, Math.sqrt(node.degree) * 1.3);
