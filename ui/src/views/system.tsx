// The processes: whether they live, what they do, and what waits.
import { inTrouble, useAllWebhooks } from "../all-webhooks";
import { Chart } from "../components/chart";
import { Failed, Loading } from "../components/states";
import { compact, duration, plural } from "../format";
import { EVERY_MS, KEPT, RATES, useReadings } from "../readings";
import { Processes } from "./system-processes";
import { Lags } from "./system-webhooks";

const SPAN_SECONDS = (EVERY_MS * KEPT) / 1000; // that a chart shows

const WORDS = {
  ok: "All processes run.",
  degraded: "Appends and reads go on; streams or webhooks may wait.",
  failing: "The server cannot serve.",
};

export default function System() {
  const { latest, error, times, rates } = useReadings();
  const webhooks = useAllWebhooks();
  const health = latest?.health;
  const troubled = webhooks.filter(inTrouble).length;
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
        {troubled > 0 && <span class="mark bad">{plural(troubled, "webhook")} in trouble</span>}
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
                <Chart label={title} times={times} values={rates[name] ?? []} span={SPAN_SECONDS} height={110} />
              </section>
            ))}
          </div>
          <Lags all={webhooks} />
        </div>
      )}
    </div>
  );
}
