// JSON as it is, indented and coloured; long values can be folded. Everything is text: nothing in a value becomes markup.
import { useState } from "preact/hooks";
import { type Json, isObject, isRaw, print } from "../json";
import { Copy } from "./copy";

const FOLDED_FROM = 40; // members of an object or array that begins folded

function Scalar({ value }: { value: Json }) {
  const kind = value === null ? "null" : isRaw(value) ? "number" : typeof value;
  return <span class={`json-${kind}`}>{print(value)}</span>;
}

function Members({ value, depth }: { value: Json; depth: number }) {
  const list = Array.isArray(value);
  const members: [string, Json][] = list
    ? value.map((one, index) => [String(index), one])
    : Object.entries(value as object);
  const [open, setOpen] = useState(members.length < FOLDED_FROM);
  const [begin, end] = list ? "[]" : "{}";
  if (members.length === 0)
    return (
      <>
        {begin}
        {end}
      </>
    );
  if (!open) {
    return (
      <button type="button" class="json-fold" onClick={() => setOpen(true)}>
        {begin} {members.length} {list ? "values" : "members"} {end}
      </button>
    );
  }
  const indent = "  ".repeat(depth + 1);
  return (
    <>
      {begin}
      {"\n"}
      {members.map(([name, member], index) => (
        <span key={name}>
          {indent}
          {!list && (
            <>
              <span class="json-key">{print(name)}</span>:{" "}
            </>
          )}
          <Value value={member} depth={depth + 1} />
          {index < members.length - 1 ? ",\n" : "\n"}
        </span>
      ))}
      {"  ".repeat(depth)}
      {end}
    </>
  );
}

function Value({ value, depth }: { value: Json; depth: number }) {
  if (Array.isArray(value) || isObject(value)) return <Members value={value} depth={depth} />;
  return <Scalar value={value} />;
}

export function JsonView({ value, label = "JSON" }: { value: unknown; label?: string }) {
  return (
    <div class="json">
      <Copy text={() => print(value, 2)} label={`Copy ${label}`} />
      <pre tabIndex={0} aria-label={label}>
        <Value value={value as Json} depth={0} />
      </pre>
    </div>
  );
}
