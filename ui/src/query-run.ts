// A query as the address asks it, and what is being typed for the next one.
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, query } from "./api";
import { forget, recall, remember } from "./query-history";
import { adjust } from "./router";
import { entries } from "./session";
import type { StateAnswer, StreamAnswer } from "./types";

const AGAIN_MS = 2_000; // while the server cannot be reached

export interface Outcome {
  answer?: StateAnswer | StreamAnswer;
  error?: ApiError;
  ms?: number;
}

export function useQuery(instance: string, asked: string, replay: string) {
  const [text, setText] = useState(asked);
  const [given, setGiven] = useState({ text: asked }); // for the editor, which else keeps what is typed
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [running, setRunning] = useState(false);
  const [turn, setTurn] = useState(0);
  const [past, setPast] = useState(recall(instance));
  const shown = useRef("");

  // The address says what is asked, so "back" and a shared address ask again.
  useEffect(() => {
    if (asked !== shown.current) {
      setText(asked);
      setGiven({ text: asked });
    }
    shown.current = asked;
    if (!asked) return setOutcome(null);
    const abort = new AbortController();
    let timer = 0;
    const start = performance.now();
    setRunning(true);
    query(instance, asked, abort.signal, replay || undefined)
      .then(
        (answer) => {
          setOutcome({ answer, ms: performance.now() - start });
          setPast(remember(instance, asked));
        },
        (error: ApiError) => {
          if (abort.signal.aborted) return;
          setOutcome({ error });
          if (error.status === 0) timer = window.setTimeout(() => setTurn((count) => count + 1), AGAIN_MS);
        },
      )
      .finally(() => !abort.signal.aborted && setRunning(false));
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [instance, asked, replay, turn, entries.value]);

  const run = (wanted = text) => {
    if (!wanted.trim()) return;
    shown.current = wanted;
    if (wanted === asked) setTurn((count) => count + 1);
    else adjust({ q: wanted });
  };
  const take = (one: string) => {
    setText(one);
    setGiven({ text: one });
    run(one);
  };
  return { text, setText, given, outcome, running, run, past, take, clear: () => setPast(forget(instance)) };
}
