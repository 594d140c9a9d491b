// A table's entities, asked for in pages: by filter, in an order, of any moment, dead ones too.
import { key, path, query, quoted, request, withQuery } from "./api";
import { holds, textIn } from "./table-filter";
import type { Entity, StateAnswer } from "./types";

export interface TableRequest {
  slug: string;
  table: string;
  filter: string; // conditions as EOQL has them (status=open, total>=10), or a text that is looked for
  sort: string; // a field, or -field
  dead: boolean;
  atOp: string;
}

export const PAGE = 200;
export const MOST = 10_000;

export interface Page {
  entities: Entity[];
  more: boolean;
  total?: number; // of all pages, where the server tells
  unseen?: boolean; // a text was looked for in the first MOST entities, and there are others
}

// The query that a request amounts to; a view shows it, and the query view can take it up.
export function asQuery(of: TableRequest, limit?: number, after?: string): string {
  const parts = [`context.table=${quoted(of.table)}`];
  if (of.filter.trim() && textIn(of.filter) === null) parts.push(of.filter.trim());
  if (of.dead) parts.push("_include_dead=true");
  if (of.atOp) parts.push(`at_op=${of.atOp}`);
  if (after !== undefined) parts.push(`id>${quoted(after)}`);
  if (of.sort) {
    const name = of.sort.replace(/^-/, "");
    const order = key(name);
    parts.push(`order=${of.sort.startsWith("-") ? (order === name ? `-${name}` : quoted(`-${name}`)) : quoted(name)}`);
  }
  if (limit !== undefined) parts.push(`limit=${limit}`);
  return `state(${parts.join(", ")})`;
}

// The first `count` entities, or those after `after` where there is no order. A text is looked for in all that are read.
export async function entitiesOf(
  of: TableRequest,
  count: number,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const text = textIn(of.filter);
  if (text === null) return pageOf(of, count, after, signal);
  const all = await pageOf({ ...of, filter: "" }, MOST, undefined, signal);
  return { entities: all.entities.filter((one) => holds(one, text)), more: false, unseen: all.more };
}

async function pageOf(of: TableRequest, count: number, after: string | undefined, signal: AbortSignal): Promise<Page> {
  const limit = Math.min(count, MOST);
  if (!of.filter.trim() && !of.sort && !of.dead) {
    const address = withQuery(path(of.slug, "state", of.table), { limit, cursor: after, at_op: of.atOp });
    const answer = await request<StateAnswer>(address, { signal });
    const more = answer.next_cursor !== undefined;
    return { entities: answer.entities, more, total: more ? answer.total : undefined };
  }
  const answer = await query<StateAnswer>(of.slug, asQuery(of, limit, after), signal);
  return { entities: answer.entities, more: answer.entities.length === limit };
}
