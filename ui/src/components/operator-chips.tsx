// Some of the nine operators, chosen by clicks.
import { OPERATORS } from "../types";

interface Props {
  chosen: ReadonlySet<string>;
  change(chosen: string[]): void; // in their usual order
}

export function OperatorChips({ chosen, change }: Props) {
  const toggle = (op: string) => change(OPERATORS.filter((one) => chosen.has(one) !== (one === op)));
  return (
    <span class="chips">
      {OPERATORS.map((op) => (
        <button
          key={op}
          type="button"
          class="op chip"
          data-op={op}
          aria-pressed={chosen.has(op)}
          onClick={() => toggle(op)}
        >
          {op}
        </button>
      ))}
    </span>
  );
}
