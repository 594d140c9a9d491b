// What a webhook's form says, as the server takes it.
import { OPERATORS } from "./types";

const words = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

// "Name: value" lines; values that are there already are never shown, so an empty text leaves them as they are.
function headersOf(text: string): Record<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.includes(":"));
  return lines.length
    ? Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]),
      )
    : undefined;
}

// Parts that are left empty are left out; a change says null where a registration says nothing.
export function bodyOf(form: FormData, ops: ReadonlySet<string>, change: boolean) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const nothing = change ? null : undefined;
  return {
    url: text("url"),
    filter: ops.size ? OPERATORS.filter((op) => ops.has(op)) : nothing,
    tables: text("tables") ? words(text("tables")) : nothing,
    where: text("where") || nothing,
    delivery: text("delivery"),
    format: text("format"),
    description: text("description") || nothing,
    headers: headersOf(text("headers")),
    from: text("from") === "beginning" ? "beginning" : text("from") ? Number(text("from")) : undefined,
  };
}
