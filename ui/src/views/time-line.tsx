// The histogram of the log, and the scrubbers below it.
import { useMemo, useState } from "preact/hooks";
import { operation } from "../api";
import { Chart } from "../components/chart";
import { number, plural } from "../format";
import { histogram, middles, newestAt, placeOf } from "../histogram";
import { useResource } from "../resource";
import { adjust } from "../router";
import { useSettled } from "../settled";

const BARS = 80;

interface Props {
  instance: string;
  head: number;
  to: number;
  from: number | null;
}

export function Line({ instance, head, to, from }: Props) {
  const [known, setKnown] = useState(head); // the log's end when the histogram was made
  return (
    <section class="line" aria-label="The log over time">
      <Bars instance={instance} head={head} known={known} moments={[to, from ?? 0]} />
      <Scrubber
        label="Moment"
        least={1}
        head={head}
        value={to}
        search
        change={(id) => adjust({ at_op: id === head ? null : id })}
      />
      {from !== null && (
        <Scrubber label="Earlier" least={0} head={head} value={from} change={(id) => adjust({ from: id })} />
      )}
      {head > known && (
        <button type="button" class="quiet" onClick={() => setKnown(head)}>
          {plural(head - known, "newer operation")}: draw anew
        </button>
      )}
    </section>
  );
}

// An operation's own time says where it stands: that of its neighbours in the log may be any.
async function timesOf(instance: string, ids: string, signal: AbortSignal): Promise<string[]> {
  const all = ids ? ids.split(",").map(Number) : [];
  const found = await Promise.all(all.map((id) => operation(instance, id, signal)));
  return found.filter((op) => op !== undefined).map((op) => op.ts);
}

interface BarsProps {
  instance: string;
  head: number;
  known: number;
  moments: number[]; // ids of operations to mark; 0 is none
}

function Bars({ instance, head, known, moments }: BarsProps) {
  const { data, error } = useResource((signal) => histogram(instance, { buckets: BARS }, signal), [instance, known]);
  const times = useMemo(() => (data ? middles(data) : []), [data]);
  const ids = useSettled(moments.filter((id) => id > 0).join());
  const marked = useResource((signal) => timesOf(instance, ids, signal), [instance, ids]);
  if (!data?.from) return <div class="chart-space">{error && <p class="bad">{error.message}</p>}</div>;
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  const marks = (marked.data ?? []).map((ts) => placeOf(data, ts));
  return (
    <Chart
      bars
      label={`Histogram of ${plural(total, "operation")} over time`}
      times={times}
      values={data.counts}
      marks={marks.filter((at) => at !== undefined)}
      choose={(seconds) => adjust({ at_op: Math.max(1, Math.min(head, newestAt(data, seconds))) })}
    />
  );
}

interface ScrubberProps {
  label: string;
  least: number;
  head: number;
  value: number;
  search?: boolean;
  change(id: number): void;
}

function Scrubber({ label, least, head, value, search, change }: ScrubberProps) {
  return (
    <label class="scrub">
      <span>{label}</span>
      <input
        type="range"
        data-search={search || undefined}
        min={least}
        max={head}
        value={value}
        aria-valuetext={`after operation ${value}`}
        onInput={(event) => change(Number(event.currentTarget.value))}
      />
      <span class="figure">{number(value)}</span>
    </label>
  );
}
