import { assert, scenario, shows, until } from "./scenario.mjs";

const grid = (page) => page.getByRole("grid");
const ids = (page) => page.locator(".cell-id a").allInnerTexts();

scenario(
  "a table is a grid with the columns found in it, and follows the log",
  async ({ page, slug, create, append, open }) => {
    await create();
    await append("INS", { id: "a", size: 3 });
    await append("INS", { id: "b", colour: "red" });
    await open(`#/${slug}/tables/things`);
    await shows(grid(page), "colour");
    await shows(grid(page), "size");
    await append("INS", { id: "c", weight: 7 });
    await shows(grid(page), "weight");
    await append("ALT", { id: "a", size: 4 });
    await until(async () => (await grid(page).innerText()).includes("4"), "the change is shown");
  },
);

scenario("it is sorted and filtered by the server, in the address", async ({ page, slug, create, append, open }) => {
  await create();
  for (const [id, n] of [
    ["a", 2],
    ["b", 10],
    ["c", 1],
  ])
    await append("INS", { id, n });
  await open(`#/${slug}/tables/things`);
  await page.getByRole("button", { name: "n", exact: true }).click();
  await until(async () => String(await ids(page)) === "c,a,b", "sorted upwards");
  await page.getByRole("button", { name: "n", exact: true }).click();
  await until(async () => String(await ids(page)) === "b,a,c", "sorted downwards");
  await page.keyboard.press("/");
  await page.keyboard.type("n>=2");
  await page.keyboard.press("Enter");
  await until(async () => String(await ids(page)) === "b,a", "filtered");
  await page.reload();
  await until(async () => String(await ids(page)) === "b,a", "the address has both");
  await page.getByRole("textbox", { name: "Filter" }).fill("n>=");
  await page.keyboard.press("Enter");
  await shows(page.getByRole("alert"), "Expected a value");
});

scenario("superposed, destroyed, designated and dead ones are marked", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "a", hours: "9-5", rating: 4 });
  await append("SUP", {
    id: "a",
    field: "hours",
    variants: [
      { source: "door", value: "9-5" },
      { source: "web", value: "9-6" },
    ],
  });
  await append("NUL", { entity_id: "a", field: "rating" });
  await append("DES", { id: "a", known_for: "hinges" });
  await append("SEG", { id: "a", boundary: "north" });
  await append("INS", { id: "gone" });
  await append("NUL", { id: "gone" });
  await open(`#/${slug}/tables/things`);
  await shows(page.locator(".superposed"), "9-6");
  await shows(page.locator(".destroyed"), "destroyed");
  await shows(page.locator(".mark.des"), "known_for hinges");
  await shows(page.locator(".mark.seg"), "north");
  assert.deepEqual(await ids(page), ["a"]);
  await page.getByRole("checkbox", { name: "Dead ones too" }).check();
  await until(async () => String(await ids(page)) === "a,gone", "dead ones are shown");
});

scenario("a long table is shown in pages and stays light", async ({ page, slug, create, seed, open }) => {
  await create();
  const name = (n) => `e${String(n).padStart(4, "0")}`;
  await seed(
    Array.from({ length: 1500 }, (_, n) => ({ op: "INS", target: { id: name(n), n }, context: { table: "things" } })),
  );
  await open(`#/${slug}/tables/things`);
  await shows(grid(page), "e0000");
  await grid(page).focus();
  await until(async () => {
    await page.keyboard.press("End");
    return (await ids(page)).includes(name(1499));
  }, "the last entity is shown");
  assert.ok((await page.getByRole("row").count()) < 100, "only what is in sight is in the document");
});

scenario("keys choose a row and open it", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "first/one" });
  await append("INS", { id: "second" });
  await open(`#/${slug}/tables/things`);
  await shows(grid(page), "second");
  await grid(page).focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "first/one" }).waitFor();
});

scenario("a past state is one address away", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "a", n: 1 });
  await append("ALT", { id: "a", n: 2 });
  await append("INS", { id: "b" });
  await open(`#/${slug}/tables/things?at_op=1`);
  await shows(page.locator("main"), "As it was after operation 1.");
  await until(async () => String(await ids(page)) === "a", "only what was there");
  await page.getByRole("link", { name: "Back to now" }).click();
  await until(async () => String(await ids(page)) === "a,b", "now again");
});

scenario(
  "an entity shows provenance, superpositions, edges and its biography",
  async ({ page, slug, create, append, open }) => {
    await create();
    await append(
      "INS",
      { id: "p1", name: "Fern & Iron", hours: "9-5" },
      { table: "things" },
      { source: "walk", epistemic: "observed" },
    );
    await append("SUP", {
      id: "p1",
      field: "hours",
      variants: [
        { source: "door", value: "9-5" },
        { source: "web", value: "9-6" },
      ],
    });
    await append("INS", { id: "anna" }, { table: "people" });
    await append("CON", { source: "anna", target: "p1", coupling: 0.8, role: "owner" });
    await open(`#/${slug}/entity/things/p1`);
    await shows(page.getByRole("region", { name: "Fields" }), "observed");
    await shows(page.getByRole("list", { name: "Superposed values" }), "9-6");
    await shows(page.getByRole("region", { name: "Edges" }), "role owner");
    const biography = page.getByRole("region", { name: "Biography" });
    await shows(biography, "3 operations");
    await page.getByRole("region", { name: "Edges" }).getByRole("link", { name: "anna" }).click();
    await page.getByRole("heading", { name: "anna" }).waitFor();
    await shows(page.locator(".bar"), "people");
  },
);

scenario("an entity is shown as it was at any of its operations", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "p1", status: "planned" });
  await append("ALT", { id: "p1", status: "open" });
  await append("ALT", { id: "p1", status: "closed" });
  await open(`#/${slug}/entity/things/p1`);
  const fields = page.getByRole("region", { name: "Fields" });
  await shows(fields, "closed");
  await page.getByRole("slider", { name: "Moment" }).focus();
  await page.keyboard.press("ArrowLeft");
  await shows(fields, "open");
  await page.keyboard.press("ArrowLeft");
  await shows(fields, "planned");
  await until(() => page.url().includes("at_op=1"), "the moment is in the address");
  await page.reload();
  await shows(fields, "planned");
  await page.getByRole("button", { name: "Back to now" }).click();
  await shows(fields, "closed");
  await append("ALT", { id: "p1", status: "gone fishing" });
  await shows(fields, "gone fishing");
});
