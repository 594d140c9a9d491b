// Something that a view asks the server for. A late answer never replaces a newer one, and what was there stays shown while
// it is asked for again. While the server cannot be reached, it is asked for again and again; and once when somebody signs in.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { entries } from "./session";

const AGAIN_MS = 2_000;

export interface Resource<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  reload(): void;
}

export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[]): Resource<T> {
  const [state, setState] = useState<{ data?: T; error?: Error; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  const subject = JSON.stringify(keys);
  const shown = useRef(subject);
  const reload = useCallback(() => setTurn((count) => count + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    const another = shown.current !== subject;
    shown.current = subject;
    let timer = 0;
    setState((before) => ({ ...(another ? {} : before), loading: true }));
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data, loading: false }),
      (error: Error) => {
        if (abort.signal.aborted) return;
        if (error instanceof ApiError && error.status === 0) timer = window.setTimeout(reload, AGAIN_MS);
        setState((before) => ({ data: before.data, error, loading: false }));
      },
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [subject, turn, entries.value]);

  return { data: state.data, error: state.error, loading: state.loading, reload };
}

// Calls the function at most once in a while, and once more after the last call.
export function throttled(action: () => void, ms: number): () => void {
  let timer = 0;
  let last = 0;
  return () => {
    if (timer) return;
    timer = window.setTimeout(
      () => {
        timer = 0;
        last = Date.now();
        action();
      },
      Math.max(0, last + ms - Date.now()),
    );
  };
}
