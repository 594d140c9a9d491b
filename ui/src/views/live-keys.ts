// The live view's own keys: p pauses, j and k (or the arrows) walk through the rows, Escape closes what is open.
import { useEffect } from "preact/hooks";
import type { LiveLog } from "../live-log";

interface Options {
  log: LiveLog;
  selected: number | null;
  choose(id: number | null): void;
  toggle(): void;
  scroller: { current: HTMLDivElement | null };
  rowPx: number;
}

const STEPS: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

function walk({ log, selected, choose, scroller, rowPx }: Options, step: number): boolean {
  const at = selected === null ? -1 : log.find(selected);
  const next = log.at(Math.min(Math.max(at + step, 0), log.shown - 1));
  const view = scroller.current;
  if (!next || !view) return false;
  log.pause();
  choose(next.id);
  const top = log.find(next.id) * rowPx;
  const inSight = top >= view.scrollTop && top <= view.scrollTop + view.clientHeight - 2 * rowPx;
  if (!inSight) view.scrollTop = Math.max(0, top - rowPx * 4);
  return true;
}

export function useLiveKeys(options: Options): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as HTMLElement).matches("input, select, textarea")) return;
      const step = STEPS[event.key];
      if (event.key === "p") options.toggle();
      else if (event.key === "Escape") options.choose(null);
      else if (step && walk(options, step)) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });
}
