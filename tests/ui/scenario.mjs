// What scenario files use: scenario("name", async ({ page, … }) => {…}, options), and checks that wait.
import assert from "node:assert/strict";

const all = new Map();

export function scenario(name, run, options = {}) {
  all.set(name, { run, options });
}

export const register = () => all;

export function found(name) {
  const one = all.get(name);
  if (!one) throw new Error(`there is no scenario "${name}"`);
  return one;
}

const LIMIT_MS = 40_000;
const POLL_MS = 25;

// Waits until look() gives a true value, and returns it. For what the page or the server does in its own time.
export async function until(look, what) {
  const deadline = Date.now() + LIMIT_MS;
  let last;
  for (;;) {
    try {
      const value = await look();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${LIMIT_MS} ms: ${what}${last ? `\n${last.message}` : ""}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function shows(locator, text) {
  await until(async () => (await locator.allInnerTexts()).join("\n").includes(text), `"${text}" is shown`);
}

export { assert };
