// The list of keys.
import { PLACES, helpOpen } from "../keyboard";
import { Dialog } from "./dialog";

const KEYS: [string, string][] = [
  ["/", "Search or filter"],
  ["?", "This list"],
  ["j k or ↓ ↑", "Next and previous row"],
  ["Enter", "Open the row"],
  ["p", "Pause the live view, catch up"],
  ["Ctrl Enter", "Run the query, send the form"],
  ["Esc", "Close, leave a field"],
];

export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keys" onClose={() => (helpOpen.value = false)}>
      <div class="keys">
        <dl>
          {KEYS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <dl>
          {PLACES.map((place) => (
            <div key={place.key}>
              <dt>
                <kbd>g</kbd> <kbd>{place.key}</kbd>
              </dt>
              <dd>{place.name}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
