// Registering a webhook, or changing one; members that are left empty are left out.
import { useState } from "preact/hooks";
import { path, request } from "../api";
import { tables } from "../shared";
import { OPERATORS } from "../types";
import type { Webhook } from "../webhook";

interface Props {
  instance: string;
  webhook?: Webhook; // to change; without it, a new one
  done(added: Webhook & { secret?: string }): void;
}

const words = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

// "Name: value" lines; values that are there already are never shown, so an empty text leaves them as they are.
function headersOf(text: string): Record<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.includes(":"));
  return lines.length
    ? Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]),
      )
    : undefined;
}

export function WebhookForm({ instance, webhook, done }: Props) {
  const [ops, setOps] = useState(new Set(webhook?.filter ?? []));
  const [error, setError] = useState("");
  const toggle = (op: string) => {
    const next = new Set(ops);
    if (!next.delete(op)) next.add(op);
    setOps(next);
  };
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const nothing = webhook ? null : undefined; // a change says null where a registration says nothing
    const body = {
      url: text("url"),
      filter: ops.size ? OPERATORS.filter((op) => ops.has(op)) : nothing,
      tables: text("tables") ? words(text("tables")) : nothing,
      where: text("where") || nothing,
      delivery: text("delivery"),
      format: text("format"),
      description: text("description") || nothing,
      headers: headersOf(text("headers")),
      from: text("from") === "beginning" ? "beginning" : text("from") ? Number(text("from")) : undefined,
    };
    try {
      const address = webhook ? path(instance, "webhooks", webhook.id) : path(instance, "webhooks");
      const answer = await request<{ added?: Webhook } & Webhook>(address, {
        method: webhook ? "PATCH" : "POST",
        body,
      });
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
        <span class="chips">
          {OPERATORS.map((op) => (
            <button
              key={op}
              type="button"
              class="op chip"
              data-op={op}
              aria-pressed={ops.has(op)}
              onClick={() => toggle(op)}
            >
              {op}
            </button>
          ))}
        </span>
      </div>
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
      <label class="field">
        <span>Headers, a line each{webhook && " (empty: as they are)"}</span>
        <textarea name="headers" rows={2} placeholder="Authorization: Bearer …" />
      </label>
      <label class="field">
        <span>Note</span>
        <input name="description" defaultValue={webhook?.description} />
      </label>
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="accent">
          {webhook ? "Change" : "Register"}
        </button>
      </div>
    </form>
  );
}
