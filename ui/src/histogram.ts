// How many operations happened when, as the server counts them.
import { path, request, withQuery } from "./api";

export interface Histogram {
  from: string | null; // null: there are no times, and no buckets
  bucket_ms: number;
  counts: number[];
  last_ids: number[]; // the greatest id in each bucket, 0 where it is empty
  head: number;
}

interface Span {
  buckets: number;
  from?: string;
  to?: string;
}

export const histogram = (slug: string, span: Span, signal?: AbortSignal) =>
  request<Histogram>(withQuery(path(slug, "histogram"), { ...span }), { signal });

// Where each bucket's middle lies, in seconds.
export function middles({ from, bucket_ms, counts }: Histogram): number[] {
  const start = Date.parse(from ?? "");
  return counts.map((_, index) => (start + (index + 0.5) * bucket_ms) / 1000);
}

// The newest operation of the bucket with that moment or of those before it.
export function lastBefore({ from, bucket_ms, last_ids }: Histogram, seconds: number): number {
  const bucket = Math.floor((seconds * 1000 - Date.parse(from ?? "")) / bucket_ms);
  return Math.max(0, ...last_ids.slice(0, bucket + 1));
}

// Where an operation stands among the buckets, in seconds: in the first that reaches it.
export function placeOf(found: Histogram, id: number): number | undefined {
  const bucket = found.last_ids.findIndex((last) => last >= id);
  return bucket < 0 ? undefined : middles(found)[bucket];
}
