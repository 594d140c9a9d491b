// An operation that is being written: what was typed, and what the server said of it.
import { useState } from "preact/hooks";
import { path, request } from "./api";
import { route } from "./router";
import { tables } from "./shared";
import { type Form, type Row, type Values, operationOf } from "./write-forms";

export interface Answer {
  op_id: number;
  pretty_id: string;
  op: string;
  generated?: { id: number; op: string }[];
  generated_count?: number;
  rule_errors?: { rule: string; error: string }[];
  skipped?: number[];
  dry_run?: boolean;
  _warnings?: { code: string; message: string }[];
  id?: string; // that the server made for an entity without one
}

const EMPTY: Row = { name: "", value: "" };
const freshKey = () => crypto.randomUUID?.() ?? String(Math.random());

function initial(form: Form): Values {
  const { params } = route.value;
  const table = params.get("table") ?? tables.value.find((name) => !name.startsWith("_")) ?? "";
  return {
    texts: { ...(form.table && { table }), ...(params.get("id") && { id: params.get("id")! }) },
    rows: { fields: [EMPTY], variants: [EMPTY, EMPTY], frame: [EMPTY], ...form.beginsWith },
  };
}

export function useWriting(form: Form, instance: string) {
  const [values, setValues] = useState(() => initial(form));
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState("");
  const [key, setKey] = useState(freshKey);
  const operation = operationOf(form, values);
  const change = (next: Partial<Values>) => {
    setValues({ texts: { ...values.texts, ...next.texts }, rows: { ...values.rows, ...next.rows } });
    setAnswer(null);
    setKey(freshKey());
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
  return { values, change, operation, send, answer, error };
}
