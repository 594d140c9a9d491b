// The webhooks of all instances, read again and again, and whether any of them is in trouble.
import { useEffect, useState } from "preact/hooks";
import { path, request } from "./api";
import { instances } from "./shared";
import type { Webhook } from "./webhook";

const EVERY_MS = 5_000;
const AT_ONCE = 4; // requests

export interface Placed {
  instance: string;
  webhook: Webhook;
}

// An instance that cannot be asked (it was deleted, or may not be read) says nothing.
async function webhooksOf(instance: string, signal: AbortSignal): Promise<Placed[]> {
  try {
    const found = await request<{ webhooks: Webhook[] }>(path(instance, "webhooks"), { signal });
    return found.webhooks.map((webhook) => ({ instance, webhook }));
  } catch {
    return [];
  }
}

async function readAll(names: string[], signal: AbortSignal): Promise<Placed[]> {
  const found: Placed[][] = [];
  let next = 0;
  const reader = async () => {
    while (next < names.length && !signal.aborted) {
      const at = next++;
      found[at] = await webhooksOf(names[at]!, signal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return found.flat();
}

export function useAllWebhooks(): Placed[] {
  const [rows, setRows] = useState<Placed[]>([]);
  const names = (instances.value ?? []).filter((one) => !one.error).map((one) => one.slug);
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const again = async () => {
      const found = await readAll(names, abort.signal);
      if (abort.signal.aborted) return;
      setRows(found);
      timer = window.setTimeout(again, EVERY_MS);
    };
    void again();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [names.join()]);
  return rows;
}

// What somebody should look at: an endpoint that refuses, one that was switched off for it, deliveries that were given up.
export const inTrouble = ({ webhook }: Placed): boolean =>
  webhook.state === "failing" || webhook.state === "disabled" || webhook.dead > 0;
