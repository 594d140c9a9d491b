// A part of a view that is loaded when it is shown first.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "./states";

export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let found: ComponentType<P> | undefined;
  return function Part(props: P) {
    const [, setTurn] = useState(0);
    const [error, setError] = useState<Error>();
    useEffect(() => {
      if (found) return;
      load().then((part) => ((found = part), setTurn(1)), setError);
    }, []);
    if (error)
      return <Failed error={new Error("This part of the page could not be loaded.")} retry={() => location.reload()} />;
    const Found = found;
    return Found ? <Found {...props} /> : <Loading />;
  };
}
