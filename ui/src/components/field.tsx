// A short text field that takes effect when it is left, or on Enter.
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  change(value: string): void;
  list?: string[]; // what it suggests
  search?: boolean; // "/" goes here
  wide?: boolean;
  placeholder?: string;
  type?: "text" | "search" | "datetime-local";
}

export function Field({ label, value, change, list, search, wide, placeholder, type = "text" }: Props) {
  const id = useId();
  const self = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== self.current) self.current!.value = value;
  }, [value]);
  const take = () => self.current!.value !== value && change(self.current!.value);
  return (
    <label class={`field-inline ${wide ? "wide" : ""}`}>
      <span>{label}</span>
      <input
        ref={self}
        type={type}
        placeholder={placeholder}
        defaultValue={value}
        list={list && id}
        data-search={search || undefined}
        autocomplete="off"
        spellcheck={false}
        onChange={take}
        onKeyDown={(event) => event.key === "Enter" && take()}
      />
      {list && (
        <datalist id={id}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}
