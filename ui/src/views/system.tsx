// The processes: whether they live, what they do, and what waits.
import { useEffect, useRef, useState } from "preact/hooks";
import { path, request } from "../api";
import { Chart } from "../components/chart";
import { Headings } from "../components/headings";
import { Failed, Loading } from "../components/states";
import { compact, duration, number } from "../format";
import { type Sample, growth, readMetrics, sum } from "../metrics";
import { address } from "../router";
import { instances } from "../shared";
import type { Webhook } from "../webhook";

const EVERY_MS = 2_000;
const KEPT = 150;

interface Component {
  name: string;
  status: "ok" | "stale" | "missing";
  pid?: number;
  version?: string;
  heartbeat_age_ms?: number;
}

interface Health {
  status: "ok" | "degraded" | "failing";
  version: string;
  uptime_secs: number;
  pid: number;
  error?: string;
  components?: Component[];
}

const RATES: [string, string][] = [
  ["choreo_operations_total", "Operations a second"],
  ["choreo_requests_total", "Requests a second"],
  ["choreo_stream_events_total", "Events sent on streams a second"],
  ["choreo_webhook_deliveries_total", "Webhook deliveries a second"],
];
const WORDS = {
  ok: "All processes run.",
  degraded: "Appends and reads go on; streams or webhooks may wait.",
  failing: "The server cannot serve.",
};

interface Reading {
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

function useReadings() {
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

export default function System() {
  const { latest, error, times, rates } = useReadings();
  const health = latest?.health;
  return (
    <div class="view system">
      <div class="bar">
        <h1>System</h1>
        {health && (
          <span class={`mark ${health.status === "ok" ? "good" : health.status === "degraded" ? "warn" : "bad"}`}>
            {health.status}
          </span>
        )}
        {health && <span class="faint">{health.error ?? WORDS[health.status]}</span>}
        <span class="spring" />
        {health && (
          <span class="faint">{health.version && `version ${health.version}, up ${duration(health.uptime_secs)}`}</span>
        )}
      </div>
      {error &&
        (latest ? (
          <p class="banner" role="alert">
            {error.message}
          </p>
        ) : (
          <Failed error={error} />
        ))}
      {!latest && !error && <Loading />}
      {latest && (
        <div class="scroll pad stack" tabIndex={0} role="region" aria-label="System">
          <Processes health={latest.health} samples={latest.samples} />
          <div class="charts">
            {RATES.map(([name, title]) => (
              <section key={name} class="card" aria-label={title}>
                <div class="card-head">
                  <h2>{title}</h2>
                  <span class="spring" />
                  <b>{compact(Math.round(rates[name]?.at(-1) ?? 0))}</b>
                </div>
                <Chart label={title} times={times} values={rates[name] ?? []} height={110} />
              </section>
            ))}
          </div>
          <Lags />
        </div>
      )}
    </div>
  );
}

function Processes({ health, samples }: { health: Health; samples: Sample[] }) {
  const started = (pid?: number) =>
    samples.find((one) => one.name === "choreo_start_time_seconds" && one.pid === String(pid))?.value;
  const of = (component: Component) => samples.filter((one) => one.pid === String(component.pid));
  const says = (component: Component) => {
    const own = of(component);
    const told = own.filter((one) => !["choreo_up", "choreo_start_time_seconds"].includes(one.name));
    return told
      .map((one) => `${one.name.replace(/^choreo_|_total$/g, "").replaceAll("_", " ")} ${number(sum(own, one.name))}`)
      .join(" · ");
  };
  return (
    <section class="card processes" aria-label="Processes" tabIndex={0}>
      <table class="sheet">
        <Headings
          names={["Process", "Health", "Last sign of life", "Up", "Version", "Pid", "Counts"]}
          figures={["Last sign of life", "Up", "Pid"]}
        />
        <tbody>
          {(health.components ?? []).map((one, index) => {
            const since = started(one.pid);
            return (
              <tr key={`${one.name}/${one.pid ?? index}`}>
                <th scope="row">{one.name}</th>
                <td>
                  <span class={one.status === "ok" ? "good" : "bad"}>{one.status}</span>
                </td>
                <td class="figure">
                  {one.heartbeat_age_ms === undefined ? "" : `${(one.heartbeat_age_ms / 1000).toFixed(1)} s ago`}
                </td>
                <td class="figure">{since ? duration(Date.now() / 1000 - since) : ""}</td>
                <td>{one.version}</td>
                <td class="figure">{one.pid}</td>
                <td class="wide faint">{says(one)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

// What webhooks are behind, instance by instance.
function Lags() {
  const [rows, setRows] = useState<{ instance: string; webhook: Webhook }[]>([]);
  const names = (instances.value ?? []).filter((one) => !one.error).map((one) => one.slug);
  useEffect(() => {
    const abort = new AbortController();
    const all = names.map(async (instance) => {
      const found = await request<{ webhooks: Webhook[] }>(path(instance, "webhooks"), { signal: abort.signal });
      return found.webhooks.map((webhook) => ({ instance, webhook }));
    });
    Promise.all(all).then(
      (found) => setRows(found.flat()),
      () => undefined,
    );
    return () => abort.abort();
  }, [names.join()]);
  if (rows.length === 0) return null;
  return (
    <section class="card" aria-label="Webhooks" tabIndex={0}>
      <div class="card-head">
        <h2>Webhooks</h2>
      </div>
      <table class="sheet">
        <Headings
          names={["Instance", "Address", "State", "Behind", "Waiting", "Given up"]}
          figures={["Behind", "Waiting", "Given up"]}
        />
        <tbody>
          {rows.map(({ instance, webhook }) => (
            <tr key={webhook.id}>
              <th scope="row">{instance}</th>
              <td class="wide">
                <a href={address([instance, "webhooks", webhook.id])}>{webhook.url}</a>
              </td>
              <td>
                <span class="hook-state" data-state={webhook.state}>
                  {webhook.state}
                </span>
              </td>
              <td class="figure">{number(webhook.lag)}</td>
              <td class="figure">{number(webhook.retrying)}</td>
              <td class="figure">{number(webhook.dead)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
