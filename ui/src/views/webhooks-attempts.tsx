// What was tried and how it was answered.
import { useEffect, useState } from "preact/hooks";
import { path, request, withQuery } from "../api";
import { Failed, Loading } from "../components/states";
import { dateTime, number } from "../format";
import { useResource } from "../resource";
import { address, adjust, route } from "../router";
import type { Attempt, Webhook } from "../webhook";
import type { TestAnswer } from "../webhook-actions";

const LIMIT = 100;

const outcome = (one: Attempt) => (one.status !== null ? `${one.result}, ${one.status}` : one.result);

export function TestOutcome({ answer: { attempt } }: { answer: TestAnswer }) {
  const good = attempt.result === "delivered";
  return (
    <div class="card pad" role="status">
      <p class={good ? "good" : "bad"}>
        The test {good ? "was delivered" : "failed"}
        {attempt.status !== null && `, ${attempt.status}`}, in {number(attempt.latency_ms)} ms.
        {attempt.error && ` ${attempt.error}`}
      </p>
      {attempt.answer && (
        <pre class="answer" tabIndex={0} aria-label="Answer">
          {attempt.answer}
        </pre>
      )}
    </div>
  );
}

export function Attempts({ instance, webhook }: { instance: string; webhook: Webhook }) {
  const status = route.value.params.get("status") ?? "";
  const [cursors, setCursors] = useState<(number | null)[]>([null]);
  const [open, setOpen] = useState<number | null>(null);
  const cursor = cursors.at(-1) ?? undefined;
  const page = useResource(
    (signal) =>
      request<{ attempts: Attempt[]; next_cursor: number | null }>(
        withQuery(path(instance, "webhooks", webhook.id, "attempts"), { status, limit: LIMIT, cursor }),
        { signal },
      ),
    [webhook.id, status, cursor ?? null],
  );
  const next = page.data?.next_cursor;
  const count = webhook.counts?.attempts;
  useEffect(() => page.reload(), [count]);
  return (
    <>
      <Shown status={status} change={(chosen) => (adjust({ status: chosen }), setCursors([null]))} />
      {page.error && <Failed error={page.error} retry={page.reload} />}
      {!page.data && !page.error && <Loading />}
      {page.data?.attempts.length === 0 && <p class="faint">Nothing was tried yet.</p>}
      {page.data && page.data.attempts.length > 0 && (
        <ol class="attempts">
          {page.data.attempts.map((one) => (
            <Item
              key={one.id}
              one={one}
              instance={instance}
              open={open === one.id}
              toggle={() => setOpen(open === one.id ? null : one.id)}
            />
          ))}
        </ol>
      )}
      <Pager
        newer={cursors.length > 1 ? () => setCursors(cursors.slice(0, -1)) : undefined}
        older={next == null ? undefined : () => setCursors([...cursors, next])}
      />
    </>
  );
}

function Shown({ status, change }: { status: string; change: (status: string) => void }) {
  return (
    <label class="field-inline">
      <span>Shown</span>
      <select value={status} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">all</option>
        <option value="delivered">delivered</option>
        <option value="failed">failed</option>
        <option value="given_up">given up</option>
      </select>
    </label>
  );
}

interface ItemProps {
  one: Attempt;
  instance: string;
  open: boolean;
  toggle(): void;
}

function Item({ one, instance, open, toggle }: ItemProps) {
  return (
    <li>
      <button type="button" class="quiet" aria-expanded={open} onClick={toggle}>
        <span class={one.result === "delivered" ? "good" : "bad"}>{outcome(one)}</span>
        <span>
          {one.op_id === null ? "test" : `operation ${number(one.op_id)}`}
          {one.attempt > 1 && `, attempt ${one.attempt}`}
        </span>
        <span class="faint">
          {dateTime(one.time)} · {number(one.latency_ms)} ms
        </span>
      </button>
      {open && (
        <div class="attempt">
          {one.error && <p class="bad">{one.error}</p>}
          {one.next_attempt && <p class="faint">Tried again {dateTime(one.next_attempt)}</p>}
          {one.op_id !== null && (
            <p>
              <a href={address([instance, "live"], { sel: one.op_id })}>The operation</a>
            </p>
          )}
          {one.answer ? (
            <pre class="answer" tabIndex={0} aria-label="Answer">
              {one.answer}
            </pre>
          ) : (
            <p class="faint">The answer had no body.</p>
          )}
        </div>
      )}
    </li>
  );
}

function Pager({ newer, older }: { newer?: () => void; older?: () => void }) {
  return (
    <div class="actions">
      {newer && (
        <button type="button" onClick={newer}>
          Newer
        </button>
      )}
      {older && (
        <button type="button" onClick={older}>
          Older
        </button>
      )}
    </div>
  );
}
