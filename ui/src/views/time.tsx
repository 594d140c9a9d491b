// The log as a line of moments: what was when, and what two moments differ in.
import { useEffect, useMemo, useState } from "preact/hooks";
import { operation } from "../api";
import { Chart } from "../components/chart";
import { OpBadge } from "../components/op-badge";
import { Value } from "../components/value";
import { Empty, Failed, Loading } from "../components/states";
import { type Difference, compare, tableAt } from "../compare";
import { dateTime, number, plural } from "../format";
import { ids, separator, summary } from "../operation";
import { useResource } from "../resource";
import { address, adjust, route, slug } from "../router";
import { current, tables } from "../shared";
import { firstSince, histogram, samples } from "../timeline";
import type { Entity } from "../types";

const SAMPLES = 160;
const BARS = 80;
const SETTLE_MS = 120; // a scrubber that moves asks when it rests

export default function Time() {
  const instance = slug.value!;
  const { params } = route.value;
  const head = current.value?.head ?? 0;
  const to = Math.min(Number(params.get("at_op")) || head, head);
  const from = params.get("from") === null ? null : Math.min(Number(params.get("from")), head);
  if (current.value && head === 0)
    return (
      <div class="view">
        <div class="bar">
          <h1>Time</h1>
        </div>
        <Empty
          title="Nothing has happened here yet."
          hint={<a href={address([instance, "write"])}>Write an operation</a>}
        />
      </div>
    );
  if (!current.value) return <Loading />;
  return (
    <div class="view time">
      <div class="bar">
        <h1>Time</h1>
        <Moment instance={instance} id={to} />
        <span class="spring" />
        <label class="check">
          <input
            type="checkbox"
            checked={from !== null}
            onChange={(event) => adjust({ from: event.currentTarget.checked ? Math.max(0, Math.floor(to / 2)) : null })}
          />
          Compare with an earlier moment
        </label>
        {to < head && (
          <button type="button" onClick={() => adjust({ at_op: null })}>
            Back to now
          </button>
        )}
      </div>
      <Line instance={instance} head={head} to={to} from={from} />
      <State instance={instance} to={to} from={from} />
    </div>
  );
}

function Moment({ instance, id }: { instance: string; id: number }) {
  const found = useSettled(id);
  const op = useResource((signal) => operation(instance, found, signal), [instance, found]);
  if (!op.data) return <span class="faint tally">after operation {number(id)}</span>;
  return (
    <span class="tally moment-of">
      <span class="faint">after</span> <a href={address([instance, "live"], { sel: id })}>{number(id)}</a>{" "}
      <OpBadge op={op.data.op} /> <b>{ids(op.data).join(` ${separator(op.data)} `)}</b>{" "}
      <span class="faint">
        {summary(op.data).slice(0, 80)} · {dateTime(op.data.ts)}
      </span>
    </span>
  );
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

// The histogram and the scrubbers below it.
function Line({ instance, head, to, from }: { instance: string; head: number; to: number; from: number | null }) {
  const [known, setKnown] = useState(head); // the log's end when the histogram was made
  const taken = useResource((signal) => samples(instance, 1, known, SAMPLES, signal), [instance, known]);
  const bars = useMemo(() => {
    const all = taken.data ?? [];
    if (all.length === 0) return null;
    const start = all.reduce((least, one) => Math.min(least, one.ms), Infinity);
    const end = all.reduce((most, one) => Math.max(most, one.ms), 0) + 1;
    const step = (end - start) / BARS;
    return {
      times: Array.from({ length: BARS }, (_, index) => (start + (index + 0.5) * step) / 1000),
      values: histogram(all, start, end, BARS),
    };
  }, [taken.data]);
  const timeOf = (id: number): number | null => {
    const all = taken.data ?? [];
    const after = all.findIndex((one) => one.id >= id);
    if (after < 0) return null;
    const [one, other] = [all[Math.max(0, after - 1)]!, all[after]!];
    const share = other.id === one.id ? 1 : (id - one.id) / (other.id - one.id);
    return (one.ms + (other.ms - one.ms) * share) / 1000;
  };
  const choose = async (seconds: number) => {
    const after = await firstSince(instance, head, seconds * 1000);
    adjust({ at_op: Math.max(1, Math.min(head, after - 1)) });
  };
  const marks = [to, from]
    .filter((id) => id !== null && id > 0)
    .map((id) => timeOf(id!))
    .filter((at) => at !== null);
  return (
    <section class="line" aria-label="The log over time">
      {bars ? (
        <Chart
          bars
          label={`Histogram of ${plural(known, "operation")} over time`}
          times={bars.times}
          values={bars.values}
          marks={marks}
          choose={(seconds) => void choose(seconds)}
        />
      ) : (
        <div class="chart-space" />
      )}
      <label class="scrub">
        <span>Moment</span>
        <input
          type="range"
          data-search
          min={1}
          max={head}
          value={to}
          aria-valuetext={`after operation ${to}`}
          onInput={(event) =>
            adjust({ at_op: Number(event.currentTarget.value) === head ? null : event.currentTarget.value })
          }
        />
      </label>
      {from !== null && (
        <label class="scrub">
          <span>Earlier</span>
          <input
            type="range"
            min={0}
            max={head}
            value={from}
            aria-valuetext={`after operation ${from}`}
            onInput={(event) => adjust({ from: event.currentTarget.value })}
          />
          <span class="figure">{number(from)}</span>
        </label>
      )}
      {head > known && (
        <button type="button" class="quiet" onClick={() => setKnown(head)}>
          {plural(head - known, "newer operation")}: draw anew
        </button>
      )}
    </section>
  );
}

function State({ instance, to, from }: { instance: string; to: number; from: number | null }) {
  const settledTo = useSettled(to);
  const settledFrom = useSettled(from);
  const names = tables.value;
  const after = useResource(
    (signal) => Promise.all(names.map((name) => tableAt(instance, name, settledTo, signal))),
    [instance, settledTo, ...names],
  );
  const before = useResource(
    (signal) =>
      settledFrom === null
        ? Promise.resolve(null)
        : Promise.all(names.map((name) => tableAt(instance, name, settledFrom, signal))),
    [instance, settledFrom, ...names],
  );
  const error = after.error ?? before.error;
  if (error) return <Failed error={error} retry={() => (after.reload(), before.reload())} />;
  if (!after.data || (from !== null && !before.data)) return <Loading />;
  const whole = [...after.data, ...(before.data ?? [])].every((one) => one.whole);
  return (
    <div class="scroll pad stack" tabIndex={0} role="region" aria-label="State at that moment">
      {!whole && (
        <p class="warn">Some tables have more than 10,000 entities; only their first 10,000 are shown here.</p>
      )}
      {names.map((name, index) => {
        const now = after.data![index]!.entities;
        if (from !== null && before.data)
          return (
            <Compared
              key={name}
              instance={instance}
              table={name}
              found={compare(before.data[index]!.entities, now)}
              to={to}
            />
          );
        return now.length > 0 && <Then key={name} instance={instance} table={name} entities={now} to={to} />;
      })}
      {from === null && after.data.every((one) => one.entities.length === 0) && (
        <Empty title="Nothing was alive then." />
      )}
      {from !== null &&
        before.data &&
        names.every(
          (_, index) => compare(before.data![index]!.entities, after.data![index]!.entities).length === 0,
        ) && <Empty title="The two moments do not differ." />}
    </div>
  );
}

const SHOWN = 100;

function Then({ instance, table, entities, to }: { instance: string; table: string; entities: Entity[]; to: number }) {
  return (
    <section class="card" aria-label={table}>
      <div class="card-head">
        <h2>{table}</h2>
        <span class="faint">{plural(entities.length, "entity", "entities")}</span>
        <span class="spring" />
        <a href={address([instance, "tables", table], { at_op: to })}>As a grid</a>
      </div>
      <ul class="chips pad">
        {entities.slice(0, SHOWN).map((one) => (
          <li key={one.id}>
            <a class="chip-link" href={address([instance, "entity", table, one.id], { at_op: to })}>
              {typeof one.name === "string" ? one.name : one.id}
            </a>
          </li>
        ))}
        {entities.length > SHOWN && <li class="faint">and {number(entities.length - SHOWN)} more</li>}
      </ul>
    </section>
  );
}

const WORDS = { new: "new", changed: "changed", gone: "gone" } as const;

function Compared({
  instance,
  table,
  found,
  to,
}: {
  instance: string;
  table: string;
  found: Difference[];
  to: number;
}) {
  if (found.length === 0) return null;
  const count = (kind: Difference["kind"]) => found.filter((one) => one.kind === kind).length;
  return (
    <section class="card" aria-label={table}>
      <div class="card-head">
        <h2>{table}</h2>
        <span class="faint">
          {count("new")} new, {count("changed")} changed, {count("gone")} gone
        </span>
      </div>
      <table class="sheet differences">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">What</th>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, SHOWN * 3).map((one) =>
            one.fields.length === 0 ? (
              <tr key={one.id}>
                <th scope="row">
                  <a href={address([instance, "entity", table, one.id], { at_op: to })}>{one.id}</a>
                </th>
                <td>
                  <span class={`change ${one.kind}`}>{WORDS[one.kind]}</span>
                </td>
                <td colSpan={3} />
              </tr>
            ) : (
              one.fields.map((field, index) => (
                <tr key={`${one.id}/${field.name}`}>
                  {index === 0 && (
                    <th scope="rowgroup" rowSpan={one.fields.length}>
                      <a href={address([instance, "entity", table, one.id], { at_op: to })}>{one.id}</a>
                    </th>
                  )}
                  {index === 0 && (
                    <td rowSpan={one.fields.length}>
                      <span class={`change ${one.kind}`}>{WORDS[one.kind]}</span>
                    </td>
                  )}
                  <td>{field.name}</td>
                  <td>
                    <Value value={field.before} />
                  </td>
                  <td class="wide">
                    <Value value={field.after} />
                  </td>
                </tr>
              ))
            ),
          )}
        </tbody>
      </table>
      {found.length > SHOWN * 3 && <p class="faint pad">and {number(found.length - SHOWN * 3)} more</p>}
    </section>
  );
}
