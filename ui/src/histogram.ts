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

const bucketOf = ({ from, bucket_ms }: Histogram, ms: number) => Math.floor((ms - Date.parse(from ?? "")) / bucket_ms);

// The newest operation of the bucket with that moment; where that is empty, of the nearest before it that is not. Times need
// not grow with the ids.
export function newestAt(found: Histogram, seconds: number): number {
  return found.last_ids.slice(0, bucketOf(found, seconds * 1000) + 1).findLast((last) => last > 0) ?? 0;
}

// The middle of the bucket that holds the moment, in seconds.
export function placeOf(found: Histogram, ts: string): number | undefined {
  return middles(found)[bucketOf(found, Date.parse(ts))];
}
