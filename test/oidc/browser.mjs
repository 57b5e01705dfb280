// Chromium presses the button, logs in there, comes back and leaves again.
// It is the one that asks form-action of redirects, too.
//
//   node browser.mjs SITE ISSUER JAVASCRIPT   prints the titles it came through
//
// SHOTS names a folder for pictures of the login page and of a refusal.
import { chromium } from "playwright-core";

const [site, issuer, scripts] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});
const context = await browser.newContext({ baseURL: site, locale: "es-CO", javaScriptEnabled: scripts === "on" });
context.setDefaultTimeout(60000);
const page = await context.newPage();
const blocked = [];
page.on("console", (m) => { if (m.text().includes("Content Security Policy")) blocked.push(m.text()); });
// the provider's pages have fonts of elsewhere
await page.route((url) => url.hostname !== "127.0.0.1", (route) => route.abort());

async function shoot(name) {
  if (!process.env.SHOTS) return;
  for (const [width, height] of [[390, 844], [1280, 800]]) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}.png`, fullPage: true });
  }
}

async function heading() {
  console.log(await page.locator("h1").first().textContent());
}

// The provider's own pages: who it is, and that this may be known.
async function answer(name) {
  await page.waitForURL(`${issuer}/interaction/**`);
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "any");
  await Promise.all([page.waitForNavigation(), page.click("button[type=submit]")]);
  if (page.url().startsWith(issuer)) await page.click("button[type=submit]");
}

await page.goto("/cuenta/entrar/?next=%2Fcuenta%2F");
await shoot("login");
await page.click("form[action='/cuenta/oidc/'] button");
await answer("ana");
await page.waitForURL(`${site}/cuenta/`);
await heading();
await page.click("main form[action='/cuenta/salir/'] button");
await page.waitForURL(`${issuer}/session/end**`);
await page.click("button[name=logout]");
await page.waitForURL(`${site}/`);
await page.goto("/cuenta/");
await heading();

await page.click("form[action='/cuenta/oidc/'] button");
await answer("nobody");
await page.waitForURL(`${site}/cuenta/oidc/retorno/**`);
await heading();
await shoot("refused");
await page.click(".actions a");
await page.waitForURL(`${site}/cuenta/entrar/`);
await browser.close();
if (blocked.length > 0) {
  console.error(blocked.join("\n"));
  process.exitCode = 1;
}
