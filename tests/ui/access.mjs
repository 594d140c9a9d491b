// Every view with axe-core, in both schemes and at a phone's width.
import { readFileSync } from "node:fs";
import { assert, scenario, until } from "./scenario.mjs";

const VIEWS = {
  instances: "#/",
  live: "#/demo/live?sel=41",
  table: "#/demo/tables/places?dead=1",
  entity: "#/demo/entity/places/pl3",
  graph: "#/demo/graph",
  query: "#/demo/query?q=state(context.table%3Dpeople)+>>+CON()",
  "query in JSON": "#/demo/query?q=stream()&as=json",
  "query, asked anew": "#/demo/query",
  time: "#/demo/time?from=20",
  write: "#/demo/write/INS",
  snapshot: "#/demo/write/snapshot",
  gaps: "#/demo/gaps/places?gap=never_connected",
  webhooks: "#/demo/webhooks",
  system: "#/:system",
  "faults_e5 a page that is not there": "#/demo/nothing",
  "faults_e5 an instance that is not there": "#/nowhere/live",
};

async function look({ page, open, demo, api, require }) {
  await demo();
  await api("POST", "/demo/webhooks", { url: "http://127.0.0.1:9/hook" });
  const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const found = [];
  for (const [name, hash] of Object.entries(VIEWS)) {
    await open("#/");
    await open(hash);
    await until(async () => (await page.locator("main h1").count()) > 0, `${name} stands`);
    await until(async () => (await page.locator(".loading").count()) === 0, `${name} is loaded`);
    await page.evaluate(source);
    // The size of targets is a rule of WCAG 2.2, which axe leaves out unless it is asked.
    const rules = { "target-size": { enabled: true } };
    const { violations } = await page.evaluate(
      (rules) => window.axe.run(document, { resultTypes: ["violations"], rules }),
      rules,
    );
    found.push(
      ...((await page.evaluate(() => document.querySelector('meta[name="description"]')?.content ?? ""))
        ? []
        : [`${name}: no description`]),
    );
    for (const one of violations)
      found.push(
        `${name}: ${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("\n   ")}`,
      );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${name}: ${wide} px wider than the window`);
  }
  assert.equal(found.join("\n\n"), "");
}

scenario("light, wide", look, { colorScheme: "light" });
scenario("dark, wide", look, { colorScheme: "dark" });
scenario("light, on a phone", look, { colorScheme: "light", width: 390, height: 780, hasTouch: true });
scenario("dark, on a phone", look, { colorScheme: "dark", width: 390, height: 780, hasTouch: true });
