// What was never said of whom: the absence reports of all tables as a matrix.
import { path, request } from "../api";
import { Empty, Failed, Loading } from "../components/states";
import { Icon } from "../components/icon";
import { number } from "../format";
import { useResource } from "../resource";
import { address, adjust, route, slug } from "../router";
import { tables } from "../shared";

const KINDS: [string, string, string][] = [
  ["never_designated", "Never designated", "no DES yet"],
  ["never_connected", "Never connected", "no CON yet"],
  ["never_segmented", "Never segmented", "no SEG yet"],
  ["never_synthesized", "Never synthesized", "no SYN yet"],
  ["pending_transition", "Never altered", "no ALT yet"],
  ["never_validated", "Never validated", "no REC yet"],
  ["has_contradictions", "Contradictions", "a superposed field"],
  ["has_destroyed_fields", "Destroyed fields", "a field destroyed with NUL"],
];
const LISTED = 500;

interface Gaps {
  table: string;
  gaps: Record<string, string[]>;
}

export default function GapsView() {
  const instance = slug.value!;
  const { path: parts, params } = route.value;
  const shown = tables.value.filter((name) => !name.startsWith("_"));
  const reports = useResource(
    (signal) => Promise.all(shown.map((name) => request<Gaps>(path(instance, "gaps", name), { signal }))),
    [instance, ...shown],
  );
  const table = parts[2];
  const kind = params.get("gap");
  const chosen = reports.data?.find((one) => one.table === table);
  return (
    <div class="view gaps">
      <div class="bar">
        <h1>Gaps</h1>
        <span class="faint">What was never said of whom</span>
        <span class="spring" />
        <button type="button" onClick={reports.reload}>
          Look again
        </button>
      </div>
      {reports.error && <Failed error={reports.error} retry={reports.reload} />}
      {!reports.error && !reports.data && <Loading />}
      {reports.data?.length === 0 && (
        <Empty title="There are no tables yet." hint="Gaps are told of the entities that are alive." />
      )}
      {reports.data && reports.data.length > 0 && (
        <div class="split">
          <div class="scroll pad" tabIndex={0} role="region" aria-label="Gaps by table">
            <Matrix reports={reports.data} instance={instance} table={table} kind={kind} />
          </div>
          {chosen && kind && <Ids ids={chosen.gaps[kind] ?? []} kind={kind} table={chosen.table} instance={instance} />}
        </div>
      )}
    </div>
  );
}

function Matrix({
  reports,
  instance,
  table,
  kind,
}: {
  reports: Gaps[];
  instance: string;
  table?: string;
  kind: string | null;
}) {
  const most = Math.max(1, ...reports.flatMap((one) => Object.values(one.gaps).map((ids) => ids.length)));
  return (
    <table class="sheet matrix">
      <thead>
        <tr>
          <th scope="col">Gap</th>
          {reports.map((one) => (
            <th key={one.table} scope="col" class="figure">
              <a href={address([instance, "tables", one.table])}>{one.table}</a>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {KINDS.map(([name, title, meaning]) => (
          <tr key={name}>
            <th scope="row">
              {title} <span class="faint">{meaning}</span>
            </th>
            {reports.map((one) => {
              const count = one.gaps[name]?.length ?? 0;
              const here = one.table === table && name === kind;
              return (
                <td
                  key={one.table}
                  class="figure"
                  style={{ "--share": count / most }}
                  data-none={count === 0 || undefined}
                >
                  {count === 0 ? (
                    <span class="faint">0</span>
                  ) : (
                    <a
                      href={address([instance, "gaps", one.table], { gap: name })}
                      aria-current={here || undefined}
                      aria-label={`${title} in ${one.table}: ${count}`}
                    >
                      {number(count)}
                    </a>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ids({ ids, kind, table, instance }: { ids: string[]; kind: string; table: string; instance: string }) {
  const title = KINDS.find(([name]) => name === kind)?.[1] ?? kind;
  return (
    <aside class="panel" aria-label={`${title} in ${table}`}>
      <div class="panel-head">
        <h2>
          {title} <span class="faint">in {table}</span>
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => adjust({ gap: null })}>
          <Icon name="close" />
        </button>
      </div>
      <ul class="nodes" tabIndex={0} aria-label="Entities">
        {ids.slice(0, LISTED).map((id) => (
          <li key={id}>
            <a class="place" href={address([instance, "entity", table, id])}>
              {id}
            </a>
          </li>
        ))}
      </ul>
      {ids.length > LISTED && <p class="faint pad">and {number(ids.length - LISTED)} more</p>}
    </aside>
  );
}
