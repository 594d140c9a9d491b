// Asking with EOQL.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, path, query, quoted, request, withQuery } from "../api";
import { EoqlEditor } from "../components/eoql-editor";
import { Copy } from "../components/copy";
import { Empty, Loading } from "../components/states";
import { columnsOf } from "../entity";
import { number } from "../format";
import { useResource } from "../resource";
import { adjust, route, slug } from "../router";
import { tables } from "../shared";
import type { StateAnswer, StreamAnswer } from "../types";
import { forget, recall, remember } from "../query-history";
import { Result } from "./query-result";

const FIELDS_FROM = 50; // entities that a table's fields are told from

const fieldCache = new Map<string, Promise<string[]>>();
function fields(instance: string, table: string): Promise<string[]> {
  const name = `${instance}/${table}`;
  if (!fieldCache.has(name)) {
    const asked = request<StateAnswer>(withQuery(path(instance, "state", table), { limit: FIELDS_FROM }));
    fieldCache.set(
      name,
      asked.then(
        (answer) => columnsOf(answer.entities),
        () => (fieldCache.delete(name), []),
      ),
    );
  }
  return fieldCache.get(name)!;
}

interface Outcome {
  answer?: StateAnswer | StreamAnswer;
  error?: ApiError;
  ms?: number;
}

export default function Query() {
  const instance = slug.value!;
  const { params } = route.value;
  const asked = params.get("q") ?? "";
  const replay = params.get("replay") ?? "";
  const [text, setText] = useState(asked);
  const [given, setGiven] = useState({ text: asked });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [running, setRunning] = useState(false);
  const [turn, setTurn] = useState(0);
  const [past, setPast] = useState(recall(instance));
  const shown = useRef("");

  const profiles = useResource(
    async (signal) => {
      const found = await query<StateAnswer>(instance, `state(context.table="_rules")`, signal);
      return found.entities
        .map((one) => one.id)
        .filter((id) => id.startsWith("profile-"))
        .map((id) => id.slice("profile-".length));
    },
    [instance],
  );

  // The address says what is asked, so "back" and a shared address ask again.
  useEffect(() => {
    if (asked !== shown.current) {
      setText(asked);
      setGiven({ text: asked });
    }
    shown.current = asked;
    if (!asked) return setOutcome(null);
    const abort = new AbortController();
    const start = performance.now();
    setRunning(true);
    query(instance, asked, abort.signal, replay || undefined)
      .then(
        (answer) => {
          setOutcome({ answer, ms: performance.now() - start });
          setPast(remember(instance, asked));
        },
        (error: ApiError) => !abort.signal.aborted && setOutcome({ error }),
      )
      .finally(() => !abort.signal.aborted && setRunning(false));
    return () => abort.abort();
  }, [instance, asked, replay, turn]);

  const run = (wanted = text) => {
    if (!wanted.trim()) return;
    shown.current = wanted;
    if (wanted === asked) setTurn((count) => count + 1);
    else adjust({ q: wanted });
  };
  const take = (one: string) => {
    setText(one);
    setGiven({ text: one });
    run(one);
  };
  const problem =
    outcome?.error?.position !== undefined && text === asked
      ? { position: outcome.error.position, message: outcome.error.message }
      : null;
  const curl = () =>
    `curl -G ${location.origin}${path(instance, "query")} --data-urlencode ${shellQuoted(`q=${text}`)}`;

  return (
    <div class="view query">
      <div class="bar">
        <h1>Query</h1>
        {outcome?.answer && (
          <span class="faint tally">
            {number(outcome.answer.count)} found in {number(outcome.ms!)} ms
          </span>
        )}
        <span class="spring" />
        <label class="field-inline">
          <span>Replay</span>
          <select value={replay} onChange={(event) => adjust({ replay: event.currentTarget.value })}>
            <option value="">as it is</option>
            {(profiles.data ?? []).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Copy text={curl} label="Copy as curl" />
        <button type="button" class="accent" onClick={() => run()} disabled={!text.trim()} title="Ctrl Enter">
          Ask
        </button>
      </div>
      <EoqlEditor
        given={given}
        known={{ tables: tables.value, fields: (table) => fields(instance, table) }}
        problem={problem}
        change={setText}
        run={run}
      />
      <div class="query-body">
        {running && !outcome && <Loading label="Asking" />}
        {outcome?.error && (
          <p class="banner" role="alert">
            {outcome.error.message}
          </p>
        )}
        {outcome?.answer && <Result answer={outcome.answer} instance={instance} as={params.get("as") ?? "table"} />}
        {!outcome && !running && (
          <Start instance={instance} past={past} take={take} clear={() => setPast(forget(instance))} />
        )}
      </div>
    </div>
  );
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

interface StartProps {
  instance: string;
  past: string[];
  take(text: string): void;
  clear(): void;
}

function Start({ past, take, clear }: StartProps) {
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
