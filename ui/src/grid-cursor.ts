// Walking through rows of the same height with j, k and the arrows; Enter opens the one at hand.
import { useRef, useState } from "preact/hooks";

const STEPS: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const AROUND = 3; // rows that stay in sight below it

export function useCursor(count: number, rowPx: number, open: (index: number) => void) {
  const [cursor, setCursor] = useState(-1);
  const scroller = useRef<HTMLDivElement>(null);
  const show = (index: number) => {
    const view = scroller.current!;
    const top = index * rowPx;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top > view.scrollTop + view.clientHeight - AROUND * rowPx)
      view.scrollTop = top - view.clientHeight + AROUND * rowPx;
  };
  const pressed = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step && count > 0) {
      event.preventDefault();
      const next = Math.min(Math.max(cursor + step, 0), count - 1);
      setCursor(next);
      show(next);
    } else if (event.key === "Enter" && cursor >= 0 && cursor < count && event.target === scroller.current)
      open(cursor);
  };
  return { cursor, scroller, pressed };
}
