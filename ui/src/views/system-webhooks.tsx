// What webhooks are behind, instance by instance; those in trouble first.
import { type Placed, inTrouble } from "../all-webhooks";
import { Headings } from "../components/headings";
import { number } from "../format";
import { address } from "../router";

export function Lags({ all }: { all: Placed[] }) {
  const rows = [...all].sort((one, other) => Number(inTrouble(other)) - Number(inTrouble(one)));
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
