// What the frame and the views know together: the instances, and how the connection is.
import { computed, signal } from "@preact/signals";
import { ApiError, listInstances } from "./api";
import { slug } from "./router";
import { entries } from "./session";
import type { StreamState } from "./stream";
import type { Instance } from "./types";

export const instances = signal<Instance[] | null>(null);
export const trouble = signal<string | null>(null); // why the instances cannot be read
export const link = signal<{ state: StreamState | "idle"; sentence: string }>({ state: "idle", sentence: "" });
export const current = computed(() => instances.value?.find((one) => one.slug === slug.value) ?? null);
export const tables = computed(() => current.value?.tables ?? []);

const REFRESH_MS = 4_000;
let running: Promise<void> | null = null;

export function refreshInstances(): Promise<void> {
  running ??= load().finally(() => (running = null));
  return running;
}

async function load(): Promise<void> {
  try {
    instances.value = await listInstances();
    trouble.value = null;
  } catch (error) {
    const signedOut = error instanceof ApiError && error.status === 401; // the form says so
    trouble.value = signedOut ? null : error instanceof ApiError ? error.message : String(error);
  }
}

// While the page is looked at, and at once when it is again.
export function keepInstancesFresh(): void {
  const now = () => document.visibilityState === "visible" && void refreshInstances();
  document.addEventListener("visibilitychange", now);
  window.addEventListener("online", now);
  window.addEventListener("hashchange", now);
  entries.subscribe(now);
  window.setInterval(now, REFRESH_MS);
  now();
}
