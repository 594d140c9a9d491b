// A row a process: whether it lives, and what it counts.
import { Headings } from "../components/headings";
import { duration, number } from "../format";
import { type Sample, sum } from "../metrics";
import type { Component, Health } from "../readings";

export function Processes({ health, samples }: { health: Health; samples: Sample[] }) {
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
