// The live stream of one instance, on fetch: unlike an EventSource it comes back after any error, with the epoch it knows,
// so that nothing is missed and nothing of another log is mixed in (docs/stream.md).

import { denied, entries } from "./session";

export type StreamState = "connecting" | "open" | "lost" | "gone";

// The operation's text as it came; parsing waits until somebody looks at it.
export interface Event {
  id: number;
  text: string;
}

export interface StreamOptions {
  slug: string;
  filters?: Record<string, string[]>; // op, table, entity, trace
  tail?: number; // the last operations of the past to begin with; without it, what comes from now on
  after?: number; // or: what follows this operation
  epoch?: string; // of the log that `after` counts in
  onEvents(events: Event[]): void;
  onReset?(): void; // all that came before is of another log
  onState?(state: StreamState, sentence: string): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
const SILENCE_MS = 40_000; // the server says something every 15 s

export class LiveStream {
  private last: number | null = null;
  private epoch = "";
  private wait = FIRST_WAIT_MS;
  private abort = new AbortController();
  private timer = 0;
  private silence = 0;
  private closed = false;
  private gone = false; // there is no such instance; asked again now and then, since one may be made
  private readonly stopWatching: () => void;
  private readonly retryNow = () => {
    if (this.timer) this.again(0);
  };

  constructor(private readonly options: StreamOptions) {
    this.last = options.after ?? null;
    this.epoch = options.epoch ?? "";
    window.addEventListener("online", this.retryNow);
    this.stopWatching = entries.subscribe(this.retryNow);
    void this.run();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    window.removeEventListener("online", this.retryNow);
    this.stopWatching();
    this.abort.abort();
  }

  get position(): number | null {
    return this.last;
  }

  get knownEpoch(): string {
    return this.epoch;
  }

  private address(): string {
    const query = new URLSearchParams();
    for (const [name, values] of Object.entries(this.options.filters ?? {})) {
      for (const value of values) query.append(name, value);
    }
    if (this.last !== null) query.set("last_id", String(this.last));
    else if (this.options.tail !== undefined) query.set("tail", String(this.options.tail));
    else query.set("last_id", "latest");
    if (this.last !== null && this.epoch) query.set("epoch", this.epoch);
    return `/${encodeURIComponent(this.options.slug)}/stream?${query}`;
  }

  private state(state: StreamState, sentence: string): void {
    if (!this.closed) this.options.onState?.(state, sentence);
  }

  private async run(): Promise<void> {
    this.abort = new AbortController();
    try {
      const response = await fetch(this.address(), { signal: this.abort.signal, cache: "no-store" });
      if (response.ok && response.body) {
        this.epoch = response.headers.get("X-Choreo-Epoch") ?? this.epoch;
        this.gone = false;
        this.state("open", "live");
        await this.read(response.body);
      } else if (response.status === 404) {
        this.gone = true;
        this.wait = LONGEST_WAIT_MS;
      } else {
        if (response.status === 401) denied();
        const seconds = Number(response.headers.get("Retry-After"));
        if (seconds > 0) this.wait = Math.min(seconds * 1000, LONGEST_WAIT_MS);
      }
    } catch {
      // The connection broke, or close() ended it; both are told apart below.
    }
    clearTimeout(this.silence);
    if (!this.closed) this.again(this.wait * (0.75 + Math.random() / 2));
  }

  private again(ms: number): void {
    clearTimeout(this.timer);
    if (this.gone) this.state("gone", "there is no such instance");
    else this.state("lost", "connection lost, trying again");
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.run();
    }, ms);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    let rest = "";
    for (;;) {
      clearTimeout(this.silence);
      this.silence = window.setTimeout(() => this.abort.abort(), SILENCE_MS);
      const { done, value } = await reader.read();
      if (done || this.closed) return;
      this.wait = FIRST_WAIT_MS;
      const text = rest + value;
      const end = text.lastIndexOf("\n\n");
      rest = end < 0 ? text : text.slice(end + 2);
      if (end >= 0) this.take(text.slice(0, end).split("\n\n"));
    }
  }

  private take(blocks: string[]): void {
    let events: Event[] = [];
    for (const block of blocks) {
      const { event, id, data } = fields(block);
      if (event === "op" && id !== null) {
        events.push({ id, text: data });
        this.last = id;
      } else if (event === "position" && id !== null) {
        this.last = id;
      } else if (event === "reset") {
        this.epoch = (JSON.parse(data) as { epoch: string }).epoch;
        this.last = 0;
        events = [];
        this.options.onReset?.();
      } else if (event === "gone") {
        // Whatever has that name later is another log, which is then shown from its beginning.
        this.gone = true;
        this.epoch = "";
        this.last = 0;
        events = [];
        this.options.onReset?.();
      }
    }
    if (events.length) this.options.onEvents(events);
  }
}

function fields(block: string): { event: string; id: number | null; data: string } {
  const found = { event: "", id: null as number | null, data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("data: ")) found.data += line.slice(6);
    else if (line.startsWith("id: ")) found.id = Number(line.slice(4));
    else if (line.startsWith("event: ")) found.event = line.slice(7);
  }
  return found;
}
