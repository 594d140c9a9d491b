// A slider over the moments at which anything happened to an entity.
import { ago, dateTime } from "../format";
import { adjust } from "../router";
import type { Operation } from "../types";

export function Moments({ operations, atOp }: { operations: Operation[]; atOp: string }) {
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
