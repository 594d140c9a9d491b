import { createServer } from "node:http";
import { shows } from "./scenario.mjs";

// An endpoint that answers with what `answer` says, and keeps what it got.
export async function endpoint(run, status = 200) {
  const got = [];
  const self = { got, status };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      got.push({ headers: request.headers, body: JSON.parse(body) });
      response.writeHead(self.status).end(`answered ${self.status}`);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.url = `http://127.0.0.1:${server.address().port}/hook`;
  try {
    await run(self);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export async function registered({ page, slug, create, open }, hook) {
  await create();
  await open(`#/${slug}/webhooks`);
  await shows(page.locator("main"), "No webhook is registered.");
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("textbox", { name: "Address" }).fill(hook.url);
  await page.getByRole("dialog").getByRole("button", { name: "INS" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Register" }).click();
  await shows(page.getByRole("dialog", { name: "The secret" }), "whsec_");
  await page.keyboard.press("Escape");
  return page.getByRole("complementary");
}
