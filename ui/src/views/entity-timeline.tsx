// What happened to an entity, newest first, day by day.
import { OpBadge } from "../components/op-badge";
import { date, time } from "../format";
import { ids, separator, summary } from "../operation";
import { inline } from "../json";
import { address, adjust } from "../router";
import type { Operation } from "../types";

interface Props {
  operations: Operation[];
  id: string;
  instance: string;
  atOp: string;
}

export function Timeline({ operations, id, instance, atOp }: Props) {
  const newest = [...operations].reverse();
  return (
    <ol class="timeline">
      {newest.map((op, index) => {
        const day = date(op.ts);
        const others = ids(op).filter((one) => one !== id);
        const later = atOp !== "" && op.id > Number(atOp);
        return (
          <li key={op.id} data-later={later || undefined}>
            {(index === 0 || date(newest[index - 1]!.ts) !== day) && <h3>{day}</h3>}
            <div class="happening">
              <OpBadge op={op.op} />
              <div>
                <p class="what">
                  {others.length > 0 && (
                    <>
                      {separator(op)}{" "}
                      {others.map((one) => (
                        <a key={one} href={address([instance, "id", one])}>
                          {one}
                        </a>
                      ))}{" "}
                    </>
                  )}
                  {summary(op)}
                </p>
                <p class="faint">
                  <time dateTime={op.ts}>{time(op.ts)}</time>
                  {op.frame.source !== undefined && ` · ${inline(op.frame.source)}`}
                  {" · "}
                  <a href={address([instance, "live"], { sel: op.id })}>{op.pretty_id}</a>
                  {" · "}
                  <button type="button" class="text" onClick={() => adjust({ at_op: op.id })}>
                    as it was then
                  </button>
                </p>
              </div>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
