// Where operations are sent: registering, watching, trying, sending again.
import { useEffect, useState } from "preact/hooks";
import { path, request } from "../api";
import { Dialog } from "../components/dialog";
import { Headings } from "../components/headings";
import { Icon } from "../components/icon";
import { Empty, Failed, Loading } from "../components/states";
import { ago, dateTime, number } from "../format";
import { useResource } from "../resource";
import { address, go, route, slug } from "../router";
import type { Webhook } from "../webhook";
import { WebhookDetail } from "./webhooks-detail";
import { WebhookForm } from "./webhooks-form";

const FRESH_MS = 2_000;

const HINT = (
  <>
    Every operation can be sent to an address of yours, signed, and again until it is taken.{" "}
    <a href="/docs">How it works</a>
  </>
);

export default function Webhooks() {
  const instance = slug.value!;
  const id = route.value.path[2];
  const all = useResource(
    async (signal) => (await request<{ webhooks: Webhook[] }>(path(instance, "webhooks"), { signal })).webhooks,
    [instance],
  );
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<{ url: string; secret: string } | null>(null);
  useEffect(() => {
    const timer = window.setInterval(() => document.visibilityState === "visible" && all.reload(), FRESH_MS);
    return () => clearInterval(timer);
  }, [all.reload]);
  const chosen = all.data?.find((one) => one.id === id);
  const added = (webhook: Webhook & { secret?: string }) => {
    setAdding(false);
    if (webhook.secret) setSecret({ url: webhook.url, secret: webhook.secret });
    all.reload();
    go(address([instance, "webhooks", webhook.id]));
  };
  return (
    <div class="view webhooks">
      <div class="bar">
        <h1>Webhooks</h1>
        <span class="faint">{all.data && number(all.data.length)}</span>
        <span class="spring" />
        <button type="button" class="accent" onClick={() => setAdding(true)}>
          <Icon name="plus" size={14} /> Register
        </button>
      </div>
      {all.error && !all.data && <Failed error={all.error} retry={all.reload} />}
      {!all.error && !all.data && <Loading />}
      {all.data?.length === 0 && <Empty title="No webhook is registered." hint={HINT} />}
      {all.data && all.data.length > 0 && (
        <div class="split">
          <div class="scroll" tabIndex={0} role="region" aria-label="Webhooks">
            <List all={all.data} instance={instance} id={id} short={chosen !== undefined} />
          </div>
          {chosen && (
            <WebhookDetail
              key={chosen.id}
              instance={instance}
              webhook={chosen}
              changed={all.reload}
              showSecret={(text) => setSecret({ url: chosen.url, secret: text })}
            />
          )}
          {id && !chosen && <NotThere id={id} instance={instance} />}
        </div>
      )}
      {adding && (
        <Dialog title="Register a webhook" onClose={() => setAdding(false)}>
          <WebhookForm instance={instance} done={added} />
        </Dialog>
      )}
      {secret && <Secret {...secret} close={() => setSecret(null)} />}
    </div>
  );
}

function NotThere({ id, instance }: { id: string; instance: string }) {
  return (
    <aside class="panel">
      <p class="pad">
        There is no webhook {id} (any more). <a href={address([instance, "webhooks"])}>All webhooks</a>
      </p>
    </aside>
  );
}

function Secret({ url, secret, close }: { url: string; secret: string; close: () => void }) {
  return (
    <Dialog title="The secret" onClose={close}>
      <p>Deliveries to {url} are signed with it. It is shown this once only.</p>
      <pre class="secret" tabIndex={0} aria-label="Secret">
        {secret}
      </pre>
    </Dialog>
  );
}

interface ListProps {
  all: Webhook[];
  instance: string;
  id?: string;
  short: boolean; // beside a panel there is room for less, and the panel says the rest
}

const FIGURES = ["Behind", "Waiting", "Given up"];
const NAMES = ["Address", "State", "Behind", "Given up"];
const ALL_NAMES = ["Address", "State", "Passes", ...FIGURES, "Last success"];

const passes = (one: Webhook) =>
  [one.filter?.join(" "), one.tables?.join(", "), one.where].filter(Boolean).join(" · ") || "everything";

function List({ all, instance, id, short }: ListProps) {
  return (
    <table class="sheet">
      <Headings names={short ? NAMES : ALL_NAMES} figures={FIGURES} />
      <tbody>
        {all.map((one) => (
          <tr key={one.id} aria-selected={one.id === id || undefined}>
            <th scope="row" class="wide">
              <a href={address([instance, "webhooks", one.id])}>{one.url}</a>
              {one.description && <span class="faint"> {one.description}</span>}
            </th>
            <td>
              <span class="hook-state" data-state={one.state}>
                {one.state}
              </span>
            </td>
            {!short && <td class="passes faint">{passes(one)}</td>}
            <td class="figure">{number(one.lag)}</td>
            {!short && <td class="figure">{number(one.retrying)}</td>}
            <td class="figure">{one.dead > 0 ? <span class="bad">{number(one.dead)}</span> : 0}</td>
            {!short && (
              <td title={one.last_success ? dateTime(one.last_success) : undefined}>
                {one.last_success ? ago(one.last_success) : "never"}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
