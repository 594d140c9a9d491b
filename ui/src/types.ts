// What the server answers, as far as the page reads it (docs/openapi.json has all of it).
import type { Json, JsonObject } from "./json";

export const OPERATORS = ["INS", "ALT", "DES", "SEG", "CON", "SYN", "SUP", "REC", "NUL"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Operation {
  id: number;
  pretty_id: string;
  guid: string;
  ts: string;
  op: Operator;
  target: JsonObject;
  context: JsonObject;
  frame: JsonObject;
}

export interface Instance {
  slug: string;
  operations: number;
  entities: number;
  tables: string[];
  file_size: number;
  last_op_ts: string | null;
  newest_ts: string | null; // the latest time in the log, which may be another operation's
  head: number;
  epoch: string;
  error?: string;
  code?: string;
}

export type Entity = JsonObject & { id: string };

export interface StateAnswer {
  type: "state";
  table: string;
  count: number;
  entities: Entity[];
  next_cursor?: string;
  total?: number; // with next_cursor: how many are alive in all pages
  con_chain?: { hops: number; reached: Entity[]; edges: Edge[]; reached_count: number };
}

export interface StreamAnswer {
  type: "stream";
  count: number;
  operations: Operation[];
}

export interface Edge {
  source: string;
  target: string;
  stance: "accidental" | "essential" | "generative";
  coupling: Json;
  data: JsonObject;
}

export interface Biography {
  entity_id: string;
  operation_count: number;
  operations: Operation[];
  states: Entity[];
  next_cursor?: number;
}

export interface LogPage {
  count: number;
  operations: Operation[];
  head: number;
}
