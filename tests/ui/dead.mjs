import { endpoint, registered } from "./endpoint.mjs";
import { assert, scenario, shows, until } from "./scenario.mjs";

scenario("what was given up is listed, and sent again", async (t) =>
  endpoint(async (hook) => {
    const { page, append } = t;
    const panel = await registered(t, hook);
    await append("INS", { id: "sound" });
    await until(() => hook.got.length === 1, "the first arrives");
    hook.status = 500;
    await append("INS", { id: "lost" });
    await panel.getByRole("button", { name: "Given up (1)" }).click();
    await shows(panel.getByRole("table"), "HTTP 500");
    assert.match(page.url(), /tab=dead/);
    hook.status = 200;
    await panel.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("radio", { name: "What was given up (1)" }).check();
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await shows(panel, "Nothing was given up.");
    assert.equal(hook.got.at(-1).body.target.id, "lost");
  }),
);
