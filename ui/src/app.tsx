// The frame: where one is, where one can go, and the view in between.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Help } from "./components/help";
import { NotLoaded } from "./components/not-loaded";
import { Sidebar } from "./components/sidebar";
import { SignIn } from "./components/sign-in";
import { Empty, Loading } from "./components/states";
import { listenToKeys } from "./keyboard";
import { route, slug, view } from "./router";
import { findSession, form } from "./session";
import { instances, keepInstancesFresh, link, refreshInstances, trouble } from "./shared";

type View = ComponentType;
type Loader = () => Promise<{ default: View }>;

// A view is loaded when it is opened first.
const VIEWS: Record<string, Loader> = {
  instances: () => import("./views/instances"),
  live: () => import("./views/live"),
  tables: () => import("./views/tables"),
  entity: () => import("./views/entity"),
  query: () => import("./views/query"),
  graph: () => import("./views/graph"),
  time: () => import("./views/time"),
  gaps: () => import("./views/gaps"),
  webhooks: () => import("./views/webhooks"),
  system: () => import("./views/system"),
  write: () => import("./views/write"),
  id: async () => ({ default: (await import("./views/entity")).AnyTable }),
};

const loaded = new Map<string, View>();

function Place({ name }: { name: string }) {
  const [, setTurn] = useState(0);
  const [failed, setFailed] = useState(false);
  const loader = VIEWS[name];
  const Found = loaded.get(name);

  useEffect(() => {
    setFailed(false);
    if (!loader || loaded.has(name)) return;
    loader().then(
      (module) => {
        loaded.set(name, module.default);
        setTurn((turn) => turn + 1);
      },
      () => setFailed(true),
    );
  }, [name]);

  if (!loader) {
    return (
      <Empty
        page
        title="There is no such page."
        hint={
          <>
            Go to <a href="#/">the instances</a>, or press <kbd>?</kbd>.
          </>
        }
      />
    );
  }
  if (failed) return <NotLoaded />;
  return Found ? <Found key={slug.value} /> : <Loading />;
}

function Missing() {
  return (
    <Empty
      page
      title={`There is no instance “${slug.value}”.`}
      hint={
        <>
          It was deleted, or has another name. <a href="#/">All instances</a>
        </>
      }
    />
  );
}

export function App() {
  useEffect(() => {
    void findSession().catch(() => undefined); // without the server, the instances cannot be had either, which is told
    keepInstancesFresh();
    listenToKeys();
  }, []);
  const name = view.value.replace(/^:/, "");
  const path = route.value.path.join(" / ").replace(/^:/, "");
  useEffect(() => {
    document.title = path ? `${path} · Choreo` : "Choreo";
    link.value = { state: "idle", sentence: "" };
  }, [path]);

  const known = instances.value;
  const missing = known !== null && slug.value !== null && !known.some((one) => one.slug === slug.value);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.getElementById("main")!.focus())}
      >
        Skip to content
      </a>
      <Sidebar />
      <main id="main" tabIndex={-1}>
        {trouble.value && (
          <p class="banner" role="alert">
            {trouble.value} Trying again; what is shown may be old.
            <button type="button" onClick={() => void refreshInstances()}>
              Try now
            </button>
          </p>
        )}
        {missing && <Missing />}
        {/* What was never asked for with success would only tell of the refusal that the form is about. */}
        {!missing && (known !== null || form.value === null) && <Place name={name} />}
      </main>
      <Help />
      <SignIn />
    </>
  );
}
