import { useEffect, useState } from "preact/hooks";

const SETTLE_MS = 120;

// The value once it has rested: a scrubber that moves asks nothing.
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
