// The entities of a table, page by page, which follow the log.
import { useEffect, useRef, useState } from "preact/hooks";
import { throttled } from "./resource";
import { link } from "./shared";
import { LiveStream } from "./stream";
import { MOST, PAGE, type Page, type TableRequest, entitiesOf } from "./table-pages";

const FRESH_MS = 700;

interface Pages extends Page {
  subject: string;
  error?: Error;
}

// Calls again() whenever the log says that the table changed, and when the stream is open anew. Returns how to stop.
function follow(of: TableRequest, again: () => void): () => void {
  const stream = new LiveStream({
    slug: of.slug,
    filters: { table: [of.table] },
    onEvents: again,
    onReset: again,
    onState: (name, sentence) => {
      link.value = { state: name, sentence };
      if (name === "open") again();
    },
  });
  return () => stream.close();
}

// The pages that were asked for so far, and again whenever the table changes.
export function useEntities(of: TableRequest) {
  const [state, setState] = useState<Pages>();
  const subject = JSON.stringify(of);
  const wanted = useRef(PAGE);
  const busy = useRef<AbortController | null>(null);
  const shown = state?.subject === subject ? state : undefined;

  const load = async (append: boolean) => {
    busy.current?.abort();
    const abort = (busy.current = new AbortController());
    const before = append && shown ? shown.entities : [];
    const after = append && !of.sort ? before.at(-1)?.id : undefined;
    try {
      const page = await entitiesOf(of, after === undefined ? wanted.current : PAGE, after, abort.signal);
      if (abort.signal.aborted) return;
      const entities = after === undefined ? page.entities : [...before, ...page.entities];
      setState({ ...page, subject, entities });
    } catch (error) {
      if (abort.signal.aborted) return;
      const kept = (old: Pages | undefined) => (old?.subject === subject ? old.entities : []);
      setState((old) => ({ subject, entities: kept(old), more: false, error: error as Error }));
    }
    busy.current = null;
  };
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    wanted.current = PAGE;
    void load(false);
    const stop = of.atOp
      ? undefined
      : follow(
          of,
          throttled(() => void latest.current(false), FRESH_MS),
        );
    return () => {
      busy.current?.abort();
      stop?.();
    };
  }, [subject]);

  const more = () => {
    if (!shown?.more || busy.current || wanted.current >= MOST) return;
    wanted.current = Math.min(wanted.current + PAGE, MOST);
    void load(true);
  };
  const { entities, error, more: hasMore = false, total, unseen = false } = shown ?? {};
  return { entities, error, hasMore, total, unseen, more, reload: () => void load(false) };
}
