import { assert, scenario, shows, until } from "./scenario.mjs";

const editor = (page) => page.getByRole("textbox", { name: "Query" });

async function town({ create, append }) {
  await create();
  await append("INS", { id: "p1", name: "Fern & Iron", status: "open" }, { table: "places" });
  await append("INS", { id: "p2", name: "Mill", status: "shut" }, { table: "places" });
  await append("INS", { id: "anna", name: "Anna" }, { table: "people" });
  await append("CON", { source: "anna", target: "p1", coupling: 0.9, role: "owner" });
}

scenario("a query is asked with Ctrl Enter, and stands in the address", async (t) => {
  const { page, slug, open } = t;
  await town(t);
  await open(`#/${slug}/query`);
  await editor(page).click();
  await page.keyboard.type("state(context.table=places, status=open");
  await page.keyboard.press("Control+Enter");
  await shows(page.getByRole("grid"), "Fern & Iron");
  await shows(page.locator(".tally"), "1 found");
  assert.match(decodeURIComponent(page.url().replaceAll("+", " ")), /status=open\)/);
  await page.reload();
  await shows(page.getByRole("grid"), "Fern & Iron");
  await page.getByRole("button", { name: "JSON" }).click();
  await shows(page.locator("pre"), '"type": "state"');
});

scenario("an error is shown at its position", async ({ page, slug, create, open }) => {
  await create();
  await open(`#/${slug}/query?q=${encodeURIComponent('state(name="Käse", total>=)')}`);
  await shows(page.getByRole("alert"), "Expected a value for 'total'");
  const marked = page.locator(".editor .cm-lintRange-error");
  assert.equal(await marked.innerText(), ")", "the byte position is that of the character");
});

scenario("tables and fields are completed", async (t) => {
  const { page, slug, open } = t;
  await town(t);
  await open(`#/${slug}/query`);
  await editor(page).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("state(context.table=pla");
  await page.locator(".editor").getByRole("option", { name: "places" }).click();
  await page.keyboard.type(", sta");
  await page
    .locator(".editor")
    .getByRole("option", { name: /^status/ })
    .click();
  await page.keyboard.type("shut");
  await page.keyboard.press("Control+Enter");
  await shows(page.getByRole("grid"), "Mill");
});

scenario("operations, connections and history", async (t) => {
  const { page, slug, open } = t;
  await town(t);
  await open(`#/${slug}/query?q=${encodeURIComponent("stream(op=CON)")}`);
  await shows(page.getByRole("list", { name: "Operations found" }), "anna → p1");
  await open(`#/${slug}/query?q=${encodeURIComponent("state(context.table=people) >> CON()")}`);
  await shows(page.getByRole("grid", { name: "Entities reached" }), "Fern & Iron");
  await shows(page.getByRole("region", { name: "Edges followed" }), "role owner");
  await page.getByRole("button", { name: "Graph" }).click();
  await page.getByRole("img", { name: "Graph of 2 nodes and 1 edge" }).waitFor();
  await open(`#/${slug}/query`);
  await page.getByRole("button", { name: "stream(op=CON)" }).click();
  await shows(page.getByRole("list", { name: "Operations found" }), "anna → p1");
});

scenario("a replay profile can be chosen", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "a", hours: "9-5" });
  await append("SUP", { id: "a", field: "hours", variants: ["9-5", "9-6"] });
  await append("INS", { id: "profile-first", conflict: "collapse", boundary: "unified" }, { table: "_rules" });
  await open(`#/${slug}/query?q=things`);
  await shows(page.locator(".superposed"), "9-6");
  await page.getByRole("combobox", { name: "Replay" }).selectOption("first");
  await until(async () => (await page.locator(".superposed").count()) === 0, "it is collapsed");
});
