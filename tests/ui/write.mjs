import { execFileSync } from "node:child_process";
import { assert, scenario, shows, until } from "./scenario.mjs";

const shown = async (page) => JSON.parse(await page.locator("pre[aria-label=Operation]").innerText());

scenario(
  "an operation is written, shown as JSON and as a command that works",
  async ({ page, slug, create, api, open }) => {
    await create();
    await open(`#/${slug}/write/INS`);
    await page.getByRole("textbox", { name: "Entity" }).fill("it's one");
    await page.getByRole("combobox", { name: "Table" }).fill("things");
    await page.getByRole("textbox", { name: "Fields: name 1" }).fill("price");
    await page.getByRole("textbox", { name: "Fields: value 1" }).fill("1.10");
    await page.getByRole("textbox", { name: "Fields: name 2" }).fill("note");
    await page.getByRole("textbox", { name: "Fields: value 2" }).fill("a plain text");
    await page.getByRole("textbox", { name: "Frame: name 1" }).fill("source");
    await page.getByRole("textbox", { name: "Frame: value 1" }).fill("walk");
    assert.deepEqual(await shown(page), {
      op: "INS",
      target: { id: "it's one", price: 1.1, note: "a plain text" },
      context: { table: "things" },
      frame: { source: "walk" },
    });
    await page.getByRole("button", { name: "Try without appending" }).click();
    await shows(page.locator(".operator [role=status]"), "It would be operation 1. Nothing was appended.");
    assert.equal((await api("GET", `/${slug}/operations`)).head, 0);
    await page.getByRole("button", { name: "Append", exact: true }).click();
    await shows(page.locator(".operator [role=status]"), "Appended as operation 1");
    await page.getByRole("button", { name: "Append", exact: true }).click();
    await until(async () => (await api("GET", `/${slug}/operations`)).head === 1, "a second click appends nothing");
    const command = await page.locator("pre[aria-label=Command]").innerText();
    assert.equal(
      JSON.parse(execFileSync("bash", ["-c", command], { stdio: ["ignore", "pipe", "ignore"] }).toString()).op_id,
      2,
    );
    const [first, second] = (await api("GET", `/${slug}/operations`)).operations;
    assert.deepEqual(second.target, first.target);
  },
);

scenario("each operator has a form whose operation is taken", async ({ page, slug, create, append, api, open }) => {
  await create();
  await append("INS", { id: "a", hours: "9-5" });
  await append("INS", { id: "b" });
  const fill = async (name, text) => page.getByRole("textbox", { name, exact: false }).first().fill(text);
  const forms = {
    ALT: async () => {
      await fill("Entity", "a");
      await fill("Fields: name 1", "n");
      await fill("Fields: value 1", "[1]");
    },
    DES: async () => {
      await fill("Entity", "a");
      await fill("Designations: name 1", "known_for");
      await fill("Designations: value 1", "hinges");
    },
    SEG: async () => {
      await fill("Entity", "a");
      await fill("Boundary", "north");
    },
    CON: async () => {
      await fill("From", "a");
      await fill("To", "b");
      await fill("Coupling", "0.80");
    },
    SUP: async () => {
      await fill("Entity", "a");
      await fill("Field", "hours");
      await fill("Values: source 1", "door");
      await fill("Values: value 1", "9-5");
      await fill("Values: value 2", "9-6");
    },
    SYN: async () => {
      await fill("Survivor", "a");
      await fill("Other", "b");
    },
    REC: async () => fill("Target", '{"min_cluster_size": 2}'),
    NUL: async () => {
      await fill("Entity", "a");
      await fill("Field", "hours");
    },
  };
  for (const [op, complete] of Object.entries(forms)) {
    await open(`#/${slug}/write/${op}?table=things`);
    await page
      .getByRole("navigation", { name: "Operators" })
      .getByRole("link", { name: op, exact: true })
      .and(page.locator("[aria-current]"))
      .waitFor();
    await complete();
    await page.getByRole("button", { name: "Append", exact: true }).click();
    await shows(page.locator(".operator [role=status]"), "Appended as operation");
  }
  const found = (await api("GET", `/${slug}/operations?after=2`)).operations.map((one) => one.op);
  assert.deepEqual(
    Object.keys(forms).filter((op) => !found.includes(op)),
    [],
  );
  const a = await api("GET", `/${slug}/state/things/a`);
  assert.deepEqual(
    [a.n, a._des.known_for, a._seg[0].boundary, a.hours._nul, a._syn_from],
    [[1], "hinges", "north", true, ["b"]],
  );
});

scenario("faults_f10 a rule is written, and fires", async ({ page, slug, create, append, api, open }) => {
  await create();
  await append("INS", { id: "o1", total: 50 }, { table: "orders" });
  await open(`#/${slug}/write/rule`);
  await page.getByRole("textbox", { name: "Rule" }).fill("large");
  await page.getByRole("combobox", { name: "When the operation is" }).selectOption("ALT");
  await page.getByRole("textbox", { name: "of table" }).fill("orders");
  await page.getByRole("textbox", { name: "and target.total" }).fill("target.total>100");
  await page.getByRole("combobox", { name: "append" }).selectOption("DES");
  await page.getByRole("textbox", { name: "to table" }).fill("orders");
  await page.getByRole("textbox", { name: "with: name 2" }).fill("flag");
  await page.getByRole("textbox", { name: "with: value 2" }).fill("check {trigger.target.total}");
  await page.getByRole("button", { name: "Append", exact: true }).click();
  await shows(page.locator(".operator [role=status]"), "Appended as operation 2");
  await append("ALT", { id: "o1", total: 100 }, { table: "orders" });
  assert.equal((await api("GET", `/${slug}/state/orders/o1`))._des, undefined);
  await append("ALT", { id: "o1", total: 101 }, { table: "orders" });
  assert.deepEqual((await api("GET", `/${slug}/state/orders/o1`))._des, { flag: "check 101" });
  await page.getByRole("textbox", { name: "and target.total" }).fill("target.total>true");
  await page.getByRole("button", { name: "Append", exact: true }).click();
  await shows(page.getByRole("alert"), "Expected a number or a text");
});

scenario("a refusal says why", async ({ page, slug, create, open }) => {
  await create();
  await open(`#/${slug}/write/CON`);
  await page.getByRole("textbox", { name: "From" }).fill("a");
  await page.getByRole("textbox", { name: "To", exact: false }).first().fill("b");
  await page.getByRole("textbox", { name: "Coupling" }).fill("2");
  await page.getByRole("button", { name: "Append", exact: true }).click();
  await shows(page.getByRole("alert"), "coupling");
});

scenario("a CSV file is previewed and ingested", async ({ page, slug, create, append, api, open }) => {
  await create();
  await append("INS", { id: "Fern & Iron", name: "Fern & Iron", hours: "9-5" }, { table: "places" });
  await open(`#/${slug}/write/snapshot`);
  const text = 'name,hours,rating\n"Fern & Iron",9-6,4.50\n"Mill ""Pond"", Park",,3\n';
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "places.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await shows(page.locator(".drop"), "2 rows");
  await page.getByRole("combobox", { name: "Table" }).fill("places");
  await page.getByRole("button", { name: "Preview" }).click();
  const preview = page.getByRole("region", { name: "What it would generate" });
  await shows(preview, "It would generate 2 operations");
  await shows(preview, "hours 9-6");
  assert.equal((await api("GET", `/${slug}/operations`)).head, 1);
  await page.getByRole("button", { name: "Ingest 2 rows" }).click();
  await shows(page.getByRole("status").last(), "2 of 2 rows, 2 operations generated.");
  const park = await api("GET", `/${slug}/state/places/${encodeURIComponent('Mill "Pond", Park')}`);
  assert.deepEqual([park.name, park.rating, "hours" in park], ['Mill "Pond", Park', 3, false]);
});

const LONG = 25_000;

// A file of rows r0, r1, … made in the page (a large one takes long to get there) and dropped.
async function dropList({ page, slug, create, open }, count, { width = 0, more = [] } = {}) {
  await create();
  await open(`#/${slug}/write/snapshot`);
  await page.locator(".drop").waitFor();
  await page.evaluate(
    ([rows, characters, others]) => {
      const made = Array.from({ length: rows }, (_, n) => ({ id: `r${n}`, n, text: "ä".repeat(characters) }));
      const files = new DataTransfer();
      files.items.add(new File([JSON.stringify([...made, ...others])], "rows.json", { type: "application/json" }));
      const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
      document.querySelector(".drop").dispatchEvent(drop);
    },
    [count, width, more],
  );
  await page.getByRole("combobox", { name: "Table" }).fill("rows");
}

// Every value that the progress bar has had since it was asked for.
const watchBar = (page) =>
  page.evaluate(() => {
    window.bar = [];
    const look = () => {
      const bar = document.querySelector("progress");
      if (bar) window.bar.push(bar.value / bar.max);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
const isHalf = (page) => page.waitForFunction(() => window.bar.some((part) => part > 0 && part < 1));

scenario("a long list is one transaction that shows how far it is", async (t) => {
  const { page, slug, api } = t;
  await dropList(t, LONG);
  await watchBar(page);
  await page.getByRole("button", { name: "Ingest 25,000 rows" }).click();
  await isHalf(page);
  await shows(page.getByRole("status").last(), "25,000 of 25,000 rows, 25,000 operations generated.");
  await page.getByRole("link", { name: "The table" }).waitFor();
  assert.equal((await api("GET", `/${slug}/operations?limit=1`)).head, LONG + 1);
});

scenario("a list that is refused half-way leaves nothing", async (t) => {
  const { page, slug, api } = t;
  await dropList(t, LONG, { more: [{ id: "x".repeat(600) }] });
  await page.getByRole("button", { name: "Ingest 25,001 rows" }).click();
  await shows(page.getByRole("alert"), "Row 25000: its key is over 512 bytes");
  assert.equal((await api("GET", `/${slug}/operations?limit=1`)).head, 0);
});

scenario("a list whose worker is killed half-way can be sent again", async (t) => {
  const { page, slug, api, kill } = t;
  const count = 60_000;
  await dropList(t, count);
  await watchBar(page);
  const send = page.getByRole("button", { name: "Ingest 60,000 rows" });
  const table = page.getByRole("link", { name: "The table" });
  await send.click();
  await isHalf(page);
  await kill("fcgi-1");
  await kill("fcgi-2");
  // It may have been at its end when they were killed.
  const refused = page.getByRole("alert");
  await refused.or(table).waitFor();
  if (await refused.count()) {
    await shows(refused, "what has been appended is not appended twice");
    await send.click();
    await table.waitFor();
  }
  assert.equal((await api("GET", `/${slug}/operations?limit=1`)).head, count + 1);
});

scenario("a list larger than a request goes in parts", async (t) => {
  const { page, slug, api } = t;
  await dropList(t, 2000, { width: 5_000 });
  await page.getByRole("button", { name: "Ingest 2,000 rows" }).click();
  await page.getByRole("link", { name: "The table" }).waitFor();
  await shows(page.getByRole("status").last(), "2,000 of 2,000 rows, 2,000 operations generated.");
  assert.equal((await api("GET", `/${slug}/operations?limit=1`)).head, 2002);
  await page.getByRole("combobox", { name: "What is not in it" }).selectOption("deleted");
  await page.getByRole("button", { name: "Ingest 2,000 rows" }).click();
  await shows(page.getByRole("alert"), "too large for one request");
});

scenario("a file that is none says so", async ({ page, slug, create, open }) => {
  await create();
  await open(`#/${slug}/write/snapshot`);
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "broken.json", mimeType: "application/json", buffer: Buffer.from('[{"id": 1},') });
  await shows(page.getByRole("alert"), "neither JSON nor JSON lines");
});
