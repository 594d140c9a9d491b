// Deliveries that were given up.
import { path, request, withQuery } from "../api";
import { Headings } from "../components/headings";
import { Failed, Loading } from "../components/states";
import { dateTime } from "../format";
import { useResource } from "../resource";
import { address } from "../router";
import type { Dead, Webhook } from "../webhook";

const LIMIT = 100;

export function DeadLetters({ instance, webhook }: { instance: string; webhook: Webhook }) {
  const page = useResource(
    (signal) =>
      request<{ dead: Dead[]; next_cursor: number | null }>(
        withQuery(path(instance, "webhooks", webhook.id, "dead"), { limit: LIMIT }),
        { signal },
      ),
    [webhook.id, webhook.dead],
  );
  if (page.error) return <Failed error={page.error} retry={page.reload} />;
  if (!page.data) return <Loading />;
  if (page.data.dead.length === 0) return <p class="faint">Nothing was given up.</p>;
  return (
    <table class="sheet">
      <Headings names={["Operation", "Attempts", "Given up", "Why"]} figures={["Attempts"]} />
      <tbody>
        {page.data.dead.map((one) => (
          <tr key={one.op_id}>
            <th scope="row">
              <a href={address([instance, "live"], { sel: one.op_id })}>{one.op_id}</a>
            </th>
            <td class="figure">{one.attempts}</td>
            <td>{dateTime(one.given_up)}</td>
            <td class="wide">{one.error}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
