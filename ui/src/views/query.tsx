// Asking with EOQL.
import { path, query } from "../api";
import { Copy } from "../components/copy";
import { EoqlEditor } from "../components/eoql-editor";
import { Loading } from "../components/states";
import { number, shellQuoted } from "../format";
import { useQuery } from "../query-run";
import { useResource } from "../resource";
import { adjust, route, slug } from "../router";
import { tables } from "../shared";
import { fields } from "../table-fields";
import type { StateAnswer } from "../types";
import { Result } from "./query-result";
import { Start } from "./query-start";

export default function Query() {
  const instance = slug.value!;
  const { params } = route.value;
  const asked = params.get("q") ?? "";
  const replay = params.get("replay") ?? "";
  const { text, setText, given, outcome, running, run, past, take, clear } = useQuery(instance, asked, replay);
  const position = text === asked ? outcome?.error?.position : undefined;
  const curl = () =>
    `curl -G ${location.origin}${path(instance, "query")} --data-urlencode ${shellQuoted(`q=${text}`)}`;
  return (
    <div class="view query">
      <div class="bar">
        <h1>Query</h1>
        {outcome?.answer && (
          <span class="faint tally">
            {number(outcome.answer.count)} found in {number(outcome.ms!)} ms
          </span>
        )}
        <span class="spring" />
        <Profiles instance={instance} chosen={replay} />
        <Copy text={curl} label="Copy as curl" />
        <button type="button" class="accent" onClick={() => run()} disabled={!text.trim()} title="Ctrl Enter">
          Ask
        </button>
      </div>
      <EoqlEditor
        given={given}
        known={{ tables: tables.value, fields: (table) => fields(instance, table) }}
        problem={position === undefined ? null : { position, message: outcome!.error!.message }}
        change={setText}
        run={run}
      />
      <div class="query-body">
        {running && !outcome && <Loading label="Asking" />}
        {outcome?.error && (
          <p class="banner" role="alert">
            {outcome.error.message}
          </p>
        )}
        {outcome?.answer && <Result answer={outcome.answer} instance={instance} as={params.get("as") ?? "table"} />}
        {!outcome && !running && <Start past={past} take={take} clear={clear} />}
      </div>
    </div>
  );
}

const PREFIX = "profile-";

function Profiles({ instance, chosen }: { instance: string; chosen: string }) {
  const profiles = useResource(
    async (signal) => {
      const found = await query<StateAnswer>(instance, `state(context.table="_rules")`, signal);
      return found.entities.map((one) => one.id).filter((id) => id.startsWith(PREFIX));
    },
    [instance],
  );
  const names = (profiles.data ?? []).map((id) => id.slice(PREFIX.length));
  return (
    <label class="field-inline">
      <span>Replay</span>
      <select value={chosen} onChange={(event) => adjust({ replay: event.currentTarget.value })}>
        <option value="">as it is</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
