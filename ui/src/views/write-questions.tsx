// What a form asks: a text, a number, JSON, or rows of names and values.
import { type Ask, type Row, type Values } from "../write-forms";

const EMPTY: Row = { name: "", value: "" };

export interface QuestionProps {
  ask: Ask;
  values: Values;
  change(next: Partial<Values>): void;
}

export function Question({ ask, values, change }: QuestionProps) {
  if (ask.kind === "fields" || ask.kind === "variants") return <Rows ask={ask} values={values} change={change} />;
  if (ask.kind === "choice") {
    return (
      <label class="field">
        <span>
          {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
        </span>
        <select
          value={values.texts[ask.name] ?? ask.choices![0]}
          onChange={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
        >
          {ask.choices!.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    );
  }
  if (ask.kind === "json") {
    return (
      <label class="field">
        <span>
          {ask.label} <span class="faint">{ask.hint}</span>
        </span>
        <textarea
          rows={7}
          spellcheck={false}
          value={values.texts[ask.name] ?? ""}
          onInput={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
        />
      </label>
    );
  }
  return <Text ask={ask} values={values} change={change} />;
}

export function Text({ ask, values, change, list }: QuestionProps & { list?: string[] }) {
  return (
    <label class="field">
      <span>
        {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
      </span>
      <input
        required={ask.required}
        list={list && `list-${ask.name}`}
        autocomplete="off"
        spellcheck={false}
        data-search={ask.name === "id" || ask.name === "source" || undefined}
        value={values.texts[ask.name] ?? ""}
        onInput={(event) => change({ texts: { [ask.name]: event.currentTarget.value } })}
      />
      {list && (
        <datalist id={`list-${ask.name}`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}

// Names and values; a new empty row appears below the last one that is used.
export function Rows({ ask, values, change }: QuestionProps) {
  const rows = values.rows[ask.name] ?? [EMPTY];
  const set = (index: number, part: Partial<Row>) => {
    const next = rows.map((row, at) => (at === index ? { ...row, ...part } : row));
    if (next.at(-1)!.name || next.at(-1)!.value) next.push(EMPTY);
    change({ rows: { [ask.name]: next } });
  };
  const [left, right] = ask.kind === "variants" ? ["source", "value"] : ["name", "value"];
  return (
    <fieldset class="field rows-of">
      <legend>
        {ask.label} {ask.hint && <span class="faint">{ask.hint}</span>}
      </legend>
      {rows.map((row, index) => (
        <div key={index} class="pair">
          <input
            aria-label={`${ask.label}: ${left} ${index + 1}`}
            placeholder={left}
            value={row.name}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { name: event.currentTarget.value })}
          />
          <input
            aria-label={`${ask.label}: ${right} ${index + 1}`}
            placeholder={right}
            value={row.value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { value: event.currentTarget.value })}
          />
        </div>
      ))}
    </fieldset>
  );
}
