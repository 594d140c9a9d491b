// A chart of values over time, by uPlot, in the page's colours; a span can be chosen by dragging.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { colour, onTheme } from "../theme";

interface Props {
  label: string;
  times: number[]; // seconds
  values: number[];
  bars?: boolean;
  marks?: number[]; // moments, in seconds, that are marked
  span?: number; // seconds that are shown at least, up to the newest time
  height?: number;
  choose?(seconds: number): void; // a click
}

export function Chart({ label, times, values, bars, marks = [], span, height = 120, choose }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marked = useRef(marks);
  marked.current = marks;
  const chosen = useRef(choose);
  chosen.current = choose;
  const data = useRef<[number[], number[]]>([times, values]);
  data.current = [times, values];

  useEffect(() => {
    const element = place.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        options({ bars, width: element.clientWidth, height, span, marked }),
        data.current,
        element,
      );
      plot.current.over.addEventListener("click", () => {
        const { left } = plot.current!.cursor;
        if (left !== undefined && left >= 0) chosen.current?.(plot.current!.posToVal(left, "x"));
      });
    };
    make();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const stop = onTheme(make);
    return () => {
      stop();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [bars, height, span]);
  useEffect(() => plot.current?.setData([times, values]), [times, values]);
  useEffect(() => plot.current?.redraw(false), [marks.join()]);

  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

const MINUTE_S = 60;
const DAY_S = 86_400;
const STEPS_S = [1, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600].concat(
  [1, 2, 7, 14, 30, 90, 365, 3650].map((days) => days * DAY_S),
);

// As precise as the step from one to the next asks for. The first time of each day has its date below it, unless all are of
// today.
function times(seconds: number[], step: number): string[] {
  const texts = timesAlone(seconds, step);
  if (step >= DAY_S / 2) return texts;
  const days = seconds.map((one) => new Date(one * 1000).toDateString());
  if (days.every((day) => day === new Date().toDateString())) return texts;
  return texts.map((text, at) =>
    days[at] === days[at - 1] ? text : `${text}\n${dayText.format(seconds[at]! * 1000)}`,
  );
}

const dayText = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function timesAlone(seconds: number[], step: number): string[] {
  const form: Intl.DateTimeFormatOptions =
    step < MINUTE_S
      ? { hour: "2-digit", minute: "2-digit", second: "2-digit" }
      : step < DAY_S / 2
        ? { hour: "2-digit", minute: "2-digit" }
        : step < 30 * DAY_S
          ? { day: "numeric", month: "short" }
          : { month: "short", year: "numeric" };
  const text = new Intl.DateTimeFormat("en-GB", form);
  return seconds.map((one) => text.format(one * 1000));
}

interface Look {
  bars?: boolean;
  width: number;
  height: number;
  span?: number;
  marked: { current: number[] };
}

// Without this, uPlot shows years around a single time.
const atLeast =
  (span: number) =>
  (_plot: uPlot, low: number | null, high: number | null): [number, number] => {
    const end = high ?? Date.now() / 1000;
    return [Math.min(low ?? end, end - span), end];
  };

function options({ bars = false, width, height, span, marked }: Look): uPlot.Options {
  const line = colour("--line");
  const faint = colour("--faint");
  const accent = colour("--accent");
  const axis = {
    stroke: faint,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: "11px system-ui, sans-serif",
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: !bars } },
    scales: { x: span ? { range: atLeast(span) } : {}, y: { range: (_plot, _low, high) => [0, Math.max(1, high)] } },
    axes: [
      { ...axis, space: 80, incrs: STEPS_S, values: (_plot, ticks, _axis, _space, step) => times(ticks, step) },
      { ...axis, size: 46 },
    ],
    series: [
      {},
      {
        stroke: accent,
        fill: bars ? accent : undefined,
        width: bars ? 0 : 1.5,
        paths: bars ? uPlot.paths.bars!({ size: [0.85, 40] }) : undefined,
        points: { show: false },
      },
    ],
    hooks: { draw: [(plot) => showMarks(plot, marked.current), noteSpan] },
  };
}

// How many seconds it shows, for whoever looks at the page with a program.
function noteSpan({ root, scales }: uPlot): void {
  const { min, max } = scales.x!;
  if (min != null && max != null) root.parentElement!.dataset.seconds = String(Math.round(max - min));
}

// Lines over the chart, as elements of their own.
function showMarks(plot: uPlot, marks: number[]): void {
  plot.over.querySelectorAll(".chart-mark").forEach((old) => old.remove());
  for (const mark of marks) {
    const line = document.createElement("div");
    line.className = "chart-mark";
    line.style.left = `${plot.valToPos(mark, "x")}px`;
    plot.over.append(line);
  }
}
