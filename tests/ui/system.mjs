import { scenario, shows, until } from "./scenario.mjs";

scenario("every process is shown with its health, version and counts", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "a" });
  await open("#/:system");
  const table = page.getByRole("region", { name: "Processes" });
  for (const name of ["choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"]) await shows(table, name);
  await shows(table, "operations ");
  await shows(page.locator(".bar"), "ok");
  await page.getByRole("region", { name: "Operations a second" }).getByRole("img").waitFor();
});

scenario("a process that was killed is told of until it is back", async ({ page, kill, api, open }) => {
  await open("#/:system");
  await shows(page.locator(".bar"), "ok");
  const pid = async () => (await api("GET", "/health")).components.find((one) => one.name === "choreo-dispatcher").pid;
  const old = await pid();
  await kill("dispatcher");
  const now = await until(async () => {
    const found = await pid();
    return found !== old && found;
  }, "it was started again");
  await shows(page.getByRole("region", { name: "Processes" }), String(now));
});
