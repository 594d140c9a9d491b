// Shows the instances, one table's state and the live stream of one instance.
// The address (#/instance/table) holds what is selected. All values are shown as text.
"use strict";

const MAX_EVENTS = 200; // rows of the live list; older ones leave
const MAX_COLUMNS = 12;
const MAX_ROWS = 500;
const TAIL = 30; // operations of the past that the live list starts with
const REFRESH_MS = 300; // several operations in a row cause one refresh
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

const byId = (id) => document.getElementById(id);
const selected = { instance: null, table: null };
let source = null;
let streamed = null; // the instance that `source` belongs to
let paused = false;
let waiting = []; // operations that came while paused
let refresh = null;
let stateRequest = 0; // a late answer must not overwrite a newer one

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function showTrouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = !text;
}

async function request(path, options) {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error || `${path} answers ${response.status}`);
  return body;
}

// --- selection

function address(instance, table) {
  return "#/" + [instance, table].filter(Boolean).map(encodeURIComponent).join("/");
}

function readAddress() {
  const [instance, table] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  return { instance: instance || null, table: table || null };
}

function choice(label, detail, target, current) {
  const button = element("button");
  button.type = "button";
  button.append(element("span", label), element("span", String(detail), "faint"));
  button.setAttribute("aria-current", String(current));
  button.addEventListener("click", () => (location.hash = target));
  const item = element("li");
  item.append(button);
  return item;
}

async function showInstances() {
  const { instances } = await request("/instances");
  byId("no-instances").hidden = instances.length > 0;
  byId("instances").replaceChildren(
    ...instances.map((one) => choice(one.slug, one.operations, address(one.slug), one.slug === selected.instance)),
  );
  const current = instances.find((one) => one.slug === selected.instance);
  const tables = current ? current.tables.map((table) => (typeof table === "string" ? table : table.name)) : [];
  byId("tables").replaceChildren(
    ...tables.map((table) => choice(table, "", address(current.slug, table), table === selected.table)),
  );
  return { instances, tables };
}

async function select() {
  Object.assign(selected, readAddress());
  const { instances, tables } = await showInstances();
  if (!selected.instance && instances.length > 0) {
    location.replace(address(instances[0].slug));
    return;
  }
  if (selected.instance && !selected.table && tables.length > 0) {
    location.replace(address(selected.instance, tables.find((name) => !name.startsWith("_")) || tables[0]));
    return;
  }
  byId("place").textContent = selected.instance
    ? [selected.instance, selected.table].filter(Boolean).join(" / ")
    : "No instance selected";
  if (selected.instance !== streamed) openStream();
  await showState();
}

// --- state

function cell(value) {
  if (value === undefined) return element("td", "");
  if (value !== null && typeof value === "object") {
    if (value._nul) return element("td", "destroyed", "nothing");
    if (Array.isArray(value._sup)) {
      return element("td", value._sup.map((variant) => text(variant.value ?? variant)).join(" | "), "several");
    }
  }
  return element("td", text(value), value === null ? "nothing" : "");
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function row(entity, columns) {
  const made = element("tr");
  made.append(element("td", entity.id), ...columns.map((name) => cell(entity[name])));
  made.tabIndex = 0;
  const open = () => {
    byId("entity").textContent = JSON.stringify(entity, null, 2);
    byId("entity").hidden = false;
    for (const other of byId("rows").children) other.setAttribute("aria-selected", String(other === made));
  };
  made.addEventListener("click", open);
  made.addEventListener("keydown", (event) => event.key === "Enter" && open());
  return made;
}

async function showState() {
  const mine = ++stateRequest;
  const { instance, table } = selected;
  byId("state-title").textContent = table || "State";
  const path = `/${encodeURIComponent(instance)}/state/${encodeURIComponent(table)}?limit=${MAX_ROWS}`;
  const state = instance && table ? await request(path) : { entities: [], count: 0 };
  if (mine !== stateRequest) return;
  const names = new Set(state.entities.flatMap((entity) => Object.keys(entity)));
  const columns = [...names].filter((name) => name !== "id" && !name.startsWith("_")).slice(0, MAX_COLUMNS);
  byId("columns").replaceChildren(
    ...(state.entities.length ? ["id", ...columns] : []).map((name) => element("th", name)),
  );
  byId("rows").replaceChildren(...state.entities.map((entity) => row(entity, columns)));
  byId("entity").hidden = true;
  byId("state-count").textContent = table ? `${state.entities.length}${state.next_cursor ? "+" : ""} alive` : "";
  byId("state-empty").hidden = state.entities.length > 0;
  byId("state-empty").textContent = table ? "Nothing is alive in this table." : "Select an instance and a table.";
}

function refreshSoon() {
  refresh ??= setTimeout(async () => {
    refresh = null;
    await attempt(async () => {
      await showInstances();
      await showState();
    });
  }, REFRESH_MS);
}

// --- live stream

function subject(op) {
  const { id, entity_id: entity, source: from, target: to, query, rows } = op.target;
  if (id !== undefined || entity !== undefined) return text(id ?? entity);
  if (from !== undefined || op.target.from !== undefined) return `${from ?? op.target.from} → ${to ?? op.target.to}`;
  if (rows) return `${rows.length} rows`;
  return query ?? op.target.merge_into ?? op.target.primary ?? op.pretty_id;
}

function eventRow(op) {
  const item = element("li");
  const time = element("time", TIME.format(new Date(op.ts)));
  time.dateTime = op.ts;
  item.append(time, element("span", op.op, "op"), element("strong", String(subject(op))));
  item.append(element("span", ` ${op.context.table ?? ""} #${op.id}`, "faint"));
  item.append(element("span", JSON.stringify(op.target), "raw"));
  return item;
}

function addEvents(operations) {
  const list = byId("events");
  for (const op of operations) list.prepend(eventRow(op));
  while (list.children.length > MAX_EVENTS) list.lastChild.remove();
}

function takeOperation(op) {
  if (paused) {
    waiting.push(op);
    if (waiting.length > MAX_EVENTS) waiting.shift();
    byId("waiting").textContent = `${waiting.length}${waiting.length === MAX_EVENTS ? "+" : ""} waiting`;
    return;
  }
  addEvents([op]);
  refreshSoon();
}

function setLink(state, label) {
  byId("link").dataset.state = state;
  byId("link").textContent = label;
}

function closeStream() {
  if (source) source.close();
  source = null;
  byId("pause").disabled = true;
}

function openStream() {
  closeStream();
  streamed = selected.instance;
  byId("events").replaceChildren();
  waiting = [];
  setPaused(false);
  if (!selected.instance) return setLink("idle", "not connected");
  setLink("idle", "connecting");
  source = new EventSource(`/${encodeURIComponent(selected.instance)}/stream?tail=${TAIL}`);
  source.addEventListener("open", () => setLink("open", "live"));
  source.addEventListener("error", () => setLink("lost", "connection lost, trying again"));
  source.addEventListener("op", (event) => takeOperation(JSON.parse(event.data)));
  source.addEventListener("reset", () => byId("events").replaceChildren());
  source.addEventListener("gone", () => {
    closeStream();
    setLink("lost", "this instance was deleted");
    attempt(showInstances);
  });
  byId("pause").disabled = false;
}

function setPaused(value) {
  paused = value;
  byId("pause").setAttribute("aria-pressed", String(value));
  byId("pause").textContent = value ? "Go on" : "Pause";
  byId("waiting").textContent = "";
}

// --- wiring

async function attempt(action) {
  try {
    await action();
    showTrouble("");
  } catch (error) {
    showTrouble(error.message);
  }
}

byId("pause").addEventListener("click", () => {
  const late = waiting;
  waiting = [];
  setPaused(!paused);
  addEvents(late);
  if (late.length > 0) refreshSoon();
});

byId("seed").addEventListener("click", () =>
  attempt(async () => {
    await request("/demo/seed", { method: "POST" });
    streamed = null; // the same name now stands for a new instance, with a stream of its own
    if (location.hash === address("demo")) await select();
    else location.hash = address("demo");
  }),
);

window.addEventListener("hashchange", () => attempt(select));
attempt(select);
