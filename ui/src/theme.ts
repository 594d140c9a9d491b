// Light or dark: as the system says, unless the person chose.
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const KEY = "choreo.theme";
const ORDER: Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>(stored());

function stored(): Theme {
  const found = localStorage.getItem(KEY) as Theme | null;
  return found && ORDER.includes(found) ? found : "system";
}

export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function nextTheme(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length]!;
  localStorage.setItem(KEY, theme.value);
  applyTheme();
  window.dispatchEvent(new Event("choreo:theme"));
}

// What is drawn on a canvas takes its colours from the same variables as the rest.
export function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// Calls back when the colours change, by choice or with the system's; returns what stops that.
export function onTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  window.addEventListener("choreo:theme", changed);
  return () => {
    system.removeEventListener("change", changed);
    window.removeEventListener("choreo:theme", changed);
  };
}
