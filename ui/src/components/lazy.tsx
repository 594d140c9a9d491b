// A part of a view that is loaded when it is shown first.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { NotLoaded } from "./not-loaded";
import { Loading } from "./states";

export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let found: ComponentType<P> | undefined;
  return function Part(props: P) {
    const [, setTurn] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (found) return;
      load().then(
        (part) => ((found = part), setTurn(1)),
        () => setFailed(true),
      );
    }, []);
    if (failed) return <NotLoaded />;
    const Found = found;
    return Found ? <Found {...props} /> : <Loading />;
  };
}
