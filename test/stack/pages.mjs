// Pages of the stack: nginx with TLS and HTTP/2 in front, PostgreSQL and Redis
// behind. What each page holds is test/browser's to judge; here it is whether
// they come through.
import assert from "node:assert/strict";
import { admin, login, test } from "../browser/harness.mjs";

// the certificate signs itself
const insecure = { ignoreHTTPSErrors: true };

await test("the home page comes over HTTP/2, whole", async (open) => {
  const page = await open(insecure);
  const answer = await page.goto("/");
  assert.equal(answer.status(), 200);
  assert.match(await page.title(), /Personal Technology/);
  const protocol = await page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol);
  assert.equal(protocol, "h2");
  const style = await page.evaluate(() => [...document.styleSheets].some((s) => s.href?.includes("/static/")));
  assert.ok(style);
});

await test("the English pages too", async (open) => {
  const page = await open(insecure);
  assert.equal((await page.goto("/en/")).status(), 200);
  assert.equal(await page.getAttribute("html", "lang"), "en");
});

await test("one logs in, makes a client, finds it and logs out", async (open) => {
  const page = await open(insecure);
  await login(page, admin);
  const cookies = await page.context().cookies();
  assert.ok(cookies.length && cookies.every((c) => c.secure || !c.httpOnly), JSON.stringify(cookies));
  await page.goto("/clientes/nuevo/");
  await page.fill("[name=name]", "Cliente del contenedor");
  await page.click("main form[method=post] button[type=submit]");
  await page.waitForURL(/\/clientes\/\d+\//);
  await page.goto("/clientes/?q=contenedor");
  assert.match(await page.textContent("main"), /Cliente del contenedor/);
});

await test("a missing page has its own", async (open) => {
  const page = await open(insecure);
  assert.equal((await page.goto("/no-existe/")).status(), 404);
  assert.ok(await page.textContent("h1"));
});
