// Registering a webhook, or changing one; members that are left empty are left out.
import { useState } from "preact/hooks";
import { path, request } from "../api";
import { OperatorChips } from "../components/operator-chips";
import { Problem } from "../components/problem";
import { tables } from "../shared";
import type { Webhook } from "../webhook";
import { bodyOf } from "../webhook-body";

interface Props {
  instance: string;
  webhook?: Webhook; // to change; without it, a new one
  done(added: Webhook & { secret?: string }): void;
}

export function WebhookForm({ instance, webhook, done }: Props) {
  const [ops, setOps] = useState(new Set<string>(webhook?.filter ?? []));
  const [error, setError] = useState("");
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = bodyOf(new FormData(event.currentTarget as HTMLFormElement), ops, webhook !== undefined);
    try {
      const address = webhook ? path(instance, "webhooks", webhook.id) : path(instance, "webhooks");
      const method = webhook ? "PATCH" : "POST";
      const answer = await request<{ added?: Webhook } & Webhook>(address, { method, body });
      done(answer.added ?? { ...answer, id: webhook!.id, url: body.url });
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  return (
    <form class="stack" onSubmit={send}>
      <label class="field">
        <span>Address</span>
        <input
          name="url"
          type="url"
          required
          placeholder="https://example.org/hook"
          defaultValue={webhook?.url}
          autofocus
        />
      </label>
      <div class="field">
        <span>Operators (none chosen: all)</span>
        <OperatorChips chosen={ops} change={(chosen) => setOps(new Set(chosen))} />
      </div>
      <Passes webhook={webhook} />
      <Manner webhook={webhook} />
      <label class="field">
        <span>Headers, a line each{webhook && " (empty: as they are)"}</span>
        <textarea name="headers" rows={2} placeholder="Authorization: Bearer …" />
      </label>
      <label class="field">
        <span>Note</span>
        <input name="description" defaultValue={webhook?.description} />
      </label>
      <Problem text={error} />
      <div class="actions">
        <button type="submit" class="accent">
          {webhook ? "Change" : "Register"}
        </button>
      </div>
    </form>
  );
}

// What else an operation must be to be sent.
function Passes({ webhook }: { webhook?: Webhook }) {
  return (
    <>
      <label class="field">
        <span>Tables, separated by commas (empty: all)</span>
        <input
          name="tables"
          placeholder={tables.value.slice(0, 2).join(", ")}
          defaultValue={webhook?.tables?.join(", ")}
        />
      </label>
      <label class="field">
        <span>Conditions over the operation</span>
        <input name="where" placeholder={'target.status="open"'} defaultValue={webhook?.where} spellcheck={false} />
      </label>
    </>
  );
}

// How what passes is delivered.
function Manner({ webhook }: { webhook?: Webhook }) {
  return (
    <div class="pair">
      <label class="field">
        <span>Delivery</span>
        <select name="delivery">
          <option>parallel</option>
          <option selected={webhook?.delivery === "ordered"}>ordered</option>
        </select>
      </label>
      <label class="field">
        <span>Format</span>
        <select name="format">
          <option>choreo</option>
          <option selected={webhook?.format === "cloudevents"}>cloudevents</option>
        </select>
      </label>
      {!webhook && (
        <label class="field">
          <span>From operation</span>
          <input
            name="from"
            placeholder="what follows"
            pattern="\d+|beginning"
            title="An operation's id, or: beginning"
          />
        </label>
      )}
    </div>
  );
}
