// A feedback rule as a form (docs/operators.md): when an operation meets conditions, the server appends another one.
import { quoted } from "./api";
import type { JsonObject } from "./json";
import { OPERATORS } from "./types";
import { type Form, type Values, rows } from "./write-forms";

const ACTIONS = OPERATORS.filter((op) => op !== "REC");

const chosen = (values: Values, name: string, choices: readonly string[]) => values.texts[name] ?? choices[0]!;

function trigger(values: Values): JsonObject {
  const { when_table: table, where } = values.texts;
  const conditions = [table && `context.table=${quoted(table)}`, where?.trim()].filter(Boolean);
  return { op: chosen(values, "when_op", OPERATORS), ...(conditions.length > 0 && { where: conditions.join(", ") }) };
}

function action(values: Values): JsonObject {
  const { then_table: table } = values.texts;
  return {
    op: chosen(values, "then_op", ACTIONS),
    target_template: rows(values),
    context: table ? { table } : {},
  };
}

export const RULE: Form = {
  op: "REC",
  says: "Whenever an operation meets the conditions, the server appends another one.",
  asks: [
    { name: "id", label: "Rule", kind: "text", required: true, hint: "its id; the same id again replaces it" },
    { name: "when_op", label: "When the operation is", kind: "choice", choices: [...OPERATORS] },
    { name: "when_table", label: "of table", kind: "text", hint: "any if empty" },
    { name: "where", label: "and", kind: "text", hint: 'target.total>100, target.status="open"' },
    { name: "then_op", label: "append", kind: "choice", choices: ACTIONS },
    { name: "then_table", label: "to table", kind: "text", hint: "_default if empty" },
    { name: "fields", label: "with", kind: "fields", hint: "{trigger.target.total} is that operation's total" },
  ],
  table: false,
  beginsWith: {
    fields: [
      { name: "id", value: "{trigger.target.id}" },
      { name: "", value: "" },
    ],
  },
  target: (values) => ({ id: values.texts.id ?? "", trigger: trigger(values), action: action(values) }),
  context: () => ({ type: "feedback_rule" }),
};
