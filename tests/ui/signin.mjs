import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { assert, scenario, shows, until } from "./scenario.mjs";

const ctl = (...words) =>
  JSON.parse(execFileSync(process.env.UI_CHOREOCTL, ["--json", "token", ...words], { stdio: ["ignore", "pipe", 2] }));
const token = (scope, expires = "1h") => ctl("create", "--subject", "somebody", "--scope", scope, "--expires", expires);

const totp = (...words) =>
  JSON.parse(
    execFileSync(process.env.UI_CHOREOCTL, ["--json", "totp", ...words], { stdio: ["ignore", "pipe", "ignore"] }),
  );

// What an authenticator app shows, so many steps of 30 s from now.
function codeOf(secret, away = 0) {
  const bits = [...secret]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + away));
  const mac = createHmac("sha1", key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

const form = (page) => page.getByRole("dialog", { name: "Sign in" });

async function signIn(page, text) {
  await form(page).getByLabel("Token").fill(text);
  await form(page).getByRole("button", { name: "Sign in" }).click();
}
const isIn = (page) => until(async () => (await form(page).count()) === 0, "the form is gone");

scenario("nothing is shown before somebody signs in, nor after they sign out", async (t) => {
  const { page, slug, create, open, require } = t;
  await create();
  await open("#/");
  await shows(form(page), "This server asks who you are.");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(
    violations.map((one) => one.id),
    [],
  );
  await signIn(page, "no token at all");
  await form(page).getByRole("alert").waitFor();
  assert.equal(await page.getByRole("link", { name: slug, exact: true }).count(), 0);
  await signIn(page, token("*:read").token);
  await isIn(page);
  await page.getByRole("link", { name: slug, exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.cookie), "", "no script sees the cookie");
  await page.reload();
  await page.getByRole("link", { name: slug, exact: true }).waitFor();
  await page.getByRole("button", { name: "Sign out somebody" }).click();
  await shows(form(page), "You are signed out.");
  await page.reload();
  await shows(form(page), "This server asks who you are.");
});

scenario("an address that was shared is open once one has signed in", async ({ page, slug, create, append, open }) => {
  await create();
  await append("INS", { id: "e1" });
  await open(`#/${slug}/tables/things`);
  await form(page).waitFor();
  await signIn(page, token(`${slug}:read`).token);
  await shows(page.getByRole("grid"), "e1");
});

scenario("who has a second factor is asked for a code, and signs in with it", async (t) => {
  const { page, slug, create, open, require } = t;
  await create();
  const subject = `someone of ${slug}`;
  const { secret } = totp("enable", subject);
  totp("enable", subject, "--code", codeOf(secret));
  const { token: text } = ctl("create", "--subject", subject, "--scope", "*:read", "--expires", "1h");
  await open("#/");
  const field = form(page).getByLabel("Code");
  await form(page).waitFor();
  assert.equal(await field.count(), 0);
  await signIn(page, text);
  await field.waitFor();
  assert.equal(await form(page).getByRole("alert").count(), 0, "nothing was wrong so far");
  await until(async () => field.evaluate((input) => input === document.activeElement), "the code is to be typed");
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(
    violations.map((one) => one.id),
    [],
  );
  await field.fill("12345");
  await page.keyboard.press("Enter");
  await shows(form(page).getByRole("alert"), "six digits");
  assert.equal(await page.getByRole("link", { name: slug, exact: true }).count(), 0);
  const code = codeOf(secret, 1);
  await field.fill(code);
  await page.keyboard.press("Enter");
  await isIn(page);
  await page.getByRole("link", { name: slug, exact: true }).waitFor();
  await page.getByRole("button", { name: `Sign out ${subject}` }).click();
  await signIn(page, text);
  await field.fill(code);
  await form(page).getByRole("button", { name: "Sign in" }).click();
  await shows(form(page).getByRole("alert"), "used already");
});

scenario("a session that is revoked says so, and the live stream goes on after the next", async (t) => {
  const { page, slug, create, append, open } = t;
  await create();
  await append("INS", { id: "e1" });
  await open(`#/${slug}/live`);
  const first = token("*:read");
  await signIn(page, first.token);
  await shows(page.getByRole("list", { name: "Operations" }), "e1");
  ctl("revoke", first.id);
  await shows(form(page), "The session has ended");
  await append("INS", { id: "e2" });
  await signIn(page, token("*:read").token);
  await append("INS", { id: "e3" });
  const rows = page.getByRole("list", { name: "Operations" }).getByRole("listitem");
  await shows(rows.first(), "e3");
  assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.id))), [3, 2, 1]);
});

// The page's session becomes that of a token with little time left.
const shorten = (page) =>
  until(
    () =>
      page.evaluate(async (text) => {
        const headers = { "Content-Type": "application/json" };
        return (await fetch("/auth/session", { method: "POST", headers, body: JSON.stringify({ token: text }) })).ok;
      }, token("*:write", "3s").token),
    "the session is a short one",
  );

scenario("a session that expires says so, and keeps what was typed", async ({ page, slug, create, api, open }) => {
  await create();
  await open(`#/${slug}/write/INS`);
  await signIn(page, token("*:write").token);
  await isIn(page);
  await page.getByRole("textbox", { name: "Entity" }).fill("typed");
  await shorten(page);
  await shows(form(page), "The session has ended");
  await signIn(page, token("*:write").token);
  await isIn(page);
  await page.getByRole("button", { name: "Append", exact: true }).click();
  await shows(page.locator(".operator [role=status]"), "Appended as operation 1");
  assert.equal((await api("GET", `/${slug}/operations`)).operations[0].target.id, "typed");
});

scenario("who may only read is told what is missing", async ({ page, slug, create, api, open }) => {
  await create();
  await open(`#/${slug}/write/INS`);
  await signIn(page, token(`${slug}:read`).token);
  await isIn(page);
  await page.getByRole("textbox", { name: "Entity" }).fill("a");
  await page.getByRole("button", { name: "Append", exact: true }).click();
  await shows(page.getByRole("alert"), `${slug}:write`);
  assert.equal((await api("GET", `/${slug}/operations`)).head, 0);
  await open("#/:system");
  await shows(page.locator("main"), "All processes run.");
});
