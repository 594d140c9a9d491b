// Everything about one operation, beside the list that it was chosen from.
import { address } from "../router";
import { ids, tableOf } from "../operation";
import { dateTime } from "../format";
import { inline } from "../json";
import type { Operation } from "../types";
import { Icon } from "./icon";
import { JsonView } from "./json-view";
import { OpBadge } from "./op-badge";
import { Loading } from "./states";

interface Props {
  instance: string;
  id: number;
  operation: Operation | null | undefined; // null: there is none; undefined: not known yet
  close(): void;
}

export function OperationPanel({ instance, id, operation, close }: Props) {
  return (
    <aside class="panel" aria-label={`Operation ${id}`}>
      <div class="panel-head">
        {operation && <OpBadge op={operation.op} />}
        <h2>{operation ? operation.pretty_id : `Operation ${id}`}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {operation === undefined && <Loading />}
      {operation === null && <p class="faint pad">This log has no operation {id}.</p>}
      {operation && <Details instance={instance} operation={operation} />}
    </aside>
  );
}

function Details({ instance, operation: op }: { instance: string; operation: Operation }) {
  const table = tableOf(op);
  const { trace_id: trace, generated_by: cause, generated_by_rule: rule } = op.context;
  return (
    <div class="panel-body">
      <dl class="facts">
        <div>
          <dt>When</dt>
          <dd>
            <time dateTime={op.ts}>{dateTime(op.ts)}</time>
          </dd>
        </div>
        <div>
          <dt>Table</dt>
          <dd>
            <a href={address([instance, "tables", table])}>{table}</a>
          </dd>
        </div>
        {ids(op).map((id) => (
          <div key={id}>
            <dt>Entity</dt>
            <dd>
              <a href={op.op === "CON" ? address([instance, "id", id]) : address([instance, "entity", table, id])}>
                {id}
              </a>
            </dd>
          </div>
        ))}
        {cause !== undefined && (
          <div>
            <dt>Caused by</dt>
            <dd>
              <a href={address([instance, "live"], { sel: inline(cause) })}>operation {inline(cause)}</a>
              {rule !== undefined && ` by rule ${inline(rule)}`}
            </dd>
          </div>
        )}
        {trace !== undefined && (
          <div>
            <dt>Trace</dt>
            <dd>
              <a href={address([instance, "live"], { trace: inline(trace) })}>{inline(trace)}</a>
            </dd>
          </div>
        )}
        <div>
          <dt>As it was</dt>
          <dd>
            <a href={address([instance, "time"], { at_op: op.id })}>the state after operation {op.id}</a>
          </dd>
        </div>
      </dl>
      <JsonView value={op} label={`Operation ${op.id}`} />
    </div>
  );
}
