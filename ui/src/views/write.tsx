// Writing: a form for each operator, which shows the operation and the command that sends it; and whole lists.
import { useEffect, useState } from "preact/hooks";
import { path, request } from "../api";
import { Copy } from "../components/copy";
import { JsonView } from "../components/json-view";
import { lazyPart } from "../components/lazy";
import { print } from "../json";
import { address, route, slug } from "../router";
import { tables } from "../shared";
import { type Ask, FORMS, type Form, type Row, type Values, operationOf, shellQuoted } from "../write-forms";

const Snapshot = lazyPart(() => import("./write-snapshot").then((module) => module.Snapshot));

export interface Answer {
  op_id: number;
  pretty_id: string;
  op: string;
  generated?: { id: number; op: string }[];
  generated_count?: number;
  rule_errors?: { rule: string; error: string }[];
  skipped?: number[];
  dry_run?: boolean;
  _warning?: string;
}

export default function Write() {
  const instance = slug.value!;
  const chosen = route.value.path[2] ?? "INS";
  const form = FORMS.find((one) => one.op === chosen);
  return (
    <div class="view write">
      <div class="bar">
        <h1>Write</h1>
        <span class="faint">{form?.says ?? "A whole list as it is now; Choreo works out the operations."}</span>
      </div>
      <nav class="filters" aria-label="Operators">
        <span class="chips">
          {FORMS.map((one) => (
            <a
              key={one.op}
              class="op chip"
              data-op={one.op}
              href={address([instance, "write", one.op])}
              aria-current={one.op === chosen ? "page" : undefined}
            >
              {one.op}
            </a>
          ))}
        </span>
        <span class="tabs">
          <a href={address([instance, "write", "snapshot"])} aria-current={chosen === "snapshot" ? "page" : undefined}>
            Snapshot
          </a>
        </span>
      </nav>
      {form ? <OperatorForm key={form.op} form={form} instance={instance} /> : <Snapshot instance={instance} />}
    </div>
  );
}

const EMPTY: Row = { name: "", value: "" };

function initial(form: Form): Values {
  const { params } = route.value;
  const table = params.get("table") ?? tables.value.find((name) => !name.startsWith("_")) ?? "";
  return {
    texts: { ...(form.table && { table }), ...(params.get("id") && { id: params.get("id")! }) },
    rows: { fields: [EMPTY], variants: [EMPTY, EMPTY], frame: [EMPTY] },
  };
}

function OperatorForm({ form, instance }: { form: Form; instance: string }) {
  const [values, setValues] = useState(() => initial(form));
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID?.() ?? String(Math.random()));
  const operation = operationOf(form, values);
  const change = (next: Partial<Values>) => {
    setValues({ texts: { ...values.texts, ...next.texts }, rows: { ...values.rows, ...next.rows } });
    setAnswer(null);
    setKey(crypto.randomUUID?.() ?? String(Math.random()));
  };
  const send = async (dry: boolean) => {
    setError("");
    try {
      // The key makes a second click, or a second try after a lost answer, append nothing.
      const to = path(instance, "operations") + (dry ? "?dry_run=true" : "");
      setAnswer(await request<Answer>(to, { body: operation, headers: dry ? {} : { "Idempotency-Key": key } }));
    } catch (problem) {
      setAnswer(null);
      setError((problem as Error).message);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void send(false);
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
        document.querySelector<HTMLFormElement>("form.operator")?.requestSubmit();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  const curl = `curl ${location.origin}${path(instance, "operations")} -d ${shellQuoted(print(operation))}`;
  return (
    <div class="write-body">
      <form class="operator stack" onSubmit={submit}>
        {form.table && (
          <Text
            ask={{ name: "table", label: "Table", kind: "text", hint: "_default if empty" }}
            values={values}
            change={change}
            list={tables.value}
          />
        )}
        {form.asks.map((ask) => (
          <Question key={ask.name} ask={ask} values={values} change={change} />
        ))}
        <Rows
          ask={{ name: "frame", label: "Frame", kind: "fields", hint: "why: source, reason, epistemic …" }}
          values={values}
          change={change}
        />
        <div class="actions">
          <button type="submit" class="accent" title="Ctrl Enter">
            Append
          </button>
          <button type="button" onClick={() => void send(true)}>
            Try without appending
          </button>
        </div>
        {error && (
          <p class="bad" role="alert">
            {error}
          </p>
        )}
        {answer && <Told answer={answer} instance={instance} />}
      </form>
      <section class="write-shown stack" aria-label="The operation">
        <h2>The operation</h2>
        <JsonView value={operation} label="Operation" />
        <h2>
          As a command <Copy text={() => curl} label="Copy the command" />
        </h2>
        <pre class="answer" tabIndex={0} aria-label="Command">
          {curl}
        </pre>
      </section>
    </div>
  );
}

function Told({ answer, instance }: { answer: Answer; instance: string }) {
  return (
    <div class="card pad stack" role="status">
      <p class="good">
        {answer.dry_run ? (
          `It would be operation ${answer.op_id}. Nothing was appended.`
        ) : (
          <>
            Appended as{" "}
            <a href={address([instance, "live"], { sel: answer.op_id })}>
              operation {answer.op_id}, {answer.pretty_id}
            </a>
            .
          </>
        )}
      </p>
      {answer._warning && <p class="warn">A designation without a frame: nobody will know on whose word.</p>}
      {(answer.generated_count ?? 0) > 0 && (
        <p>
          {answer.dry_run ? "It would cause" : "It caused"} {answer.generated_count} more:{" "}
          {answer
            .generated!.slice(0, 20)
            .map((one) => `${one.op} ${one.id}`)
            .join(", ")}
        </p>
      )}
      {answer.rule_errors?.map((one) => (
        <p key={one.rule} class="warn">
          Rule {one.rule} could not fire: {one.error}
        </p>
      ))}
    </div>
  );
}

interface QuestionProps {
  ask: Ask;
  values: Values;
  change(next: Partial<Values>): void;
}

function Question({ ask, values, change }: QuestionProps) {
  if (ask.kind === "fields" || ask.kind === "variants") return <Rows ask={ask} values={values} change={change} />;
  if (ask.kind === "choice") {
    return (
      <label class="field">
        <span>
          {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
        </span>
        <select
          value={values.texts[ask.name] ?? ask.choices![0]}
          onChange={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
        >
          {ask.choices!.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    );
  }
  if (ask.kind === "json") {
    return (
      <label class="field">
        <span>
          {ask.label} <span class="faint">{ask.hint}</span>
        </span>
        <textarea
          rows={7}
          spellcheck={false}
          value={values.texts[ask.name] ?? ""}
          onInput={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
        />
      </label>
    );
  }
  return <Text ask={ask} values={values} change={change} />;
}

function Text({ ask, values, change, list }: QuestionProps & { list?: string[] }) {
  return (
    <label class="field">
      <span>
        {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
      </span>
      <input
        required={ask.required}
        list={list && `list-${ask.name}`}
        autocomplete="off"
        spellcheck={false}
        data-search={ask.name === "id" || ask.name === "source" || undefined}
        value={values.texts[ask.name] ?? ""}
        onInput={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
      />
      {list && (
        <datalist id={`list-${ask.name}`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}

// Names and values; a new empty row appears below the last one that is used.
function Rows({ ask, values, change }: QuestionProps) {
  const rows = values.rows[ask.name] ?? [EMPTY];
  const set = (index: number, part: Partial<Row>) => {
    const next = rows.map((row, at) => (at === index ? { ...row, ...part } : row));
    if (next.at(-1)!.name || next.at(-1)!.value) next.push(EMPTY);
    change({ rows: { [ask.name]: next } });
  };
  const [left, right] = ask.kind === "variants" ? ["source", "value"] : ["name", "value"];
  return (
    <fieldset class="field rows-of">
      <legend>
        {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
      </legend>
      {rows.map((row, index) => (
        <div key={index} class="pair">
          <input
            aria-label={`${ask.label}: ${left} ${index + 1}`}
            placeholder={left}
            value={row.name}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { name: event.currentTarget.value })}
          />
          <input
            aria-label={`${ask.label}: ${right} ${index + 1}`}
            placeholder={right}
            value={row.value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { value: event.currentTarget.value })}
          />
        </div>
      ))}
    </fieldset>
  );
}
