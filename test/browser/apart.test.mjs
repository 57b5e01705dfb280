// A site whose style and script come from another origin (site.static_prefix):
// its policy lets them in, the hashes are right, and the drawings are seen.
import assert from "node:assert/strict";
import { apart, eventually, test } from "./harness.mjs";

if (apart) {
  await test("apart: style, script and drawings of another origin work", async (open) => {
    const page = await open({ baseURL: apart });
    await page.goto("/cuenta/entrar/");
    const origins = await page.evaluate(() =>
      [...document.querySelectorAll("link, script")].map((e) => new URL(e.href ?? e.src).origin));
    assert.equal(origins.length, 3);
    for (const origin of origins) assert.notEqual(origin, new URL(apart).origin);
    assert.ok(await page.evaluate(() => document.styleSheets[0].cssRules.length) > 100, "the style is there");
    assert.ok(await page.locator("[data-reveal]").isVisible(), "the script has shown its button");
    const width = () => page.locator("use").first().evaluate((e) => e.getBBox().width);
    await eventually("the drawing is there", async () => (await width()) > 0);
  });
}
