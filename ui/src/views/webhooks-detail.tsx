// One webhook: how it is, what was tried, what was given up, and what can be done about it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { path, request } from "../api";
import { Dialog } from "../components/dialog";
import { Icon } from "../components/icon";
import { dateTime, number, plural } from "../format";
import { address, adjust, go, route } from "../router";
import type { Webhook } from "../webhook";
import { Attempts, DeadLetters, type TestAnswer, TestOutcome } from "./webhooks-attempts";
import { WebhookForm } from "./webhooks-form";

interface Props {
  instance: string;
  webhook: Webhook;
  changed(): void;
  showSecret(secret: string): void;
}

export function WebhookDetail({ instance, webhook, changed, showSecret }: Props) {
  const [dialog, setDialog] = useState<"change" | "replay" | "rotate" | "remove" | null>(null);
  const [test, setTest] = useState<TestAnswer | null>(null);
  const [told, setTold] = useState("");
  const [error, setError] = useState("");
  const place = (...more: string[]) => path(instance, "webhooks", webhook.id, ...more);
  const act = async (action: () => Promise<string>) => {
    setError("");
    setTold("");
    try {
      setTold(await action());
      changed();
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  const tryIt = () => act(async () => {
    setTest(await request<TestAnswer>(place("test"), { method: "POST" }));
    return "";
  });
  const enable = () => act(async () => {
    await request(place("enable"), { method: "POST" });
    return "It goes on where it was.";
  });
  const pause = () => act(async () => {
    await request(place(), { method: "PATCH", body: { active: false } });
    return "Paused: operations wait in the log.";
  });
  const tab = route.value.params.get("tab") ?? "attempts";
  return (
    <aside class="panel wide" aria-label={`Webhook ${webhook.url}`}>
      <div class="panel-head">
        <h2>{webhook.url}</h2>
        <span class="hook-state" data-state={webhook.state}>{webhook.state}</span>
        <button type="button" class="quiet" aria-label="Close" onClick={() => go(address([instance, "webhooks"]))}><Icon name="close" /></button>
      </div>
      <div class="panel-body">
        {webhook.reason && <p class={webhook.state === "failing" ? "warn" : "bad"}>{webhook.reason}</p>}
        {webhook.warning && <p class="warn">{webhook.warning}</p>}
        <div class="actions">
          <button type="button" onClick={tryIt}>Test</button>
          <button type="button" onClick={() => setDialog("replay")}>Send again</button>
          <button type="button" onClick={() => setDialog("change")}>Change</button>
          {webhook.state === "disabled" ? <button type="button" class="accent" onClick={enable}>Enable</button> : <button type="button" onClick={pause}>Pause</button>}
          <button type="button" onClick={() => setDialog("rotate")}>Rotate secret</button>
          <button type="button" onClick={() => setDialog("remove")}>Remove</button>
        </div>
        {told && <p class="good" role="status">{told}</p>}
        {error && <p class="bad" role="alert">{error}</p>}
        {test && <TestOutcome answer={test} />}
        <Facts webhook={webhook} />
        <div class="tabs" role="group" aria-label="Shown">
          <button type="button" aria-pressed={tab === "attempts"} onClick={() => adjust({ tab: null })}>Attempts</button>
          <button type="button" aria-pressed={tab === "dead"} onClick={() => adjust({ tab: "dead" })}>Given up{webhook.dead > 0 && ` (${number(webhook.dead)})`}</button>
        </div>
        {tab === "dead" ? <DeadLetters instance={instance} webhook={webhook} /> : <Attempts instance={instance} webhook={webhook} />}
      </div>
      {dialog === "change" && <Dialog title="Change the webhook" onClose={() => setDialog(null)}><WebhookForm instance={instance} webhook={webhook} done={() => (setDialog(null), changed())} /></Dialog>}
      {dialog === "replay" && <Replay webhook={webhook} close={() => setDialog(null)} send={(body) => act(async () => {
        const answer = await request<{ operations: number }>(place("replay"), { body });
        setDialog(null);
        return `${plural(answer.operations, "operation")} will be sent again.`;
      })} />}
      {dialog === "rotate" && <Sure title="Rotate the secret" action="Rotate" close={() => setDialog(null)} run={() => act(async () => {
        const answer = await request<{ secret: string; old_secret_until: string }>(place("rotate-secret"), { body: {} });
        setDialog(null);
        showSecret(answer.secret);
        return `The old secret signs too until ${dateTime(answer.old_secret_until)}.`;
      })}>For a day every delivery is signed with the new secret and with the old one.</Sure>}
      {dialog === "remove" && <Sure title="Remove the webhook" action="Remove" danger close={() => setDialog(null)} run={() => act(async () => {
        await request(place(), { method: "DELETE" });
        go(address([instance, "webhooks"]));
        return "";
      })}>What waits for {webhook.url} is not sent any more.</Sure>}
    </aside>
  );
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { counts } = webhook;
  const time = (ts?: string | null) => (ts ? dateTime(ts) : "never");
  return (
    <dl class="facts">
      <div><dt>Behind</dt><dd>{plural(webhook.lag, "operation")}, at operation {number(webhook.cursor)}</dd></div>
      <div><dt>Waiting</dt><dd>{number(webhook.retrying)}{webhook.next_attempt && `, next ${dateTime(webhook.next_attempt)}`}</dd></div>
      <div><dt>Delivered</dt><dd>{counts ? `${number(counts.delivered)} in ${plural(counts.attempts, "attempt")}` : ""}</dd></div>
      <div><dt>Last success</dt><dd>{time(webhook.last_success)}</dd></div>
      <div><dt>Failures in a row</dt><dd>{number(webhook.consecutive_failures)}{webhook.disable_at && `; disabled at ${dateTime(webhook.disable_at)} if nothing succeeds`}</dd></div>
      <div><dt>How</dt><dd>{webhook.delivery ?? "parallel"}, {webhook.format ?? "choreo"}</dd></div>
    </dl>
  );
}

interface SureProps {
  title: string;
  action: string;
  danger?: boolean;
  close(): void;
  run(): void;
  children: ComponentChildren;
}

function Sure({ title, action, danger, close, run, children }: SureProps) {
  return (
    <Dialog title={title} onClose={close}>
      <p>{children}</p>
      <div class="actions"><button type="button" class={danger ? "danger" : "accent"} onClick={run}>{action}</button></div>
    </Dialog>
  );
}

function Replay({ webhook, close, send }: { webhook: Webhook; close(): void; send(body: object): void }) {
  const [what, setWhat] = useState<"range" | "ids" | "dead">(webhook.dead > 0 ? "dead" : "range");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const to = String(form.get("to") ?? "");
    if (what === "dead") send({ dead: true });
    else if (what === "ids") send({ op_ids: String(form.get("ids")).split(/[\s,]+/).filter(Boolean).map(Number) });
    else send({ from: Number(form.get("from")), ...(to && { to: Number(to) }) });
  };
  const choice = (value: typeof what, text: string) => (
    <label class="check"><input type="radio" name="what" checked={what === value} onChange={() => setWhat(value)} />{text}</label>
  );
  return (
    <Dialog title="Send again" onClose={close}>
      <form class="stack" onSubmit={submit}>
        {choice("dead", `What was given up (${number(webhook.dead)})`)}
        {choice("range", "Operations from … to …")}
        {what === "range" && <div class="pair"><label class="field"><span>From operation</span><input name="from" type="number" min={1} required /></label><label class="field"><span>To (empty: the newest)</span><input name="to" type="number" min={1} /></label></div>}
        {choice("ids", "These operations")}
        {what === "ids" && <label class="field"><span>Their ids</span><input name="ids" required placeholder="17, 19" /></label>}
        <p class="faint">What is sent again has the webhook-id it had: a receiver that remembers ids does not act twice.</p>
        <div class="actions"><button type="submit" class="accent">Send again</button></div>
      </form>
    </Dialog>
  );
}
