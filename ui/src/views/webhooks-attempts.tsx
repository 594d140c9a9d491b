// What was tried and how it was answered; what was given up.
import { useEffect, useState } from "preact/hooks";
import { path, request, withQuery } from "../api";
import { Failed, Loading } from "../components/states";
import { dateTime, number } from "../format";
import { useResource } from "../resource";
import { address, adjust, route } from "../router";
import type { Attempt, Dead, Webhook } from "../webhook";
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
  const count = webhook.counts?.attempts;
  useEffect(() => page.reload(), [count]);
  return (
    <>
      <label class="field-inline">
        <span>Shown</span>
        <select
          value={status}
          onChange={(event) => (adjust({ status: event.currentTarget.value }), setCursors([null]))}
        >
          <option value="">all</option>
          <option value="delivered">delivered</option>
          <option value="failed">failed</option>
          <option value="given_up">given up</option>
        </select>
      </label>
      {page.error && <Failed error={page.error} retry={page.reload} />}
      {!page.data && !page.error && <Loading />}
      {page.data?.attempts.length === 0 && <p class="faint">Nothing was tried yet.</p>}
      {page.data && page.data.attempts.length > 0 && (
        <ol class="attempts">
          {page.data.attempts.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                class="quiet"
                aria-expanded={open === one.id}
                onClick={() => setOpen(open === one.id ? null : one.id)}
              >
                <span class={one.result === "delivered" ? "good" : "bad"}>{outcome(one)}</span>
                <span>
                  {one.op_id === null ? "test" : `operation ${number(one.op_id)}`}
                  {one.attempt > 1 && `, attempt ${one.attempt}`}
                </span>
                <span class="faint">
                  {dateTime(one.time)} · {number(one.latency_ms)} ms
                </span>
              </button>
              {open === one.id && (
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
          ))}
        </ol>
      )}
      <div class="actions">
        {cursors.length > 1 && (
          <button type="button" onClick={() => setCursors(cursors.slice(0, -1))}>
            Newer
          </button>
        )}
        {page.data?.next_cursor != null && (
          <button type="button" onClick={() => setCursors([...cursors, page.data!.next_cursor])}>
            Older
          </button>
        )}
      </div>
    </>
  );
}

export function DeadLetters({ instance, webhook }: { instance: string; webhook: Webhook }) {
  const page = useResource(
    (signal) =>
      request<{ dead: Dead[]; next_cursor: number | null }>(
        withQuery(path(instance, "webhooks", webhook.id, "dead"), { limit: LIMIT }),
        { signal },
      ),
    [webhook.id, webhook.dead],
  );
  if (page.error) return <Failed error={page.error} retry={page.reload} />;
  if (!page.data) return <Loading />;
  if (page.data.dead.length === 0) return <p class="faint">Nothing was given up.</p>;
  return (
    <table class="sheet">
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col" class="figure">
            Attempts
          </th>
          <th scope="col">Given up</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {page.data.dead.map((one) => (
          <tr key={one.op_id}>
            <th scope="row">
              <a href={address([instance, "live"], { sel: one.op_id })}>{one.op_id}</a>
            </th>
            <td class="figure">{one.attempts}</td>
            <td>{dateTime(one.given_up)}</td>
            <td class="wide">{one.error}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
