// The form of an operator, beside the operation and the command that sends it.
import { useEffect } from "preact/hooks";
import { path } from "../api";
import { Copy } from "../components/copy";
import { JsonView } from "../components/json-view";
import { Problem } from "../components/problem";
import { shellQuoted } from "../format";
import { type JsonObject, print } from "../json";
import { tables } from "../shared";
import type { Form } from "../write-forms";
import { useWriting } from "../writing";
import { Question, Rows, Text } from "./write-questions";
import { Told } from "./write-told";

export function OperatorForm({ form, instance }: { form: Form; instance: string }) {
  const { values, change, operation, send, answer, error } = useWriting(form, instance);
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
        <Problem text={error} />
        {answer && <Told answer={answer} instance={instance} />}
      </form>
      <Shown operation={operation} instance={instance} />
    </div>
  );
}

function Shown({ operation, instance }: { operation: JsonObject; instance: string }) {
  const curl = `curl ${location.origin}${path(instance, "operations")} -d ${shellQuoted(print(operation))}`;
  return (
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
  );
}
