import { scenario, shows, until } from "./scenario.mjs";

scenario("the matrix leads to the entities", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "a" });
  await append("INS", { id: "b/c" });
  await append("ALT", { id: "a", n: 1 });
  await append("INS", { id: "p" }, { table: "people" });
  await open(`#/${slug}/gaps`);
  await page.getByRole("link", { name: "Never altered in things: 1" }).click();
  const panel = page.getByRole("complementary", { name: "Never altered in things" });
  await shows(panel, "b/c");
  await page.reload();
  await panel.getByRole("link", { name: "b/c" }).click();
  await page.getByRole("heading", { name: "b/c" }).waitFor();
});

scenario("an instance without tables says so", async ({ page, slug, create, open }) => {
  await create();
  await open(`#/${slug}/gaps`);
  await shows(page.locator("main"), "There are no tables yet.");
  await until(async () => (await page.getByRole("table").count()) === 0, "no matrix");
});
