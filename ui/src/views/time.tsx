// The log as a line of moments: what was when, and what two moments differ in.
import { operation } from "../api";
import { OpBadge } from "../components/op-badge";
import { Empty, Loading } from "../components/states";
import { dateTime, number } from "../format";
import { ids, separator, summary } from "../operation";
import { useResource } from "../resource";
import { address, adjust, route, slug } from "../router";
import { useSettled } from "../settled";
import { current } from "../shared";
import { Line } from "./time-line";
import { State } from "./time-state";

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
