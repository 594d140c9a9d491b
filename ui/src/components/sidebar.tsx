// Where one is and where one can go.
import { useEffect, useRef } from "preact/hooks";
import { PLACES, helpOpen, placeAddress } from "../keyboard";
import { address, go, slug, view } from "../router";
import { person, signOut } from "../session";
import { instances, link } from "../shared";
import { nextTheme, theme } from "../theme";
import { Icon } from "./icon";

const THEMES = { system: "As the system", light: "Light", dark: "Dark" };

function InstanceChoice() {
  const all = instances.value ?? [];
  if (all.length === 0 && !slug.value) return null;
  const unknown = slug.value !== null && !all.some((one) => one.slug === slug.value);
  return (
    <label class="instance-choice">
      <span class="hidden">Instance</span>
      <select
        value={slug.value ?? ""}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          const instanceView = PLACES.find((place) => place.instance && place.view === view.value);
          if (chosen) go(address([chosen, instanceView?.view ?? "live"]));
        }}
      >
        {!slug.value && <option value="">Choose an instance</option>}
        {unknown && <option value={slug.value!}>{slug.value}</option>}
        {all.map((one) => (
          <option key={one.slug} value={one.slug}>
            {one.slug}
          </option>
        ))}
      </select>
    </label>
  );
}

function Place({ place }: { place: (typeof PLACES)[number] }) {
  const to = placeAddress(place.view);
  const here =
    view.value.replace(/^:/, "") === place.view || (place.view === "tables" && ["entity", "id"].includes(view.value));
  const self = useRef<HTMLAnchorElement>(null);
  // On a phone the views stand in a row that is wider than the window.
  useEffect(() => {
    if (here) self.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  if (!to) return null;
  return (
    <a ref={self} class="place" href={to} aria-current={here ? "page" : undefined}>
      <Icon name={place.view} />
      <span>{place.name}</span>
      <kbd aria-hidden="true">g {place.key}</kbd>
    </a>
  );
}

export function Sidebar() {
  const { state, sentence } = link.value;
  return (
    <header class="sidebar">
      <a class="brand" href="#/">
        <img src="/ui/icon.svg" alt="" width="22" height="22" />
        Choreo
      </a>
      <InstanceChoice />
      <nav aria-label="Views">
        {PLACES.filter((place) => place.view !== "system").map((place) => (
          <Place key={place.view} place={place} />
        ))}
        <Place place={PLACES.at(-1)!} />
      </nav>
      <div class="sidebar-foot">
        <p class="link" data-state={state} role="status">
          {state === "idle" ? "" : sentence}
        </p>
        <button
          type="button"
          class="quiet"
          title={`Colours: ${THEMES[theme.value]}`}
          aria-label={`Colours: ${THEMES[theme.value]}`}
          onClick={nextTheme}
        >
          <Icon name={theme.value === "system" ? "system-theme" : theme.value} />
        </button>
        {person.value && (
          <button
            type="button"
            class="quiet"
            title={`Sign out ${person.value.subject}`}
            aria-label={`Sign out ${person.value.subject}`}
            onClick={() => void signOut()}
          >
            <Icon name="sign-out" />
          </button>
        )}
        <button type="button" class="quiet" title="Keys (?)" aria-label="Keys" onClick={() => (helpOpen.value = true)}>
          <Icon name="keys" />
        </button>
      </div>
    </header>
  );
}
