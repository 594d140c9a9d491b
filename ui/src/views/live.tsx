// The log as it moves. Rows stand in memory as text and are parsed when they come into sight; a burst is painted once a frame.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { logPage, operation } from "../api";
import { Icon } from "../components/icon";
import { OperationPanel } from "../components/operation-panel";
import { OperationRow } from "../components/operation-row";
import { Empty } from "../components/states";
import { VirtualRows } from "../components/virtual-rows";
import { number, plural } from "../format";
import { parse } from "../json";
import { LiveLog } from "../live-log";
import { address, adjust, route, slug } from "../router";
import { link } from "../shared";
import type { Operation } from "../types";
import { LiveFilters, filtersOf } from "./live-filters";
import { useLiveKeys } from "./live-keys";

export const ROW_PX = 30;
const OLDER = 500;

function useLog(instance: string, filters: Record<string, string[]>): LiveLog {
  const [, setFrame] = useState(0);
  const log = useMemo(() => {
    const changed = () => setFrame((frame) => frame + 1);
    return new LiveLog(instance, filters, changed, (state, sentence) => (link.value = { state, sentence }));
  }, [instance, JSON.stringify(filters)]);
  useEffect(() => () => log.close(), [log]);
  return log;
}

export default function Live() {
  const instance = slug.value!;
  const { params } = route.value;
  const filters = filtersOf(params);
  const log = useLog(instance, filters);
  const scroller = useRef<HTMLDivElement>(null);
  const selected = Number(params.get("sel")) || null;
  const choose = (id: number | null) => adjust({ sel: id });
  const follow = () => {
    log.resume();
    if (scroller.current) scroller.current.scrollTop = 0;
  };
  const toggle = () => (log.paused ? follow() : log.pause());
  useLiveKeys({ log, selected, choose, toggle, scroller, rowPx: ROW_PX });
  const unfiltered = Object.keys(filters).length === 0;
  return (
    <div class="view live">
      <Bar log={log} follow={follow} toggle={toggle} />
      <LiveFilters params={params} />
      <div class="split">
        {log.shown === 0 ? (
          <Nothing log={log} unfiltered={unfiltered} instance={instance} />
        ) : (
          <Rows {...{ log, instance, unfiltered, selected, choose, scroller }} />
        )}
        {selected !== null && <Selected log={log} id={selected} close={() => choose(null)} />}
      </div>
    </div>
  );
}

function Bar({ log, follow, toggle }: { log: LiveLog; follow: () => void; toggle: () => void }) {
  return (
    <div class="bar">
      <h1>Live</h1>
      <span class="faint tally">
        {plural(log.total, "operation")}
        {log.rate > 0 && ` · ${number(log.rate)}/s`}
      </span>
      <span class="spring" />
      {log.paused && log.waiting > 0 && (
        <button type="button" class="accent" onClick={follow}>
          {number(log.waiting)}
          {log.stopped ? "+" : ""} new, catch up
        </button>
      )}
      <button type="button" aria-pressed={log.paused} onClick={toggle} title="p">
        <Icon name={log.paused ? "play" : "pause"} size={14} /> {log.paused ? "Go on" : "Pause"}
      </button>
    </div>
  );
}

function Nothing({ log, unfiltered, instance }: { log: LiveLog; unfiltered: boolean; instance: string }) {
  if (!log.connected) return <Empty title="Connecting…" />;
  if (!unfiltered) {
    return <Empty title="No operation passes these filters yet." hint="They appear here as soon as one does." />;
  }
  const hint = (
    <>
      Operations appear here as they are committed. <a href={address([instance, "write"])}>Write one</a>
    </>
  );
  return <Empty title="Nothing has happened here yet." hint={hint} />;
}

interface RowsProps {
  log: LiveLog;
  instance: string;
  unfiltered: boolean;
  selected: number | null;
  choose(id: number): void;
  scroller: { current: HTMLDivElement | null };
}

function Rows({ log, instance, unfiltered, selected, choose, scroller }: RowsProps) {
  // Leaving the newest row is asking for quiet; coming back to it is not asking for noise.
  const scrolled = (top: number) => {
    if (top > ROW_PX * 2 && !log.paused) log.pause();
  };
  const older = async () => {
    const oldest = log.oldest;
    if (oldest === null || oldest <= 1) return;
    const after = Math.max(0, oldest - 1 - OLDER);
    const page = await logPage(instance, after, Math.min(OLDER, oldest - 1));
    log.prepend(page.operations.filter((op) => op.id < oldest));
  };
  const row = (index: number) => {
    const event = log.at(index);
    if (event) return <OperationRow key={index} event={event} selected={event.id === selected} choose={choose} />;
    return (
      <div class="live-older" key="older" role="listitem">
        <button type="button" class="quiet" onClick={() => void older()}>
          Show older operations
        </button>
      </div>
    );
  };
  return (
    <VirtualRows
      count={log.shown + (unfiltered && (log.oldest ?? 1) > 1 ? 1 : 0)}
      height={ROW_PX}
      label="Operations, newest first"
      class="live-rows"
      scroller={scroller}
      onScroll={scrolled}
      row={row}
    />
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
    operation(slug.value!, id, abort.signal).then(
      (op) => setFound(op ?? null),
      () => !abort.signal.aborted && setFound(null),
    );
    return () => abort.abort();
  }, [id, log]);
  return <OperationPanel instance={slug.value!} operation={found} id={id} close={close} />;
}
