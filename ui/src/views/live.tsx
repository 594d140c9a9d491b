// The log as it moves. Rows stand in memory as text and are parsed when they come into sight; a burst is painted once a frame.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { OperationPanel } from "../components/operation-panel";
import { OperationRow } from "../components/operation-row";
import { Empty } from "../components/states";
import { VirtualRows } from "../components/virtual-rows";
import { Icon } from "../components/icon";
import { logPage, operation } from "../api";
import { number, plural } from "../format";
import { parse } from "../json";
import { LiveLog } from "../live-log";
import { adjust, route, slug } from "../router";
import { link } from "../shared";
import { OPERATORS, type Operation } from "../types";
import { LiveFilters } from "./live-filters";

const ROW_PX = 30;
const OLDER = 500;

function filtersOf(params: URLSearchParams): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const ops = params.getAll("op").flatMap((text) => text.split(",")).filter((op) => (OPERATORS as readonly string[]).includes(op));
  if (ops.length) found.op = [ops.join(",")];
  for (const name of ["table", "entity", "trace"]) {
    const values = params.getAll(name).filter(Boolean);
    if (values.length) found[name] = values;
  }
  return found;
}

export default function Live() {
  const instance = slug.value!;
  const { params } = route.value;
  const filters = filtersOf(params);
  const subject = JSON.stringify(filters);
  const [, setFrame] = useState(0);
  const log = useMemo(
    () => new LiveLog(instance, filters, () => setFrame((frame) => frame + 1), (state, sentence) => (link.value = { state, sentence })),
    [instance, subject],
  );
  useEffect(() => () => log.close(), [log]);

  const scroller = useRef<HTMLDivElement>(null);
  const selected = Number(params.get("sel")) || null;
  const choose = (id: number | null) => adjust({ sel: id });
  const follow = () => {
    log.resume();
    if (scroller.current) scroller.current.scrollTop = 0;
  };
  const toggle = () => (log.paused ? follow() : log.pause());

  // Leaving the newest row is asking for quiet; coming back to it is not asking for noise.
  const scrolled = (top: number) => {
    if (top > ROW_PX * 2 && !log.paused && log.shown > 0) log.pause();
  };
  const older = async () => {
    const oldest = log.oldest;
    if (oldest === null || oldest <= 1) return;
    const after = Math.max(0, oldest - 1 - OLDER);
    const page = await logPage(instance, after, Math.min(OLDER, oldest - 1));
    log.prepend(page.operations.filter((op) => op.id < oldest));
  };

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).matches("input, select, textarea")) return;
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
      if (event.key === "p") toggle();
      else if (event.key === "Escape") choose(null);
      else if (step) {
        const at = selected === null ? -1 : log.find(selected);
        const next = log.at(Math.min(Math.max(at + step, 0), log.shown - 1));
        if (!next) return;
        event.preventDefault();
        log.pause();
        choose(next.id);
        const top = log.find(next.id) * ROW_PX;
        const view = scroller.current!;
        if (top < view.scrollTop || top > view.scrollTop + view.clientHeight - 2 * ROW_PX) view.scrollTop = Math.max(0, top - ROW_PX * 4);
      }
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });

  const unfiltered = Object.keys(filters).length === 0;
  return (
    <div class="view live">
      <div class="bar">
        <h1>Live</h1>
        <span class="faint tally" data-testid="tally">{plural(log.total, "operation")}{log.rate > 0 && ` · ${number(log.rate)}/s`}</span>
        <span class="spring" />
        {log.paused && log.waiting > 0 && (
          <button type="button" class="accent" onClick={follow}>{number(log.waiting)}{log.stopped ? "+" : ""} new, catch up</button>
        )}
        <button type="button" aria-pressed={log.paused} onClick={toggle} title="p">
          <Icon name={log.paused ? "play" : "pause"} size={14} /> {log.paused ? "Go on" : "Pause"}
        </button>
      </div>
      <LiveFilters params={params} />
      <div class="split">
        {log.shown === 0 ? (
          <Empty
            title={log.connected ? (unfiltered ? "Nothing has happened here yet." : "No operation passes these filters yet.") : "Connecting…"}
            hint={log.connected && (unfiltered ? <>Operations appear here as they are committed. <a href={`#/${instance}/write`}>Write one</a></> : "They appear here as soon as one does.")}
          />
        ) : (
          <VirtualRows
            count={log.shown + (unfiltered && (log.oldest ?? 1) > 1 ? 1 : 0)}
            height={ROW_PX}
            label="Operations, newest first"
            class="live-rows"
            scroller={scroller}
            onScroll={scrolled}
            row={(index) => {
              const event = log.at(index);
              if (!event) return <div class="live-older" key="older" role="listitem"><button type="button" class="quiet" onClick={() => void older()}>Show older operations</button></div>;
              return <OperationRow key={index} event={event} selected={event.id === selected} choose={choose} />;
            }}
          />
        )}
        {selected !== null && <Selected log={log} id={selected} close={() => choose(null)} />}
      </div>
    </div>
  );
}

// The chosen operation; one that is not in the list (an address that was shared) is asked for.
function Selected({ log, id, close }: { log: LiveLog; id: number; close: () => void }) {
  const [found, setFound] = useState<Operation | null | undefined>();
  useEffect(() => {
    const known = log.get(id);
    if (known) return setFound(parse(known.text) as unknown as Operation);
    const abort = new AbortController();
    setFound(undefined);
    operation(slug.value!, id, abort.signal).then((op) => setFound(op ?? null), () => !abort.signal.aborted && setFound(null));
    return () => abort.abort();
  }, [id, log]);
  return <OperationPanel instance={slug.value!} operation={found} id={id} close={close} />;
}
