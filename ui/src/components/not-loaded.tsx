// In the place of a part of the page that could not be loaded. A browser keeps to that until the page is loaded anew, which is
// done as soon as the server answers.
import { useEffect } from "preact/hooks";
import { refreshInstances, trouble } from "../shared";
import { Failed } from "./states";

const AGAIN_MS = 2_000;
const SENTENCE = "This part of the page could not be loaded; the server may be away, or newer than the page.";

async function loadAnew(): Promise<void> {
  await refreshInstances();
  if (!trouble.value) location.reload();
}

export function NotLoaded() {
  useEffect(() => {
    const timer = window.setInterval(() => void loadAnew(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return <Failed error={new Error(SENTENCE)} retry={() => void loadAnew()} />;
}
