// What the processes say of themselves, read again and again: their health, and rates from their counters.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Sample, growth, readMetrics } from "./metrics";

export const EVERY_MS = 2_000;
export const KEPT = 150; // readings, for charts

export interface Component {
  name: string;
  status: "ok" | "stale" | "missing";
  pid?: number;
  version?: string;
  heartbeat_age_ms?: number;
}

export interface Health {
  status: "ok" | "degraded" | "failing";
  version: string;
  uptime_secs: number;
  pid: number;
  error?: string;
  components?: Component[];
}

export const RATES: [string, string][] = [
  ["choreo_operations_total", "Operations a second"],
  ["choreo_requests_total", "Requests a second"],
  ["choreo_stream_events_total", "Events sent on streams a second"],
  ["choreo_webhook_deliveries_total", "Webhook deliveries a second"],
];

export interface Reading {
  health: Health;
  samples: Sample[];
  at: number;
}

async function read(): Promise<Reading> {
  // A failing server says so with 503, which is an answer here.
  const response = await fetch("/health", { cache: "no-store" });
  const health = (await response.json()) as Health;
  const metrics = await fetch("/metrics", { cache: "no-store" });
  return { health, samples: metrics.ok ? readMetrics(await metrics.text()) : [], at: Date.now() };
}

export function useReadings() {
  const [latest, setLatest] = useState<Reading>();
  const [error, setError] = useState<Error>();
  const times = useRef<number[]>([]);
  const rates = useRef<Record<string, number[]>>({});
  const before = useRef<Reading | null>(null);
  useEffect(() => {
    let timer = 0;
    let over = false;
    const again = async () => {
      try {
        const found = await read();
        const old = before.current;
        if (old && found.at > old.at) {
          times.current = [...times.current, found.at / 1000].slice(-KEPT);
          for (const [name] of RATES) {
            const rate = (growth(old.samples, found.samples, name) * 1000) / (found.at - old.at);
            rates.current[name] = [...(rates.current[name] ?? []), rate].slice(-KEPT);
          }
        }
        before.current = found;
        if (over) return;
        setLatest(found);
        setError(undefined);
      } catch {
        if (!over) setError(new Error("The server cannot be reached. Trying again."));
      }
      if (!over) timer = window.setTimeout(again, EVERY_MS);
    };
    void again();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);
  return { latest, error, times: times.current, rates: rates.current };
}
