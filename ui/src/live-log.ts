// What the live view holds: the newest operations of a stream, whether they are shown or wait because the view is paused.
// Of all that came the newest are kept; while the view is paused and too many wait, the stream is closed, and goes on from
// there: nothing is lost, and memory stays bounded.
import { type Event, LiveStream, type StreamState } from "./stream";
import type { Operation } from "./types";
import { print } from "./json";

const KEPT = 50_000;
const TAIL = 500;
const RATE_MS = 1_000;

export class LiveLog {
  private events: Event[] = []; // oldest first
  private dropped = 0; // how many older ones left
  private end: number | null = null; // paused: the position, counted with those dropped, before which is what is shown
  private stream: LiveStream;
  private frame = 0;
  private counted = { at: performance.now(), total: 0 };
  private readonly timer: number;
  stopped = false;
  connected = false;
  rate = 0;
  total = 0; // that came since the view was opened

  constructor(
    private readonly slug: string,
    private readonly filters: Record<string, string[]>,
    private readonly changed: () => void,
    private readonly onState: (state: StreamState, sentence: string) => void,
  ) {
    this.stream = this.open({ tail: TAIL });
    this.timer = window.setInterval(() => this.measure(), RATE_MS);
  }

  private open(from: { tail?: number; after?: number; epoch?: string }): LiveStream {
    return new LiveStream({
      slug: this.slug,
      filters: this.filters,
      ...from,
      onEvents: (events) => this.take(events),
      onReset: () => this.clear(),
      onState: (state, sentence) => {
        this.connected ||= state === "open";
        this.onState(state, sentence);
        this.paint();
      },
    });
  }

  close(): void {
    this.stream.close();
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
  }

  private take(events: Event[]): void {
    for (const event of events) this.events.push(event);
    this.total += events.length;
    const surplus = this.events.length - KEPT;
    if (!this.paused && surplus > KEPT / 10) {
      this.events.splice(0, surplus);
      this.dropped += surplus;
    } else if (this.waiting > KEPT && !this.stopped) {
      this.stopped = true;
      this.stream.close();
    }
    this.paint();
  }

  private clear(): void {
    this.events = [];
    this.dropped = 0;
    this.end = null;
    this.paint();
  }

  private paint(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.changed();
    });
  }

  private measure(): void {
    const now = performance.now();
    const rate = Math.round(((this.total - this.counted.total) * 1000) / (now - this.counted.at));
    const first = this.counted.total === 0; // what the log held before did not happen in this second
    this.counted = { at: now, total: this.total };
    if (first || rate === this.rate) return;
    this.rate = rate;
    this.paint();
  }

  get paused(): boolean {
    return this.end !== null;
  }

  pause(): void {
    this.end ??= this.dropped + this.events.length;
    this.paint();
  }

  resume(): void {
    this.end = null;
    if (this.stopped) {
      this.stopped = false;
      this.stream = this.open({ after: this.stream.position ?? 0, epoch: this.stream.knownEpoch });
    }
    this.paint();
  }

  prepend(operations: Operation[]): void {
    this.events = [...operations.map((op) => ({ id: op.id, text: print(op) })), ...this.events];
    if (this.end !== null) this.end += operations.length;
    this.paint();
  }

  private get visibleEnd(): number {
    return (this.end ?? this.dropped + this.events.length) - this.dropped;
  }

  get waiting(): number {
    return this.events.length - this.visibleEnd;
  }

  get shown(): number {
    return Math.max(0, this.visibleEnd);
  }

  // The index counts from the newest that is shown.
  at(index: number): Event | undefined {
    return this.events[this.visibleEnd - 1 - index];
  }

  get oldest(): number | null {
    return this.events[0]?.id ?? null;
  }

  private position(id: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get(id: number): Event | undefined {
    const event = this.events[this.position(id)];
    return event?.id === id ? event : undefined;
  }

  find(id: number): number {
    return this.visibleEnd - 1 - this.position(id);
  }
}
