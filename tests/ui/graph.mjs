import { writeFileSync } from "node:fs";
import { assert, scenario, shows, until } from "./scenario.mjs";

const size = (page) => page.getByTestId("graph-size");

async function chain({ create, append }) {
  await create();
  for (const id of ["a", "b", "c", "d"]) await append("INS", { id });
  await append("CON", { source: "a", target: "b", coupling: 0.9 });
  await append("CON", { source: "b", target: "c", coupling: 0.6 });
  await append("CON", { source: "c", target: "d", coupling: 0.2 });
}

scenario("all edges, by stance and coupling", async (t) => {
  const { page, slug, open } = t;
  await chain(t);
  await open(`#/${slug}/graph`);
  await shows(size(page), "4 nodes, 3 edges, 1 cluster");
  await page.getByRole("button", { name: "accidental" }).click();
  await shows(size(page), "3 nodes, 2 edges, 1 cluster");
  await page.getByRole("slider").fill("0.7");
  await shows(size(page), "2 nodes, 1 edge, 1 cluster");
  await page.reload();
  await shows(size(page), "2 nodes, 1 edge, 1 cluster");
});

scenario("from an entity, by hops, and on to the next", async (t) => {
  const { page, slug, open } = t;
  await chain(t);
  await open(`#/${slug}/graph?entity=a`);
  await shows(size(page), "2 nodes, 1 edge");
  await page.getByRole("combobox", { name: "Hops" }).selectOption("3");
  await shows(size(page), "4 nodes, 3 edges");
  await page.getByRole("button", { name: /^c / }).click();
  await shows(page.locator("aside"), "← b");
  await page.getByRole("link", { name: "From here" }).click();
  await until(() => page.url().includes("entity=c"), "the graph begins at c");
});

scenario("a click on a node chooses it", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "only", name: "The only one" });
  await open(`#/${slug}/graph?entity=only`);
  const canvas = page.locator("canvas");
  await shows(size(page), "1 node, 0 edges");
  await until(async () => {
    const box = await canvas.boundingBox();
    await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
    return page.url().includes("sel=only");
  }, "the node is chosen");
  await shows(page.locator("aside"), "The only one");
});

scenario("2,000 nodes are laid out while the page stays alive", async ({ page, slug, create, seed, open, report }) => {
  const NODES = 2_000;
  const FRAMES = 20;
  const operations = [];
  for (let n = 0; n < NODES; n++) operations.push({ op: "INS", target: { id: `n${n}` }, context: { table: "things" } });
  for (let n = 1; n < NODES; n++) {
    operations.push({
      op: "CON",
      target: { source: `n${n}`, target: `n${Math.floor(n / 3)}`, coupling: (n % 10) / 10 },
    });
    operations.push({ op: "CON", target: { source: `n${n}`, target: `n${(n * 7) % NODES}`, coupling: 0.5 } });
  }
  await create();
  await seed(operations);
  await open(`#/${slug}/graph`);
  await shows(size(page), "2,000 nodes");
  const frames = await page.evaluate(
    (frames) =>
      new Promise((resolve) => {
        const found = [];
        let before = performance.now();
        const next = (now) => {
          found.push(now - before);
          before = now;
          if (found.length < frames) requestAnimationFrame(next);
          else resolve(found.sort((a, b) => a - b));
        };
        requestAnimationFrame(next);
      }),
    FRAMES,
  );
  const record = {
    nodes: NODES,
    edges: 2 * (NODES - 1),
    frame_ms: { median: frames[FRAMES / 2], longest: frames[FRAMES - 1] },
  };
  console.log(JSON.stringify(record));
  writeFileSync(`${report}/graph-frames.json`, JSON.stringify(record, null, 2) + "\n");
  await page.getByRole("searchbox", { name: "Find a node" }).fill("n1999");
  await page.getByRole("button", { name: /^n1999/ }).click();
  await shows(page.locator("aside"), "n666");
  assert.equal(await page.getByRole("img", { name: /^Graph of 2,000 nodes/ }).count(), 1);
});
