// One webhook: how it is, what was tried, what was given up, and what can be done about it.
import { useState } from "preact/hooks";
import { Icon } from "../components/icon";
import { dateTime, number, plural } from "../format";
import { address, adjust, go, route } from "../router";
import type { Webhook } from "../webhook";
import { type WebhookActions, useWebhookActions } from "../webhook-actions";
import { Attempts, TestOutcome } from "./webhooks-attempts";
import { DeadLetters } from "./webhooks-dead";
import { type DialogName, WebhookDialog } from "./webhooks-dialogs";

interface Props {
  instance: string;
  webhook: Webhook;
  changed(): void;
  showSecret(secret: string): void;
}

export function WebhookDetail({ instance, webhook, changed, showSecret }: Props) {
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const actions = useWebhookActions(instance, webhook.id, changed, showSecret);
  const tab = route.value.params.get("tab") ?? "attempts";
  return (
    <aside class="panel wide" aria-label={`Webhook ${webhook.url}`}>
      <div class="panel-head">
        <h2>{webhook.url}</h2>
        <span class="hook-state" data-state={webhook.state}>
          {webhook.state}
        </span>
        <button type="button" class="quiet" aria-label="Close" onClick={() => go(address([instance, "webhooks"]))}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">
        {webhook.reason && <p class={webhook.state === "disabled" ? "bad" : "warn"}>{webhook.reason}</p>}
        {webhook.warning && <p class="warn">{webhook.warning}</p>}
        <Buttons webhook={webhook} actions={actions} ask={setDialog} />
        <Facts webhook={webhook} />
        <div class="tabs" role="group" aria-label="Shown">
          <button type="button" aria-pressed={tab === "attempts"} onClick={() => adjust({ tab: null })}>
            Attempts
          </button>
          <button type="button" aria-pressed={tab === "dead"} onClick={() => adjust({ tab: "dead" })}>
            Given up{webhook.dead > 0 && ` (${number(webhook.dead)})`}
          </button>
        </div>
        {tab === "dead" && <DeadLetters instance={instance} webhook={webhook} />}
        {tab !== "dead" && <Attempts instance={instance} webhook={webhook} />}
      </div>
      {dialog && (
        <WebhookDialog open={dialog} close={() => setDialog(null)} {...{ instance, webhook, actions, changed }} />
      )}
    </aside>
  );
}

interface ButtonsProps {
  webhook: Webhook;
  actions: WebhookActions;
  ask(dialog: DialogName): void;
}

// What can be done, and below it what came of the last that was.
function Buttons({ webhook, actions, ask }: ButtonsProps) {
  const button = (name: string, action: () => void, kind?: string) => (
    <button type="button" class={kind} onClick={action}>
      {name}
    </button>
  );
  const rests = webhook.state === "paused" || webhook.state === "disabled";
  return (
    <>
      <div class="actions">
        {button("Test", actions.ping)}
        {button("Send again", () => ask("replay"))}
        {button("Change", () => ask("change"))}
        {rests ? button("Enable", actions.enable, "accent") : button("Pause", actions.pause)}
        {button("Rotate secret", () => ask("rotate"))}
        {button("Remove", () => ask("remove"))}
      </div>
      {actions.told && (
        <p class="good" role="status">
          {actions.told}
        </p>
      )}
      {actions.error && (
        <p class="bad" role="alert">
          {actions.error}
        </p>
      )}
      {actions.test && <TestOutcome answer={actions.test} />}
    </>
  );
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { counts } = webhook;
  const time = (ts?: string | null) => (ts ? dateTime(ts) : "never");
  return (
    <dl class="facts">
      <div>
        <dt>Behind</dt>
        <dd>
          {plural(webhook.lag, "operation")}, at operation {number(webhook.cursor)}
        </dd>
      </div>
      <div>
        <dt>Waiting</dt>
        <dd>
          {number(webhook.retrying)}
          {webhook.next_attempt && `, next ${dateTime(webhook.next_attempt)}`}
        </dd>
      </div>
      <div>
        <dt>Delivered</dt>
        <dd>{counts ? `${number(counts.delivered)} in ${plural(counts.attempts, "attempt")}` : ""}</dd>
      </div>
      <div>
        <dt>Last success</dt>
        <dd>{time(webhook.last_success)}</dd>
      </div>
      <div>
        <dt>Failures</dt>
        <dd>
          {number(webhook.consecutive_failures)} in a row
          {webhook.disable_at && `; disabled at ${dateTime(webhook.disable_at)} if nothing succeeds`}
        </dd>
      </div>
      <div>
        <dt>How</dt>
        <dd>
          {webhook.delivery ?? "parallel"}, {webhook.format ?? "choreo"}
        </dd>
      </div>
    </dl>
  );
}
