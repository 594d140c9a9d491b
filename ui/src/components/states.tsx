// What stands where there is nothing to show: each says why, and what can be done.
import type { ComponentChildren } from "preact";
import { ApiError } from "../api";

export function Loading({ label = "Loading" }: { label?: string }) {
  return (
    <p class="state loading" role="status">
      {label}…
    </p>
  );
}

interface EmptyProps {
  title: string;
  hint?: ComponentChildren;
  page?: boolean; // it is the whole page, and its title is the page's heading
}

export function Empty({ title, hint, page }: EmptyProps) {
  const Title = page ? "h1" : "p";
  return (
    <div class="state">
      <Title class="state-title">{title}</Title>
      {hint && <p>{hint}</p>}
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  const code = error instanceof ApiError && error.code !== "offline" ? error.code : "";
  return (
    <div class="state failed" role="alert">
      <p class="state-title">{error.message}</p>
      {code && <p class="faint">{code}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
