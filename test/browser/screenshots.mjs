// The pictures of the README: docs/img/NAME-WIDTH.webp, small enough for it.
import { mkdirSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.env.BASE_URL;
const folder = process.env.IMAGES;
const MAX_BYTES = 80_000;
const WIDTHS = { 390: 844, 1280: 800 };
const PAGES = [["home", "/"], ["clients", "/clientes/"], ["client", "/clientes/2/"]];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});

// Chromium writes WebP by itself; no other program is needed.
async function shoot(page, name, width) {
  const cdp = await page.context().newCDPSession(page);
  for (const quality of [80, 60, 40]) {
    const { data } = await cdp.send("Page.captureScreenshot", { format: "webp", quality });
    const image = Buffer.from(data, "base64");
    if (image.length > MAX_BYTES) continue;
    writeFileSync(`${folder}/${name}-${width}.webp`, image);
    console.log(`${name}-${width}.webp  ${image.length} bytes`);
    return;
  }
  throw new Error(`${name} is over ${MAX_BYTES} bytes`);
}

for (const [width, height] of Object.entries(WIDTHS)) {
  const context = await browser.newContext({ baseURL: base, locale: "es-CO", viewport: { width: Number(width), height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto("/");
  await shoot(page, "home", width);
  await page.goto("/cuenta/entrar/");
  await page.fill("#email", process.env.ADMIN_EMAIL);
  await page.fill("#password", process.env.DEMO_PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click("main form[method=post] button[type=submit]")]);
  for (const [name, path] of PAGES.slice(1)) {
    await page.goto(path);
    await shoot(page, name, width);
  }
  await context.close();
}
await browser.close();
