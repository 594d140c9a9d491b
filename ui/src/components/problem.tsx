// What went wrong with what was just tried, in a sentence; nothing where nothing did.
export function Problem({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p class="bad" role="alert">
      {text}
    </p>
  );
}
