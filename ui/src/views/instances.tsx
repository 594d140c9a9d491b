// Every instance at a glance; made, deleted and seeded here.
import { useEffect, useState } from "preact/hooks";
import { path, request } from "../api";
import { Dialog } from "../components/dialog";
import { Icon } from "../components/icon";
import { Sparkline } from "../components/sparkline";
import { Empty, Loading } from "../components/states";
import { ago, bytes, compact, dateTime, number } from "../format";
import { address, adjust, go, route } from "../router";
import { instances, refreshInstances } from "../shared";
import { firstSince, histogram, samples } from "../timeline";
import type { Instance } from "../types";

const HOUR_MS = 3_600_000;
const BARS = 40;
const SAMPLES = 24;
const AGAIN_MS = 30_000;

// What happened in the last hour. A log that has been quiet for longer is not asked.
function LastHour({ instance }: { instance: Instance }) {
  const [bars, setBars] = useState<number[]>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setTurn((count) => count + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const abort = new AbortController();
    void lastHour(instance, abort.signal).then(setBars, () => undefined);
    return () => abort.abort();
  }, [instance.epoch, turn, instance.last_op_ts === null]);
  const total = Math.round((bars ?? []).reduce((sum, value) => sum + value, 0));
  if (!bars) return <span class="faint">…</span>;
  return <Sparkline values={bars} label={`${number(total)} operations in the last hour`} />;
}

async function lastHour(instance: Instance, signal: AbortSignal): Promise<number[]> {
  const to = Date.now();
  const from = to - HOUR_MS;
  if (!instance.last_op_ts || Date.parse(instance.last_op_ts) < from) return new Array<number>(BARS).fill(0);
  const first = await firstSince(instance.slug, instance.head, from, signal);
  return histogram(await samples(instance.slug, first, instance.head, SAMPLES, signal), from, to, BARS);
}

function Row({ instance, remove }: { instance: Instance; remove: () => void }) {
  const { slug } = instance;
  if (instance.error) {
    return (
      <tr>
        <th scope="row">{slug}</th>
        <td colSpan={6} class="bad">
          {instance.error}
        </td>
        <td>
          <button type="button" class="quiet" aria-label={`Delete ${slug}`} onClick={remove}>
            <Icon name="trash" />
          </button>
        </td>
      </tr>
    );
  }
  return (
    <tr>
      <th scope="row">
        <a href={address([slug, "live"])}>{slug}</a>
      </th>
      <td class="hour">
        <LastHour instance={instance} />
      </td>
      <td class="figure" title={number(instance.operations)}>
        {compact(instance.operations)}
      </td>
      <td class="figure" title={number(instance.entities)}>
        {compact(instance.entities)}
      </td>
      <td class="wide">
        <span class="tables-of">
          {instance.tables.slice(0, 6).map((table) => (
            <a key={table} href={address([slug, "tables", table])}>
              {table}
            </a>
          ))}
          {instance.tables.length > 6 && <a href={address([slug, "tables"])}>{instance.tables.length - 6} more</a>}
        </span>
      </td>
      <td class="figure">{bytes(instance.file_size)}</td>
      <td class="when" title={instance.last_op_ts ? dateTime(instance.last_op_ts) : undefined}>
        {instance.last_op_ts ? ago(instance.last_op_ts) : "never"}
      </td>
      <td>
        <button type="button" class="quiet" aria-label={`Delete ${slug}`} title={`Delete ${slug}`} onClick={remove}>
          <Icon name="trash" />
        </button>
      </td>
    </tr>
  );
}

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const create = async (event: Event) => {
    event.preventDefault();
    try {
      await request("/instances", { body: { slug: name } });
      await refreshInstances();
      go(address([name, "live"]));
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  return (
    <Dialog title="New instance" onClose={close}>
      <form onSubmit={create} class="stack">
        <label class="field">
          <span>Name</span>
          <input
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            autofocus
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <p class="faint">1 to 63 of a-z 0-9 _ -, beginning with a letter or a digit.</p>
        {error && (
          <p class="bad" role="alert">
            {error}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="accent" disabled={!name}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Delete({ instance, close }: { instance: Instance; close: () => void }) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const remove = async (event: Event) => {
    event.preventDefault();
    try {
      await request(path("instances", instance.slug), { method: "DELETE" });
      await refreshInstances();
      close();
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  return (
    <Dialog title={`Delete ${instance.slug}?`} onClose={close}>
      <form onSubmit={remove} class="stack">
        <p>Its log of {number(instance.operations ?? 0)} operations, its streams and its webhooks are gone for ever.</p>
        <label class="field">
          <span>
            Type <strong>{instance.slug}</strong> to delete it
          </span>
          <input
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            autofocus
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        {error && (
          <p class="bad" role="alert">
            {error}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="danger" disabled={name !== instance.slug}>
            Delete
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export default function Instances() {
  const all = instances.value;
  const search = route.value.params.get("q") ?? "";
  const [dialog, setDialog] = useState<"create" | Instance | null>(null);
  const [error, setError] = useState("");
  const demo = async () => {
    try {
      setError("");
      await request("/demo/seed", { method: "POST" });
      await refreshInstances();
      go(address(["demo", "live"]));
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  const shown = (all ?? []).filter((one) => one.slug.includes(search.toLowerCase()));
  return (
    <div class="view">
      <div class="bar">
        <h1>Instances</h1>
        <span class="faint">{all && number(all.length)}</span>
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
        <button type="button" onClick={() => void demo()}>
          Seed the demo
        </button>
        <button type="button" class="accent" onClick={() => setDialog("create")}>
          <Icon name="plus" size={14} /> New
        </button>
      </div>
      {error && (
        <p class="banner" role="alert">
          {error}
        </p>
      )}
      {all === null && <Loading />}
      {all?.length === 0 && (
        <Empty
          title="There is no instance yet."
          hint={
            <>
              An instance is one log. Make one with <b>New</b>, or look at a small neighbourhood:{" "}
              <button type="button" onClick={() => void demo()}>
                seed the demo
              </button>
            </>
          }
        />
      )}
      {shown.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Instances">
          <table class="sheet instances">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Last hour</th>
                <th scope="col" class="figure">
                  Operations
                </th>
                <th scope="col" class="figure">
                  Entities
                </th>
                <th scope="col" class="wide">
                  Tables
                </th>
                <th scope="col" class="figure">
                  Size
                </th>
                <th scope="col">Last operation</th>
                <th scope="col">
                  <span class="hidden">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <Row key={one.slug} instance={one} remove={() => setDialog(one)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {all && all.length > 0 && shown.length === 0 && <Empty title={`No instance has “${search}” in its name.`} />}
      {dialog === "create" && <Create close={() => setDialog(null)} />}
      {dialog && dialog !== "create" && <Delete instance={dialog} close={() => setDialog(null)} />}
    </div>
  );
}
