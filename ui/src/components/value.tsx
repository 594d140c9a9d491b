// A field's value in one line: destroyed and superposed ones say so.
import { isDestroyed, variantsOf } from "../entity";
import { inline, isObject, isRaw } from "../json";

const SHOWN_CHARACTERS = 400;

export function Value({ value }: { value: unknown }) {
  if (value === undefined) return null;
  if (isDestroyed(value))
    return (
      <span class="destroyed" title="This field was destroyed with NUL">
        destroyed
      </span>
    );
  const variants = variantsOf(value);
  if (variants) {
    return (
      <span class="superposed" title={`${variants.length} values at once (SUP)`}>
        {variants.map((one, index) => (
          <span key={index}>{inline(one.value).slice(0, SHOWN_CHARACTERS)}</span>
        ))}
      </span>
    );
  }
  if (value === null) return <span class="faint">null</span>;
  const kind =
    Array.isArray(value) || isObject(value) ? "mono" : typeof value === "number" || isRaw(value) ? "number" : undefined;
  return <span class={kind}>{inline(value).slice(0, SHOWN_CHARACTERS)}</span>;
}
