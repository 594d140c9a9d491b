// What people met in their first hour with the page. The names of the faults are those that the tests hold.
import { endpoint } from "./endpoint.mjs";
import { assert, scenario, shows, until } from "./scenario.mjs";

const main = (page) => page.locator("main");
const field = (page, name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

scenario("faults_e3 rows of the live view show values as they were sent", async ({ page, slug, create, api, open }) => {
  const digits = "1234567890123456789012345678901234567890";
  await create();
  await api("POST", `/${slug}/operations`, `{"op":"INS","target":{"id":"n","price":1.10,"big":${digits},"e":1e2}}`);
  await api("POST", `/${slug}/operations`, '{"op":"SUP","target":{"id":"n","field":"price","variants":[1.10,2.50]}}');
  await open(`#/${slug}/live`);
  const list = page.getByRole("list", { name: "Operations" });
  await shows(list, `price 1.10 · big ${digits} · e 1e2`);
  await shows(list, "price: 1.10 | 2.50");
});

scenario("faults_f4 a field names the operation that set it in this table", async (t) => {
  const { page, slug, create, append, api, open } = t;
  await create();
  await append("INS", { id: "same", price: 1 }, { table: "products" }, { source: "scanner" }); // 1
  await append("INS", { id: "same", price: 7 }, { table: "orders" }, { source: "shop" }); // 2
  await append("ALT", { id: "other", source: "same", price: 9 }, { table: "products" }); // 3: names it, and changes nothing
  await open(`#/${slug}/entity/products/same`);
  await shows(field(page, "price"), "source scanner");
  await shows(field(page, "price").locator("td.figure"), "1");
  await append("ALT", { id: "same", price: 2 }, { table: "products" }); // 4: says nothing of its source
  await shows(field(page, "price").locator("td.figure"), "4");
  await shows(field(page, "price").locator(".origins"), "unknown");
  await api(
    "POST",
    `/${slug}/operations`,
    '{"op":"INS","target":{"id":"from","weight":3},"context":{"table":"products"}}',
  );
  await append("SYN", { merge_into: "same", merge_from: "from" }, { table: "products" }); // 6
  await shows(field(page, "weight").locator("td.figure"), "6");
});

scenario("faults_f4 in a long biography the newest operations count", async ({ page, slug, create, seed, open }) => {
  await create();
  await seed(Array.from({ length: 900 }, (_, n) => ({ op: "INS", target: { id: "e", n: n % 2 } })));
  await open(`#/${slug}/entity/_default/e`);
  await shows(field(page, "n").locator("td.figure"), "900");
});

// Nothing that can be pressed may lie under something else, however much the panel holds.
const webhooksAt = (t) =>
  endpoint(async (hook) => {
    const { page, slug, create, seed, api, open } = t;
    await create();
    const { added } = await api("POST", `/${slug}/webhooks`, {
      url: `${hook.url}/a/rather/long/address/of/a/workflow/that/somebody/made`,
      filter: ["INS", "ALT", "DES", "SEG", "CON", "SYN", "SUP", "REC"],
      tables: ["orders", "customers", "products", "deliveries"],
      where: 'target.status="open"',
    });
    const order = (n) => ({ op: "INS", target: { id: `o${n}`, status: "open" }, context: { table: "orders" } });
    await seed(Array.from({ length: 60 }, (_, n) => order(n)));
    await until(() => hook.got.length === 60, "all were delivered");
    await open(`#/${slug}/webhooks`);
    await shows(main(page), "INS ALT DES");
    await open(`#/${slug}/webhooks/${added.id}`);
    const panel = page.getByRole("complementary");
    await shows(panel, "operation 60");
    assert.deepEqual(await page.evaluate(covered), []);
    await page.getByRole("button", { name: "Given up" }).click();
    await shows(panel, "Nothing was given up");
  });

// In the page: what a click in the middle of a control would miss.
function covered() {
  const missed = (one) => {
    one.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !top || !(one.contains(top) || top.closest("label")?.contains(one));
  };
  const controls = document.querySelectorAll("main button, main a, main select, main input");
  return [...controls].filter(missed).map((one) => one.textContent || one.name);
}

scenario("faults_f5 a webhook's panel can be used at 1280", webhooksAt, { width: 1280, height: 720 });
scenario("faults_f5 a webhook's panel can be used at 1440", webhooksAt, { width: 1440, height: 800 });

scenario("faults_f5 a list goes into no table that was not named", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "c1" }, { table: "customers" });
  await open(`#/${slug}/write/snapshot`);
  await page.setInputFiles("input[type=file]", {
    name: "products.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("id,name\np1,Pen\n"),
  });
  const ingest = page.getByRole("button", { name: "Ingest 1 row" });
  assert.equal(await page.getByRole("combobox", { name: "Table" }).inputValue(), "");
  assert.ok(await ingest.isDisabled(), "nothing is sent before a table is named");
  await page.getByRole("combobox", { name: "Table" }).fill("products");
  await ingest.click();
  await shows(page.getByRole("status"), "1 of 1 row");
});

scenario("faults_f5 the grid counts all, and finds a text", async ({ page, slug, create, seed, append, open }) => {
  await create();
  const products = Array.from({ length: 501 }, (_, n) => ({
    op: "INS",
    target: { id: `p${n}`, name: `Product ${n}` },
    context: { table: "products" },
  }));
  await seed(products);
  await append("INS", { id: "z", name: "Blue Müller mug", note: "a=b" }, { table: "products" });
  await open(`#/${slug}/tables/products`);
  await shows(page.locator(".tally"), "502 alive");
  await page.getByRole("textbox", { name: "Filter" }).fill("müller");
  await page.keyboard.press("Enter");
  await shows(page.locator(".tally"), "1 alive");
  await shows(main(page), "Blue Müller mug");
  await page.getByRole("textbox", { name: "Filter" }).fill('"a=b"');
  await page.keyboard.press("Enter");
  await shows(page.locator(".tally"), "1 alive");
  await page.getByRole("textbox", { name: "Filter" }).fill('name="Product 7"');
  await page.keyboard.press("Enter");
  await shows(main(page), "Product 7");
});

scenario("faults_f6 a log whose times are out of order", async ({ page, slug, create, seed, open }) => {
  const now = Date.now();
  const at = (hours) => new Date(now - hours * 3_600_000).toISOString();
  await create();
  await seed([
    { op: "INS", target: { id: "new" }, ts: at(0.2) },
    { op: "INS", target: { id: "old" }, ts: at(21) },
    { op: "INS", target: { id: "older" }, ts: at(45) },
  ]);
  await open("#/");
  const row = page.getByRole("row").filter({ hasText: slug });
  await shows(row, "12 min ago");
  await row.getByRole("img", { name: "1 operations in the last hour" }).waitFor();
  // Each operation is marked where its own time is, and a click there leads to it.
  const bars = page.locator(".chart .u-over");
  for (const [id, share] of [
    [1, 1],
    [2, 24 / 44.8],
    [3, 0],
  ]) {
    await open("#/");
    await open(`#/${slug}/time?at_op=${id === 3 ? 1 : 3}`);
    await bars.waitFor();
    const box = await bars.boundingBox();
    const at = Math.min(box.width - 2, Math.max(2, box.width * share));
    await page.mouse.click(box.x + at, box.y + box.height / 2);
    await shows(page.locator(".tally"), `after ${id} `);
    await until(async () => {
      const mark = await page.locator(".chart-mark").boundingBox();
      return Math.abs(mark.x - box.x - at) < box.width / 40;
    }, `operation ${id} is marked where it was clicked`);
  }
  await open(`#/${slug}/live`);
  const day = new Date(now - 45 * 3_600_000).toLocaleDateString("en-GB", { day: "2-digit", month: "short" });
  await shows(page.getByRole("list", { name: "Operations" }), day);
});

scenario("faults_f6 the charts of the system show minutes, not years", async ({ page, open }) => {
  await open("#/:system");
  const times = page.locator(".charts .card").first().locator(".chart");
  await until(async () => (await times.getAttribute("data-seconds")) !== null, "a chart is drawn");
  assert.ok(Number(await times.getAttribute("data-seconds")) <= 300);
});

scenario(
  "faults_f6 a failing webhook is told beside the processes",
  async ({ page, slug, create, append, api, open }) => {
    await create();
    await api("POST", `/${slug}/webhooks`, { url: "http://127.0.0.1:9/nobody" });
    await append("INS", { id: "a" });
    await until(async () => (await api("GET", `/${slug}/webhooks`)).webhooks[0].state === "failing", "it fails");
    await open("#/:system");
    await shows(page.locator(".bar"), "in trouble");
    await shows(page.getByRole("region", { name: "Webhooks" }), "failing");
  },
);
