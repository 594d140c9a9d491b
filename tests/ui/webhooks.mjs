import { endpoint, registered } from "./endpoint.mjs";
import { assert, scenario, shows, until } from "./scenario.mjs";

scenario("a webhook is registered, tested, and its deliveries are seen", async (t) =>
  endpoint(async (hook) => {
    const { page, slug, append } = t;
    const panel = await registered(t, hook);
    await panel.getByRole("button", { name: "Test" }).click();
    await shows(panel, "The test was delivered, 200");
    await append("INS", { id: "a" });
    await append("ALT", { id: "a", n: 1 });
    await until(() => hook.got.some((one) => one.body.op === "INS"), "the operation arrived");
    await shows(panel, "operation 1");
    assert.ok(!hook.got.some((one) => one.body.op === "ALT"), "the filter holds");
    await panel.getByRole("button", { name: /operation 1/ }).click();
    await shows(panel.locator("pre"), "answered 200");
    assert.match(page.url(), new RegExp(`#/${slug}/webhooks/wh_`));
  }),
);

scenario("failures are shown, and what was sent is sent again", async (t) =>
  endpoint(async (hook) => {
    const { page, append } = t;
    const panel = await registered(t, hook);
    hook.status = 500;
    await append("INS", { id: "a" });
    await shows(panel, "failing");
    await shows(panel, "500");
    hook.status = 200;
    await shows(panel, "active");
    const before = hook.got.length;
    await panel.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("radio", { name: "These operations" }).check();
    await page.getByRole("textbox", { name: "Their ids" }).fill("1");
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await shows(panel, "1 operation will be sent again.");
    await until(() => hook.got.length > before, "it was sent again");
    assert.equal(hook.got.at(-1).headers["webhook-id"], hook.got[0].headers["webhook-id"]);
  }),
);

scenario("it is changed, paused, enabled, given a new secret, and removed", async (t) =>
  endpoint(async (hook) => {
    const { page, slug, api } = t;
    const panel = await registered(t, hook);
    const now = async () => (await api("GET", `/${slug}/webhooks`)).webhooks[0];
    await panel.getByRole("button", { name: "Change" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "ALT" }).click();
    await page.getByRole("textbox", { name: "Note" }).fill("ours");
    await page.getByRole("dialog").getByRole("button", { name: "Change" }).click();
    await until(
      async () => String((await now()).filter) === "INS,ALT" && (await now()).description === "ours",
      "it was changed",
    );
    await panel.getByRole("button", { name: "Pause" }).click();
    await shows(panel, "Paused");
    await panel.getByRole("button", { name: "Enable" }).click();
    await until(async () => (await now()).active, "it is active again");
    await panel.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await shows(page.getByRole("dialog", { name: "The secret" }), "whsec_");
    await page.keyboard.press("Escape");
    await panel.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await shows(page.locator("main"), "No webhook is registered.");
  }),
);

scenario("a refused registration says why", async ({ page, slug, create, open }) => {
  await create();
  await open(`#/${slug}/webhooks`);
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("textbox", { name: "Address" }).fill("http://user:word@example.org/");
  await page.getByRole("dialog").getByRole("button", { name: "Register" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
});
