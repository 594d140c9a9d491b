// What can be done about a webhook, and how it went.
import { useState } from "preact/hooks";
import { path, request } from "./api";
import { dateTime, plural } from "./format";
import { address, go } from "./router";
import type { Attempt } from "./webhook";

export interface TestAnswer {
  webhook: string;
  attempt: Attempt;
}

export interface WebhookActions {
  told: string; // what came of the last one
  error: string;
  test: TestAnswer | null;
  ping(): void;
  enable(): void;
  pause(): void;
  replay(body: object): void;
  rotate(): void;
  remove(): void;
}

export function useWebhookActions(
  instance: string,
  id: string,
  changed: () => void,
  showSecret: (secret: string) => void,
): WebhookActions {
  const [outcome, setOutcome] = useState<{ told: string; error: string; test: TestAnswer | null }>({
    told: "",
    error: "",
    test: null,
  });
  const place = (...more: string[]) => path(instance, "webhooks", id, ...more);
  const act = async (action: () => Promise<Partial<typeof outcome>>) => {
    try {
      setOutcome({ told: "", error: "", test: null, ...(await action()) });
      changed();
    } catch (problem) {
      setOutcome({ told: "", error: (problem as Error).message, test: null });
    }
  };
  const post = <T>(what: string, body?: object) => request<T>(place(what), { method: "POST", body });
  return {
    ...outcome,
    ping: () => act(async () => ({ test: await post<TestAnswer>("test") })),
    enable: () => act(async () => (await post("enable"), { told: "It goes on where it was." })),
    pause: () =>
      act(async () => {
        await request(place(), { method: "PATCH", body: { active: false } });
        return { told: "Paused: operations wait in the log." };
      }),
    replay: (body) =>
      act(async () => {
        const { operations } = await post<{ operations: number }>("replay", body);
        return { told: `${plural(operations, "operation")} will be sent again.` };
      }),
    rotate: () =>
      act(async () => {
        const answer = await post<{ secret: string; old_secret_until: string }>("rotate-secret", {});
        showSecret(answer.secret);
        return { told: `The old secret signs too until ${dateTime(answer.old_secret_until)}.` };
      }),
    remove: () =>
      act(async () => {
        await request(place(), { method: "DELETE" });
        go(address([instance, "webhooks"]));
        return {};
      }),
  };
}
