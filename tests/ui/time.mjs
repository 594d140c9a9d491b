import { assert, scenario, shows, until } from "./scenario.mjs";

const state = (page) => page.getByRole("region", { name: "State at that moment" });

async function history({ slug, create, api }) {
  await create();
  const operations = [
    { ts: "2026-01-01", op: "INS", target: { id: "a", n: 1 }, context: { table: "things" } },
    { ts: "2026-01-02", op: "INS", target: { id: "b", n: 1 }, context: { table: "things" } },
    { ts: "2026-01-03", op: "ALT", target: { id: "a", n: 2 }, context: { table: "things" } },
    { ts: "2026-01-04", op: "NUL", target: { id: "b" }, context: { table: "things" } },
    { ts: "2026-01-05", op: "INS", target: { id: "c" }, context: { table: "others" } },
  ];
  await api("POST", `/instances/${slug}/seed`, { operations });
}

scenario("the scrubber shows the state at a moment", async (t) => {
  const { page, slug, open } = t;
  await history(t);
  await open(`#/${slug}/time`);
  await page.getByRole("img", { name: "Histogram of 5 operations over time" }).waitFor();
  await shows(state(page).getByRole("region", { name: "others" }), "c");
  const scrubber = page.getByRole("slider", { name: "Moment" });
  await scrubber.focus();
  await page.keyboard.press("Home");
  await until(async () => (await state(page).getByRole("region").count()) === 1, "only one table had something");
  await shows(state(page), "1 entity");
  await page.keyboard.press("ArrowRight");
  await shows(state(page), "2 entities");
  assert.match(page.url(), /at_op=2/);
  await page.reload();
  await shows(state(page), "2 entities");
  await shows(page.locator(".bar"), "2 Jan 2026");
});

scenario("two moments are compared", async (t) => {
  const { page, slug, open } = t;
  await history(t);
  await open(`#/${slug}/time?from=2`);
  const things = state(page).getByRole("region", { name: "things" });
  await shows(things, "0 new, 1 changed, 1 gone");
  await shows(state(page).getByRole("region", { name: "others" }), "1 new, 0 changed, 0 gone");
  assert.deepEqual((await things.getByRole("row", { name: /^a/ }).innerText()).split(/\s+/), [
    "a",
    "changed",
    "n",
    "1",
    "2",
  ]);
  await page.getByRole("slider", { name: "Earlier" }).fill("5");
  await shows(state(page), "The two moments do not differ.");
});

scenario("a click on the histogram goes to that time", async (t) => {
  const { page, slug, open } = t;
  await history(t);
  await open(`#/${slug}/time`);
  const chart = page.locator(".u-over");
  const box = await chart.boundingBox();
  await chart.click({ position: { x: box.width * 0.3, y: 20 } });
  await until(() => page.url().includes("at_op=2"), "the moment is after the second operation");
});
