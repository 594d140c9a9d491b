import { writeFileSync } from "node:fs";
import { assert, scenario, shows, until } from "./scenario.mjs";

const list = (page) => page.getByRole("list", { name: "Operations" });
const rows = (page) => list(page).getByRole("listitem");

scenario("operations appear as they are committed, newest first", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "before", colour: "red" });
  await open(`#/${slug}/live`);
  await shows(list(page), "before");
  await append("ALT", { id: "before", colour: "blue" });
  await shows(rows(page).first(), "colour blue");
  await append("CON", { source: "a", target: "b", coupling: 0.9 });
  await shows(rows(page).first(), "a → b");
});

scenario("values are data, not markup", async ({ page, slug, create, append, open }) => {
  const evil = '<img src=x onerror="window.hurt = 1"><script>window.hurt = 1</script>';
  await create();
  await append("INS", { id: evil, note: evil }, { table: evil });
  await open(`#/${slug}/live?sel=1`);
  await shows(list(page), evil);
  await shows(page.locator("aside pre"), "onerror=");
  assert.equal(await page.locator("main img").count(), 0);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
});

scenario("numbers are shown as they were sent", async ({ page, slug, create, api, open }) => {
  await create();
  await api(
    "POST",
    `/${slug}/operations`,
    '{"op":"INS","target":{"id":"n","price":1.10,"long":12345678901234567890.5}}',
  );
  await open(`#/${slug}/live?sel=1`);
  await shows(page.locator("aside pre"), '"price": 1.10');
  await shows(page.locator("aside pre"), '"long": 12345678901234567890.5');
});

scenario("filters stand in the address and hold for what comes", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "one" });
  await append("INS", { id: "two" }, { table: "others" });
  await open(`#/${slug}/live`);
  await shows(list(page), "two");
  await page.getByRole("button", { name: "ALT" }).click();
  await shows(page.locator("main"), "No operation passes these filters yet.");
  await append("INS", { id: "three" });
  await append("ALT", { id: "one", n: 1 });
  await shows(rows(page).first(), "n 1");
  assert.equal(await rows(page).count(), 1);
  assert.match(page.url(), /op=ALT/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("textbox", { name: "Entity" }).fill("two");
  await page.keyboard.press("Enter");
  await until(async () => (await rows(page).count()) === 1, "only one entity's operations are shown");
  await page.reload();
  await shows(rows(page).first(), "two");
  assert.equal(await rows(page).count(), 1);
});

scenario("paused, it holds still; then it catches up", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "first" });
  await open(`#/${slug}/live`);
  await shows(list(page), "first");
  await page.keyboard.press("p");
  await append("INS", { id: "second" });
  await append("INS", { id: "third" });
  await page.getByRole("button", { name: "2 new, catch up" }).waitFor();
  assert.equal(await rows(page).count(), 1);
  await page.getByRole("button", { name: "2 new, catch up" }).click();
  await shows(rows(page).first(), "third");
  assert.equal(await rows(page).count(), 3);
});

scenario("an operation opens with its whole JSON and leads on", async ({ page, slug, create, append, open }) => {
  await create();
  await append(
    "INS",
    { id: "thing one", depth: { a: [1, 2] } },
    { table: "things", trace_id: "t-9" },
    { source: "walk" },
  );
  await open(`#/${slug}/live`);
  await rows(page).first().click();
  await shows(page.locator("aside"), "t-9");
  await shows(page.locator("aside pre"), '"source": "walk"');
  assert.match(page.url(), /sel=1/);
  assert.equal(
    await page.locator("aside").getByRole("link", { name: "thing one" }).getAttribute("href"),
    `#/${slug}/entity/things/thing%20one`,
  );
  await page.keyboard.press("Escape");
  await until(async () => (await page.locator("aside").count()) === 0, "it is closed");
  await page.keyboard.press("j");
  await shows(page.locator("aside"), "t-9");
});

scenario("older operations are fetched on request", async ({ page, slug, create, seed, open }) => {
  await create();
  await seed(Array.from({ length: 700 }, (_, n) => ({ op: "INS", target: { id: `e${n + 1}` } })));
  await open(`#/${slug}/live`);
  await shows(list(page), "e700");
  await list(page).focus();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "Show older operations" }).click();
  await until(async () => {
    await page.keyboard.press("End");
    return (await list(page).innerText()).includes("e1\n");
  }, "the first operation is shown");
});

scenario("with the streamer killed nothing is lost", async ({ page, slug, create, append, kill, open }) => {
  await create();
  await append("INS", { id: "e1" });
  await open(`#/${slug}/live`);
  await shows(page.locator(".link"), "live");
  for (let round = 0; round < 3; round++) {
    await kill("streamer");
    for (let n = 0; n < 20; n++) await append("INS", { id: `e${round * 20 + n + 2}` });
  }
  await shows(rows(page).first(), "e61");
  const ids = [];
  await until(async () => {
    ids.splice(0, ids.length, ...(await rows(page).evaluateAll((all) => all.map((row) => Number(row.dataset.id)))));
    return ids.length > 20;
  }, "rows are shown");
  assert.deepEqual(
    ids,
    ids.map((_, index) => 61 - index),
    "each operation once, in order",
  );
  await shows(page.locator(".tally"), "61 operations");
});

scenario("an instance made anew starts the list anew", async ({ page, slug, create, append, api, open }) => {
  await create();
  for (let n = 0; n < 5; n++) await append("INS", { id: `old${n}` });
  await open(`#/${slug}/live`);
  await shows(list(page), "old4");
  await api("DELETE", `/instances/${slug}`);
  await create();
  await append("INS", { id: "new0" });
  await shows(list(page), "new0");
  assert.equal(await rows(page).count(), 1);
});

scenario("5,000 operations a second pass without a stutter", async ({ page, slug, create, seed, open, report }) => {
  const RATE = 5_000;
  const BATCH = 250;
  const SECONDS = 4;
  await create();
  await open(`#/${slug}/live`);
  await shows(page.locator(".link"), "live");
  await page.evaluate(() => {
    window.frames_ms = [];
    let before = performance.now();
    const next = (now) => {
      window.frames_ms.push(now - before);
      before = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const batch = (from) =>
    Array.from({ length: BATCH }, (_, n) => ({
      op: "INS",
      target: { id: `e${from + n}`, name: `Entity ${from + n}`, n },
    }));
  const start = Date.now();
  for (let sent = 0; sent < RATE * SECONDS; sent += BATCH) {
    const due = start + (sent / RATE) * 1000 - Date.now();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    await seed(batch(sent + 1));
  }
  const seconds = (Date.now() - start) / 1000;
  await shows(page.locator(".tally"), `${(RATE * SECONDS).toLocaleString("en")} operations`);
  await shows(rows(page).first(), `e${RATE * SECONDS}`);
  const frames = (await page.evaluate(() => window.frames_ms)).sort((a, b) => a - b);
  const at = (share) => Number(frames[Math.floor((frames.length - 1) * share)].toFixed(1));
  const record = {
    operations_per_second: Math.round((RATE * SECONDS) / seconds),
    frames: frames.length,
    frame_ms: { median: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1) },
  };
  console.log(JSON.stringify(record));
  writeFileSync(`${report}/live-frames.json`, JSON.stringify(record, null, 2) + "\n");
  assert.ok(frames.length > 10, "frames were painted meanwhile");
});
