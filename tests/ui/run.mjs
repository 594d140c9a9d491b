// Runs one scenario: node run.mjs FILE NAME. The environment says where browser and server are (tests/support/page.py).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { register, found, until } from "./scenario.mjs";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const { UI_BROWSER, UI_URL, UI_SLUG, UI_RUN_DIR, UI_REPORT, UI_TOKEN } = process.env;
const authorization = UI_TOKEN ? { Authorization: `Bearer ${UI_TOKEN}` } : {};
const [file, name] = process.argv.slice(2);
const WAIT_MS = 40_000;
const killed = new Map(); // name of a process → the pid that was killed last

async function api(method, path, body, headers = {}) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(UI_URL + path, { method, body: text, headers: { ...authorization, ...headers } });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

function server(slug) {
  return {
    api,
    create: (name = slug) => api("POST", "/instances", { slug: name }),
    append: (op, target, context = { table: "things" }, frame = {}) =>
      api("POST", `/${slug}/operations`, { op, target, context, frame }),
    seed: (operations) =>
      api("POST", `/instances/${slug}/seed`, operations.map((op) => JSON.stringify(op)).join("\n") + "\n", {
        "Content-Type": "application/x-ndjson",
      }),
    demo: () => api("POST", "/demo/seed"),
    // The file is gone while there is no such process, and names the one killed before until its end is noticed.
    async kill(name) {
      const read = () => Number(readFileSync(`${UI_RUN_DIR}/pids/${name}.pid`, "utf8"));
      const pid = await until(() => read() !== killed.get(name) && read(), `${name} runs`);
      process.kill(pid, "SIGKILL");
      killed.set(name, pid);
      console.log(`killed ${name} ${pid}`); // tests/support/page.py tells the stack that it was on purpose
    },
  };
}

register(await import(`./${file}.mjs`));
const scenario = found(name);
const browser = await chromium.connectOverCDP(UI_BROWSER);
const { width = 1280, height = 800, colorScheme = "light", ...more } = scenario.options;
const context = await browser.newContext({ viewport: { width, height }, colorScheme, ...more });
context.setDefaultTimeout(WAIT_MS);
const page = await context.newPage();
const troubles = [];
page.on("pageerror", (error) => troubles.push(`exception: ${error.stack}`));
page.on("console", (message) => {
  // A request that fails is the server's word, which the page shows; scenarios look at that themselves.
  if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
    troubles.push(message.text());
});

const tools = {
  ...server(UI_SLUG),
  browser,
  context,
  page,
  slug: UI_SLUG,
  url: UI_URL,
  report: UI_REPORT,
  require,
  open: (hash) => page.goto(`${UI_URL}/ui${hash}`),
};
let failure;
try {
  await scenario.run(tools);
  if (troubles.length) throw new Error(`the page complained:\n${troubles.join("\n")}`);
} catch (error) {
  failure = error;
  const picture = `${UI_REPORT}/${file}-${name.replace(/[^a-z0-9]+/gi, "-")}.png`;
  await page.screenshot({ path: picture }).catch(() => undefined);
  console.error(error.stack, "\n", troubles.join("\n"), `\n${page.url()}\npicture: ${picture}`);
}
await context.close();
process.exit(failure ? 1 : 0);
