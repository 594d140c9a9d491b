// A list of rows of one height, of which only those in sight are in the document: a hundred thousand cost as much as forty.
import type { ComponentChildren, Ref } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  count: number;
  height: number; // of a row, in pixels
  row(index: number): ComponentChildren;
  head?: ComponentChildren; // stays at the top
  label: string;
  role?: "list" | "grid";
  columns?: number; // of a grid
  class?: string;
  scroller?: Ref<HTMLDivElement>;
  onScroll?(top: number): void;
  onEnd?(): void; // the last rows are in sight
}

const BEYOND = 8; // rows kept above and below those in sight
const NEAR_END = 20;

export function VirtualRows(props: Props) {
  const { count, height, row, head, label, role = "list", onScroll, onEnd } = props;
  const self = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: 600 });

  const look = () => {
    const { scrollTop, clientHeight } = self.current!;
    setSight((before) =>
      before.height === clientHeight && Math.floor(before.top / height) === Math.floor(scrollTop / height)
        ? before
        : { top: scrollTop, height: clientHeight },
    );
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(self.current!);
    if (typeof props.scroller === "function") props.scroller(self.current);
    else if (props.scroller) props.scroller.current = self.current;
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(sight.top / height) - BEYOND);
  const last = Math.min(count, Math.ceil((sight.top + sight.height) / height) + BEYOND);
  useEffect(() => {
    if (onEnd && last >= count - NEAR_END) onEnd();
  }, [last, count, onEnd]);

  const rows = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  const grid = role === "grid" ? { "aria-rowcount": count + 1, "aria-colcount": props.columns } : {};
  return (
    <div
      ref={self}
      class={`rows ${props.class ?? ""}`}
      tabIndex={0}
      role={role}
      aria-label={label}
      {...grid}
      onScroll={() => {
        look();
        onScroll?.(self.current!.scrollTop);
      }}
    >
      {head}
      <div class="rows-all" role="presentation" style={{ height: `${count * height}px` }}>
        <div class="rows-seen" role="presentation" style={{ transform: `translateY(${first * height}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
