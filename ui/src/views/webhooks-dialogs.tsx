// What is asked before a webhook is changed, made to send again, given a new secret, or removed.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog";
import { number } from "../format";
import type { Webhook } from "../webhook";
import type { WebhookActions } from "../webhook-actions";
import { WebhookForm } from "./webhooks-form";

export type DialogName = "change" | "replay" | "rotate" | "remove";

interface DialogsProps {
  open: DialogName;
  instance: string;
  webhook: Webhook;
  actions: WebhookActions;
  close(): void;
  changed(): void;
}

export function WebhookDialog({ open, instance, webhook, actions, close, changed }: DialogsProps) {
  // Closed first, so that what comes of it, and what goes wrong, can be read.
  const closing = (action: () => void) => () => {
    close();
    action();
  };
  if (open === "replay")
    return <Replay webhook={webhook} close={close} send={(body) => closing(() => actions.replay(body))()} />;
  if (open === "rotate") {
    return (
      <Sure title="Rotate the secret" action="Rotate" close={close} run={closing(actions.rotate)}>
        For a day every delivery is signed with the new secret and with the old one.
      </Sure>
    );
  }
  if (open === "remove") {
    return (
      <Sure title="Remove the webhook" action="Remove" danger close={close} run={closing(actions.remove)}>
        What waits for {webhook.url} is not sent any more.
      </Sure>
    );
  }
  return (
    <Dialog title="Change the webhook" onClose={close}>
      <WebhookForm instance={instance} webhook={webhook} done={closing(changed)} />
    </Dialog>
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
      <div class="actions">
        <button type="button" class={danger ? "danger" : "accent"} onClick={run}>
          {action}
        </button>
      </div>
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
    else if (what === "ids")
      send({
        op_ids: String(form.get("ids"))
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(Number),
      });
    else send({ from: Number(form.get("from")), ...(to && { to: Number(to) }) });
  };
  const choice = (value: typeof what, text: string) => (
    <label class="check">
      <input type="radio" name="what" checked={what === value} onChange={() => setWhat(value)} />
      {text}
    </label>
  );
  return (
    <Dialog title="Send again" onClose={close}>
      <form class="stack" onSubmit={submit}>
        {choice("dead", `What was given up (${number(webhook.dead)})`)}
        {choice("range", "Operations from … to …")}
        {what === "range" && (
          <div class="pair">
            <label class="field">
              <span>From operation</span>
              <input name="from" type="number" min={1} required />
            </label>
            <label class="field">
              <span>To (empty: the newest)</span>
              <input name="to" type="number" min={1} />
            </label>
          </div>
        )}
        {choice("ids", "These operations")}
        {what === "ids" && (
          <label class="field">
            <span>Their ids</span>
            <input name="ids" required placeholder="17, 19" />
          </label>
        )}
        <p class="faint">
          What is sent again has the webhook-id it had: a receiver that remembers ids does not act twice.
        </p>
        <div class="actions">
          <button type="submit" class="accent">
            Send again
          </button>
        </div>
      </form>
    </Dialog>
  );
}
