import { assert, scenario, shows, until } from "./scenario.mjs";

scenario("instances are made, listed and deleted by typing their name", async ({ page, slug, api, open }) => {
  await open("#/");
  await page.getByRole("button", { name: "New" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("No Slug");
  await page.getByRole("button", { name: "Create" }).click();
  await shows(page.getByRole("alert"), "A slug is 1 to 63");
  await page.getByRole("textbox", { name: "Name" }).fill(slug);
  await page.getByRole("button", { name: "Create" }).click();
  await until(() => page.url().endsWith(`#/${slug}/live`), "the new instance is open");
  await shows(page.locator("main"), "Nothing has happened here yet.");

  await open("#/");
  await page.getByRole("button", { name: `Delete ${slug}` }).click();
  const confirm = page.getByRole("button", { name: "Delete", exact: true });
  assert.equal(await confirm.isDisabled(), true);
  await page.getByRole("textbox").last().fill(slug);
  await confirm.click();
  await until(
    async () => (await page.getByRole("link", { name: slug, exact: true }).count()) === 0,
    "it left the list",
  );
  assert.ok(!(await api("GET", "/instances")).instances.some((one) => one.slug === slug));
});

scenario(
  "an instance shows its size and what happened in the last hour",
  async ({ page, slug, create, seed, open }) => {
    await create();
    await seed(
      Array.from({ length: 30 }, (_, n) => ({ op: "INS", target: { id: `e${n}` }, context: { table: "things" } })),
    );
    await open("#/");
    const row = page.getByRole("row").filter({ hasText: slug });
    await row.getByRole("img", { name: "30 operations in the last hour" }).waitFor();
    await shows(row, "30");
    await shows(row, "KiB");
    await row.getByRole("link", { name: "things" }).waitFor();
  },
);

scenario("the demo is one click away", async ({ page, open }) => {
  await open("#/");
  await page.getByRole("button", { name: "Seed the demo" }).first().click();
  await until(() => page.url().endsWith("#/demo/live"), "the demo is open");
  await shows(page.getByRole("list", { name: "Operations" }), "Pond Café");
});

scenario("keys lead everywhere", async ({ page, slug, create, open }) => {
  await create();
  await open("#/");
  await page.getByRole("link", { name: slug, exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(slug);
  assert.equal(await page.getByRole("searchbox").inputValue(), slug);
  await until(() => page.url().includes(`q=${slug}`), "the filter is in the address");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await shows(page.getByRole("dialog"), "Pause the live view");
  await page.keyboard.press("Escape");
  await until(async () => (await page.getByRole("dialog").count()) === 0, "the list of keys is closed");
  await page.getByRole("link", { name: slug, exact: true }).click();
  await page.getByRole("heading", { name: "Live" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.getByRole("heading", { name: "Instances" }).waitFor();
});

scenario("colours follow the system, or the choice", async ({ page, open }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await open("#/");
  await page.getByRole("heading", { name: "Instances" }).waitFor();
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await until(async () => (await ground()) !== light && ground(), "it is dark with the system");
  await page.getByRole("button", { name: /^Colours/ }).click();
  await until(async () => (await ground()) === light, "light was chosen");
  await page.reload();
  await page.getByRole("heading", { name: "Instances" }).waitFor();
  assert.equal(await ground(), light, "the choice is kept");
  await page.getByRole("button", { name: /^Colours/ }).click();
  await until(async () => (await ground()) === dark, "dark was chosen");
});

scenario("an unknown instance and an unknown page say so", async ({ page, open }) => {
  await open("#/never-was/live");
  await shows(page.locator("main"), "There is no instance “never-was”.");
  await open("#/:nowhere");
  await shows(page.locator("main"), "There is no such page.");
});

scenario("without the server the page says so, and comes back by itself", async ({ page, context, open }) => {
  await open("#/");
  await page.getByRole("heading", { name: "Instances" }).waitFor();
  await context.setOffline(true);
  await shows(page.getByRole("alert"), "The server cannot be reached.");
  await context.setOffline(false);
  await until(async () => (await page.getByRole("alert").count()) === 0, "the page is back");
});
