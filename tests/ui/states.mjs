// What each view shows where there is nothing to show: yet, not at all, or because the server is away.
import { assert, scenario, shows, until } from "./scenario.mjs";

const EMPTY = {
  live: "Nothing has happened here yet.",
  tables: "There are no tables yet.",
  graph: "There are no edges to show.",
  query: "There is nothing to ask about yet.",
  time: "Nothing has happened here yet.",
  gaps: "There are no tables yet.",
  webhooks: "No webhook is registered.",
  "entity/things/a": "Nothing is known of “a”.",
};
const FULL = {
  live: "e1",
  "tables/things": "e1",
  "entity/things/e1": "name One",
  graph: "2 nodes, 1 edge",
  "query?q=state(id=e1)": "e1",
  time: "2 entities",
  gaps: "Never designated",
  webhooks: "http://127.0.0.1:9/hook",
};

async function fill({ create, append, api, slug }) {
  await create();
  await append("INS", { id: "e1", name: "One" });
  await append("INS", { id: "e2" });
  await append("CON", { source: "e1", target: "e2", coupling: 0.5 });
  await api("POST", `/${slug}/webhooks`, { url: "http://127.0.0.1:9/hook", filter: ["NUL"] });
}

const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
const main = (page) => page.locator("main");

scenario("each view of an empty instance says what to do", async ({ page, slug, create, open }) => {
  await create();
  for (const [view, sentence] of Object.entries(EMPTY)) {
    await open(`#/${slug}/${view}`);
    await shows(main(page), sentence);
    assert.equal(await main(page).locator(".loading").count(), 0, view);
  }
});

// Each view in a page of its own, all of them at once: waiting is most of it.
async function inAll({ context, url }, action) {
  const pages = await Promise.all(
    Object.keys(FULL).map(async (view) => {
      const page = await context.newPage();
      await page.goto(`${url}/ui#/`);
      await page.getByRole("heading", { name: "Instances" }).waitFor();
      return { page, view, text: FULL[view] };
    }),
  );
  await Promise.all(pages.map(action));
  return pages;
}

scenario("without the server no part of the page can be loaded, until it is back", async (t) => {
  await fill(t);
  const pages = await inAll(t, () => undefined);
  await t.context.setOffline(true);
  await Promise.all(
    pages.map(async ({ page, view }) => {
      await go(page, `/${t.slug}/${view}`);
      await shows(main(page), "This part of the page could not be loaded");
    }),
  );
  await t.context.setOffline(false);
  await Promise.all(pages.map(({ page, text }) => shows(main(page), text)));
});

scenario("each view says that the server is away, and comes back by itself", async (t) => {
  const { api, slug, context } = t;
  await fill(t);
  await api("POST", "/instances", { slug: `${slug}-other` });
  const pages = await inAll(t, async ({ page, view }) => {
    await go(page, `/${slug}-other/${view}`);
    await until(async () => (await page.locator("main .view, main .state-title").count()) > 0, `${view} is loaded`);
    await until(async () => (await page.locator("main .loading").count()) === 0, `${view} stands`);
  });
  await context.setOffline(true);
  await Promise.all(
    pages.map(async ({ page, view }) => {
      await go(page, `/${slug}/${view}`);
      await shows(page.locator("body"), "The server cannot be reached");
    }),
  );
  await context.setOffline(false);
  await Promise.all(
    pages.map(async ({ page, text }) => {
      await shows(main(page), text);
      await until(async () => (await main(page).getByRole("alert").count()) === 0, "nothing is amiss any more");
    }),
  );
});

scenario("a view that waits for the server says so", async (t) => {
  const { slug, context } = t;
  await fill(t);
  const held = [];
  // The list of instances and the page itself come; what a view asks for is held back.
  await context.route(new RegExp(`/${slug}/`), (route) => held.push(route));
  const loading = Object.keys(FULL).filter((view) => view !== "live");
  const pages = await inAll(t, async ({ page, view }) => {
    await go(page, `/${slug}/${view}`);
    if (loading.includes(view)) await main(page).locator(".loading").first().waitFor();
  });
  await context.unroute(new RegExp(`/${slug}/`));
  await Promise.all(held.map((route) => route.continue().catch(() => undefined)));
  await Promise.all(pages.map(({ page, text }) => shows(main(page), text)));
});
