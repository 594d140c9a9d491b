// Every instance at a glance; made, deleted and seeded here.
import { useState } from "preact/hooks";
import { request } from "../api";
import { Headings } from "../components/headings";
import { Icon } from "../components/icon";
import { Empty, Loading } from "../components/states";
import { number } from "../format";
import { address, adjust, go, route } from "../router";
import { instances, refreshInstances } from "../shared";
import type { Instance } from "../types";
import { Create, Delete } from "./instances-dialogs";
import { InstanceRow } from "./instances-row";

async function seedDemo(): Promise<void> {
  await request("/demo/seed", { method: "POST" });
  await refreshInstances();
  go(address(["demo", "live"]));
}

export default function Instances() {
  const all = instances.value;
  const search = route.value.params.get("q") ?? "";
  const [dialog, setDialog] = useState<"create" | Instance | null>(null);
  const [error, setError] = useState("");
  const demo = () => {
    setError("");
    seedDemo().catch((problem: Error) => setError(problem.message));
  };
  const shown = (all ?? []).filter((one) => one.slug.includes(search.toLowerCase()));
  return (
    <div class="view">
      <Bar count={all?.length} search={search} demo={demo} create={() => setDialog("create")} />
      {error && (
        <p class="banner" role="alert">
          {error}
        </p>
      )}
      {all === null && <Loading />}
      {all?.length === 0 && <None demo={demo} />}
      {shown.length > 0 && <List shown={shown} remove={setDialog} />}
      {all && all.length > 0 && shown.length === 0 && <Empty title={`No instance has “${search}” in its name.`} />}
      {dialog === "create" && <Create close={() => setDialog(null)} />}
      {dialog && dialog !== "create" && <Delete instance={dialog} close={() => setDialog(null)} />}
    </div>
  );
}

interface BarProps {
  count: number | undefined;
  search: string;
  demo(): void;
  create(): void;
}

function Bar({ count, search, demo, create }: BarProps) {
  return (
    <div class="bar">
      <h1>Instances</h1>
      <span class="faint">{count !== undefined && number(count)}</span>
      <span class="spring" />
      <input
        class="search"
        type="search"
        data-search
        aria-label="Find an instance"
        placeholder="Find  /"
        value={search}
        onInput={(event) => adjust({ q: event.currentTarget.value })}
      />
      <button type="button" onClick={demo}>
        Seed the demo
      </button>
      <button type="button" class="accent" onClick={create}>
        <Icon name="plus" size={14} /> New
      </button>
    </div>
  );
}

function None({ demo }: { demo: () => void }) {
  const hint = (
    <>
      An instance is one log. Make one with <b>New</b>, or look at a small neighbourhood:{" "}
      <button type="button" onClick={demo}>
        seed the demo
      </button>
    </>
  );
  return <Empty title="There is no instance yet." hint={hint} />;
}

const FIGURES = ["Operations", "Entities", "Size"];

function List({ shown, remove }: { shown: Instance[]; remove: (instance: Instance) => void }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Instances">
      <table class="sheet instances">
        <Headings
          names={["Name", "Last hour", "Operations", "Entities", "Tables", "Size", "Last operation", "Delete"]}
          figures={FIGURES}
          wide="Tables"
          hidden="Delete"
        />
        <tbody>
          {shown.map((one) => (
            <InstanceRow key={one.slug} instance={one} remove={() => remove(one)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
