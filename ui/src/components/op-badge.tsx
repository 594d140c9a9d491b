// An operator, in its colour.
export function OpBadge({ op }: { op: string }) {
  return (
    <span class="op" data-op={op}>
      {op}
    </span>
  );
}
