// Puts a text into the clipboard, and says so.
import { useState } from "preact/hooks";
import { Icon } from "./icon";

const TOLD_MS = 1_500;

export function Copy({ text, label }: { text: () => string; label: string }) {
  const [told, setTold] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setTold("copied");
    } catch {
      setTold("the browser does not allow it");
    }
    window.setTimeout(() => setTold(""), TOLD_MS);
  };
  return (
    <span class="copy">
      <span role="status">{told}</span>
      <button type="button" class="quiet" title={label} aria-label={label} onClick={() => void copy()}>
        <Icon name="copy" size={14} />
      </button>
    </span>
  );
}
