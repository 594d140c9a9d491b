// Rows from a file: JSON (an array, or an object that has one), JSON lines, or CSV with a line of names.
import { type JsonObject, isObject, parse } from "./json";

export function rowsFrom(name: string, text: string): JsonObject[] {
  const rows = /\.(csv|tsv)$/i.test(name) || !/^\s*[[{]/.test(text) ? fromCsv(text) : fromJson(text);
  if (rows.length === 0) throw new Error("The file has no rows.");
  return rows;
}

function fromJson(text: string): JsonObject[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (whole) {
    const lines = text.split("\n").filter((line) => line.trim());
    try {
      value = lines.map((line) => parse(line));
    } catch {
      throw new Error(`The file is neither JSON nor JSON lines: ${(whole as Error).message}`);
    }
  }
  const list = Array.isArray(value)
    ? value
    : isObject(value)
      ? (Object.values(value).find(Array.isArray) ?? [value])
      : [];
  const wrong = (list as unknown[]).findIndex((one) => !isObject(one));
  if (wrong >= 0) throw new Error(`Row ${wrong + 1} is no object.`);
  return list as JsonObject[];
}

// RFC 4180, and semicolons or tabs where the first line has those. Numbers, true and false are read as such, nothing as null.
function fromCsv(text: string): JsonObject[] {
  const records = csvRecords(text.replace(/^\uFEFF/, ""));
  const [names = [], ...rest] = records;
  return rest
    .filter((cells) => cells.some((cell) => cell !== ""))
    .map((cells, index) => {
      if (cells.length > names.length)
        throw new Error(`Row ${index + 1} has ${cells.length} values, and there are ${names.length} names.`);
      return Object.fromEntries(names.map((name, column) => [name.trim(), scalar(cells[column] ?? "")]));
    });
}

function scalar(cell: string) {
  if (cell === "") return null;
  if (/^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/.test(cell)) return parse(cell);
  return cell;
}

function csvRecords(text: string): string[][] {
  const line = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  const separator = [",", ";", "\t"].reduce((best, one) =>
    line.split(one).length > line.split(best).length ? one : best,
  );
  const records: string[][] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  const endCell = () => (cells.push(cell), (cell = ""));
  const endRecord = () => (endCell(), records.push(cells), (cells = []));
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') ((cell += '"'), at++);
      else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === separator) endCell();
    else if (character === "\n") endRecord();
    else if (character !== "\r") cell += character;
  }
  if (quoted) throw new Error("A quoted value is not closed.");
  if (cell !== "" || cells.length > 0) endRecord();
  return records;
}
