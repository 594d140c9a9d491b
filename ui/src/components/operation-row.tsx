// One operation in one line.
import type { Event } from "../stream";
import { parse } from "../json";
import { ids, separator, summary, tableOf } from "../operation";
import { time } from "../format";
import type { Operation } from "../types";
import { OpBadge } from "./op-badge";

interface Props {
  event: Event;
  selected: boolean;
  choose(id: number): void;
}

const SHOWN_CHARACTERS = 300; // no line shows more, and a value may have megabytes

const parsed = new WeakMap<Event, { op: Operation; about: string; summary: string }>();

function words(event: Event) {
  let found = parsed.get(event);
  if (!found) {
    const op = parse(event.text) as unknown as Operation;
    found = { op, about: ids(op).join(` ${separator(op)} `), summary: summary(op).slice(0, SHOWN_CHARACTERS) };
    parsed.set(event, found);
  }
  return found;
}

export function OperationRow({ event, selected, choose }: Props) {
  const { op, about, summary: rest } = words(event);
  return (
    <div
      class="op-row"
      role="listitem"
      data-selected={selected || undefined}
      data-id={op.id}
      onClick={() => choose(op.id)}
    >
      <span class="op-time">{time(op.ts)}</span>
      <OpBadge op={op.op} />
      <strong class="op-about">{about || op.pretty_id}</strong>
      <span class="op-rest">{rest}</span>
      <span class="op-table">{tableOf(op)}</span>
      <span class="op-id">{op.id}</span>
    </div>
  );
}
