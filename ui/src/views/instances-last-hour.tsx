// What happened to an instance in the last hour. A log whose newest time is older is not asked.
import { useEffect, useState } from "preact/hooks";
import { Sparkline } from "../components/sparkline";
import { number } from "../format";
import { histogram } from "../histogram";
import type { Instance } from "../types";

const HOUR_MS = 3_600_000;
const BARS = 40;
const AGAIN_MS = 30_000;

export function LastHour({ instance }: { instance: Instance }) {
  const [bars, setBars] = useState<number[]>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setTurn((count) => count + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const abort = new AbortController();
    void lastHour(instance, abort.signal).then(setBars, () => undefined);
    return () => abort.abort();
  }, [instance.epoch, turn, instance.newest_ts === null]);
  if (!bars) return <span class="faint">…</span>;
  const total = bars.reduce((sum, value) => sum + value, 0);
  return <Sparkline values={bars} label={`${number(total)} operations in the last hour`} />;
}

async function lastHour({ slug, newest_ts: newest }: Instance, signal: AbortSignal): Promise<number[]> {
  const to = Date.now();
  const from = to - HOUR_MS;
  if (!newest || Date.parse(newest) < from) return new Array<number>(BARS).fill(0);
  const span = { buckets: BARS, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return (await histogram(slug, span, signal)).counts;
}
