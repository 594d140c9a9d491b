// The keys that work everywhere: "/" to search, "g" and a letter to go somewhere, "?" for the list of keys.
import { signal } from "@preact/signals";
import { address, go, slug } from "./router";

export const helpOpen = signal(false);

export const PLACES: { key: string; view: string; name: string; instance: boolean }[] = [
  { key: "i", view: "instances", name: "Instances", instance: false },
  { key: "l", view: "live", name: "Live", instance: true },
  { key: "t", view: "tables", name: "Tables", instance: true },
  { key: "r", view: "graph", name: "Graph", instance: true },
  { key: "q", view: "query", name: "Query", instance: true },
  { key: "m", view: "time", name: "Time", instance: true },
  { key: "w", view: "write", name: "Write", instance: true },
  { key: "a", view: "gaps", name: "Gaps", instance: true },
  { key: "h", view: "webhooks", name: "Webhooks", instance: true },
  { key: "s", view: "system", name: "System", instance: false },
];

export function placeAddress(view: string): string | null {
  if (view === "instances") return "#/";
  if (view === "system") return "#/:system";
  return slug.value ? address([slug.value, view]) : null;
}

const CHORD_MS = 1_500;
let chordUntil = 0;

function writing(target: EventTarget | null): boolean {
  const element = (target as HTMLElement | null)?.shadowRoot?.activeElement ?? (target as HTMLElement | null);
  return (
    element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName))
  );
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && writing(event.target)) (event.target as HTMLElement).blur();
  if (writing(event.target)) return;
  if (event.timeStamp < chordUntil) {
    chordUntil = 0;
    const place = PLACES.find((one) => one.key === event.key);
    const to = place && placeAddress(place.view);
    if (to) {
      event.preventDefault();
      go(to);
    }
  } else if (event.key === "g") {
    chordUntil = event.timeStamp + CHORD_MS;
  } else if (event.key === "?") {
    helpOpen.value = !helpOpen.value;
  } else if (event.key === "/") {
    const search = document.querySelector<HTMLElement>("[data-search]");
    if (search) {
      event.preventDefault();
      (search.shadowRoot?.querySelector<HTMLElement>("[contenteditable]") ?? search).focus();
    }
  }
}

export const listenToKeys = () => document.addEventListener("keydown", pressed);
