// EOQL for the editor: colours, and what can stand where (docs/eoql.md).
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { Tag, tags } from "@lezer/highlight";
import { OPERATORS } from "./types";

const call = Tag.define();

const language = StreamLanguage.define<object>({
  tokenTable: { call },
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
    if (stream.match(/^(?:state|stream|meta|CON)(?=\s*\()/)) return "call";
    if (stream.match(/^(?:>>|!=|<=|>=|[=<>])/)) return "operator";
    if (stream.match(/^[(),]/)) return "punctuation";
    if (stream.match(/^[A-Za-z0-9_.-]+(?=\s*(?:=|!=|<|>))/)) return "propertyName";
    if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,()]|$)/)) return "number";
    if (stream.match(/^(?:true|false|null)(?=[\s,()]|$)/i)) return "bool";
    stream.match(/^[^\s"'(),=!<>]+/) || stream.next();
    return "string";
  },
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: call, color: "var(--accent)", fontWeight: "600" },
    { tag: tags.propertyName, color: "var(--seg)" },
    { tag: tags.string, color: "var(--ins)" },
    { tag: tags.number, color: "var(--alt)" },
    { tag: tags.bool, color: "var(--des)" },
    { tag: [tags.operator, tags.punctuation], color: "var(--faint)" },
  ]),
);

export const eoql = [language, colours];

export interface Known {
  tables: string[];
  fields(table: string): Promise<string[]>;
}

const STATE_KEYS: [string, string][] = [
  ["context.table", "the table"],
  ["id", "one entity"],
  ["at", "as it was at that time"],
  ["at_op", "as it was after that operation"],
  ["order", "by a field, -field downwards"],
  ["limit", "at most so many"],
  ["_has_sup", "has a superposed field"],
  ["_has_nul", "has a destroyed field"],
  ["_include_dead", "dead ones too"],
  ["_only_dead", "only dead ones"],
  ["_seg.boundary", "a boundary set with SEG"],
  ["frame.source", "where a field came from"],
  ...OPERATORS.map((op): [string, string] => [`_ops.${op}`, `how many ${op} it has seen`]),
];
const STREAM_KEYS: [string, string][] = [
  ["op", "the operator"],
  ["after", "later than"],
  ["before", "earlier than"],
  ["limit", "at most so many"],
  ["target.id", "the entity"],
  ["context.table", "the table"],
  ["context.trace_id", "the trace"],
  ["frame.source", "the source"],
];
const CON_KEYS: [string, string][] = [
  ["hops", "how many edges away"],
  ["min_coupling", "this coupling or more"],
  ["stance", "only of that stance"],
  ["exclude", "none of that stance"],
];
const VALUES: Record<string, string[]> = {
  op: [...OPERATORS],
  stance: ["essential", "generative", "accidental"],
  exclude: ["accidental", "essential", "generative"],
  _has_sup: ["true", "false"],
  _has_nul: ["true", "false"],
  _include_dead: ["true"],
  _only_dead: ["true"],
};

const option = (label: string, detail?: string, apply = label) => ({ label, detail, apply, type: "keyword" });
const plainWord = (name: string) => (/^[A-Za-z0-9_.-]+$/.test(name) ? name : `"${name.replace(/[\\"]/g, "\\$&")}"`);

// What may stand at the cursor, told from the text before it.
export function completions(known: () => Known) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.state.sliceDoc(0, context.pos);
    const word = /["']?[A-Za-z0-9_.-]*$/.exec(before)![0];
    const from = context.pos - word.length;
    const lead = before.slice(0, from);
    if (!word && !context.explicit && !/[(,=]\s*$|>>\s*$/.test(lead)) return null;
    const options = await choices(lead, known());
    return options.length ? { from, options, validFor: /^["']?[A-Za-z0-9_.-]*$/ } : null;
  };
}

async function choices(lead: string, known: Known) {
  const open = /(state|stream|meta|CON)\s*\(([^()]*)$/.exec(lead);
  if (!open) {
    if (/>>\s*$/.test(lead)) return [option("CON", "what they are connected to", "CON(hops=1)")];
    if (lead.trim()) return [option(">> CON", "what they are connected to", ">> CON(hops=1)")];
    return [
      option("state", "entities", "state("),
      option("stream", "operations", "stream("),
      option("meta", "tables about tables", "meta("),
      ...known.tables.map((name) => option(name, "all of the table", plainWord(name))),
    ];
  }
  const [, kind, inside] = open;
  if (kind === "meta")
    return ["types", "rules", "fields", "emergent"].map((name) => option(name, undefined, `${name})`));
  const key = /([A-Za-z0-9_.-]+)\s*(?:=|!=|<=?|>=?)\s*$/.exec(inside!)?.[1];
  const table = /context\.table\s*=\s*["']?([^"',()\s]+)/.exec(inside!)?.[1];
  if (key === "context.table") return known.tables.map((name) => option(name, undefined, plainWord(name)));
  if (key === "order" && table)
    return (await known.fields(table)).map((name) => option(name, undefined, plainWord(name)));
  if (key) return (VALUES[key] ?? []).map((name) => option(name));
  const fixed = kind === "state" ? STATE_KEYS : kind === "stream" ? STREAM_KEYS : CON_KEYS;
  const fields = kind === "state" ? await known.fields(table ?? "_default") : [];
  return [
    ...fields.map((name) => option(name, "a field", `${plainWord(name)}=`)),
    ...fixed.map(([name, what]) => option(name, what, `${name}=`)),
  ];
}
