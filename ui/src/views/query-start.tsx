// What stands where nothing is asked yet: what was asked before, and examples with the instance's own tables.
import { quoted } from "../api";
import { Empty } from "../components/states";
import { tables } from "../shared";

interface StartProps {
  past: string[];
  take(text: string): void;
  clear(): void;
}

export function Start({ past, take, clear }: StartProps) {
  const table = tables.value.find((name) => !name.startsWith("_")) ?? tables.value[0];
  const examples = table
    ? [
        `state(context.table=${quoted(table)}, limit=20)`,
        `state(context.table=${quoted(table)}, _has_sup=true)`,
        `state(context.table=${quoted(table)}) >> CON(hops=2)`,
        "stream(limit=20)",
      ]
    : ["stream(limit=20)"];
  if (!table && past.length === 0)
    return (
      <Empty
        title="There is nothing to ask about yet."
        hint="Queries find entities, their connections and operations."
      />
    );
  const list = (title: string, all: string[]) => (
    <section>
      <h2 class="small">{title}</h2>
      <ul class="queries">
        {all.map((one) => (
          <li key={one}>
            <button type="button" class="quiet mono" onClick={() => take(one)}>
              {one}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
  return (
    <div class="query-start">
      {past.length > 0 && (
        <>
          {list("Asked before", past)}
          <button type="button" class="quiet" onClick={clear}>
            Forget these
          </button>
        </>
      )}
      {list("For example", examples)}
    </div>
  );
}
