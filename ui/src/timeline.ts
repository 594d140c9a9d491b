// When the operations of a log happened, told from a few of them: ids grow with time, so the times of some ids give the
// curve, and a log of millions costs as many requests as a small one.
import { logPage } from "./api";

export interface Sample {
  id: number;
  ms: number;
}

const PARALLEL = 4;

async function timeOf(slug: string, id: number, signal?: AbortSignal): Promise<Sample | null> {
  const [op] = (await logPage(slug, id - 1, 1, signal)).operations;
  return op ? { id: op.id, ms: Date.parse(op.ts) } : null;
}

// The first operation at that time or later; head + 1 if there is none.
export async function firstSince(slug: string, head: number, ms: number, signal?: AbortSignal): Promise<number> {
  let low = 1;
  let high = head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const sample = await timeOf(slug, middle, signal);
    if (!sample || sample.ms >= ms) high = middle;
    else low = middle + 1;
  }
  return low;
}

// At most `count` operations from `first` to `last`, evenly by id, both included.
export async function samples(
  slug: string,
  first: number,
  last: number,
  count: number,
  signal?: AbortSignal,
): Promise<Sample[]> {
  if (last < first) return [];
  if (last - first < 1000) {
    const page = await logPage(slug, first - 1, last - first + 1, signal);
    return page.operations.map((op) => ({ id: op.id, ms: Date.parse(op.ts) }));
  }
  const ids = Array.from({ length: count }, (_, index) => Math.round(first + ((last - first) * index) / (count - 1)));
  const found: Sample[] = [];
  for (let at = 0; at < ids.length; at += PARALLEL) {
    const some = await Promise.all(ids.slice(at, at + PARALLEL).map((id) => timeOf(slug, id, signal)));
    found.push(...some.filter((one) => one !== null));
  }
  return found;
}

// How many operations fall into each of `count` equal spans of time from..to; between two samples they are spread evenly.
export function histogram(taken: Sample[], from: number, to: number, count: number): number[] {
  const bars = new Array<number>(count).fill(0);
  const span = (to - from) / count || 1;
  const bar = (ms: number) => Math.min(count - 1, Math.max(0, Math.floor((ms - from) / span)));
  taken.forEach((sample, index) => {
    const before = taken[index - 1];
    if (!before || before.ms > sample.ms || sample.id - before.id === 1) {
      if (sample.ms >= from && sample.ms <= to) bars[bar(sample.ms)]! += 1;
      return;
    }
    const operations = sample.id - before.id;
    const start = Math.max(before.ms, from);
    const end = Math.min(sample.ms, to);
    for (let at = bar(start); at <= bar(end) && start <= end; at++) {
      const overlap = Math.min(end, from + (at + 1) * span) - Math.max(start, from + at * span);
      bars[at]! += sample.ms === before.ms ? operations : (operations * Math.max(0, overlap)) / (sample.ms - before.ms);
    }
  });
  return bars;
}
