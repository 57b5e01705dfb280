// A small test runner over one Chromium, and what every page must satisfy.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const env = (name, fallback) => {
  const value = process.env[name] ?? fallback;
  if (value === undefined) throw new Error(`the environment has no ${name}`);
  return value;
};

export const base = env("BASE_URL");
export const apart = env("APART_URL", ""); // its files come from the other one
export const admin = env("ADMIN_EMAIL", "admin@demo.example");
export const technician = env("TECH_EMAIL", "tecnico@demo.example");
export const client = env("CLIENT_EMAIL", "cliente@demo.example");
export const password = env("DEMO_PASSWORD", "Demostracion-2026");
const shots = env("SCREENSHOTS", "build/screenshots");
const only = env("ONLY", "");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 30_000; // for a busy machine
const MAX_TAB_STOPS = 40; // long lists repeat themselves

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: env("CHROMIUM", "/usr/bin/chromium-headless-shell"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--js-flags=--single-threaded"], // V8's own threads cost more than they help
});

const counts = { passed: 0, failed: 0 };

async function newContext(options, problems) {
  const context = await browser.newContext({ baseURL: base, locale: "es-CO", viewport: DESKTOP, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  watch(context, problems);
  return context;
}

// Each test gets `open(options)`, which makes a context that is watched and
// closed: whatever goes wrong in one of its pages fails the test. ONLY=words
// runs the tests whose name has these words.
export async function test(name, body) {
  if (only && !name.includes(only)) return;
  const began = performance.now();
  const contexts = [];
  const problems = [];
  const open = async (options = {}) => {
    const context = await newContext(options, problems);
    contexts.push(context);
    return context.newPage();
  };
  try {
    await body(open);
    assert.deepEqual(problems, []);
    counts.passed++;
    console.log(`ok    ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL  ${name}\n      ${[error.stack, ...problems].join("\n").replaceAll("\n", "\n      ")}`);
  } finally {
    for (const context of contexts) await context.close().catch(() => {}); // the browser may be gone
  }
}

// Tests that only look, one after the other, in one page: a browser takes
// longer to open a new one than to show most pages.
export async function testsInOnePage(options, tests) {
  const problems = [];
  const context = await newContext(options, problems);
  const page = await context.newPage();
  for (const { name, body } of tests) {
    await test(name, async () => {
      problems.length = 0; // what the one before has failed for
      await page.emulateMedia({ colorScheme: null });
      await page.setViewportSize(DESKTOP);
      await body(page);
      assert.deepEqual(problems, []);
    });
  }
  await context.close().catch(() => {});
}

async function finish() {
  await browser.close().catch(() => {});
  console.log(`browser: ${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed ? 1 : 0;
}

// Whichever file node was started with, one of the tests or all of them: when
// its last line is done. An open browser would keep node running.
import(pathToFileURL(realpathSync(process.argv[1]))).finally(finish);

// No other host, no missing file, no script error, no breach of the policy.
function watch(context, problems) {
  const hosts = [base, apart || base].map((url) => new URL(url).host);
  context.on("request", (request) => {
    if (!hosts.includes(new URL(request.url()).host)) problems.push(`request to ${request.url()}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) {
      problems.push(`${response.status()} for ${response.url()}`);
    }
  });
  context.on("console", (message) => {
    const refusedPage = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refusedPage) problems.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => problems.push(`script: ${error.error().message}`));
}

export async function login(page, email) {
  await page.goto("/cuenta/entrar/");
  await page.fill("#email", email);
  await page.fill("#password", password);
  await press(page, "main form[method=post] button[type=submit]");
}

// The cookies of a person who is logged in; one login each for all tests.
const states = {};
export async function loginState(page, email) {
  if (!states[email]) {
    await login(page, email);
    states[email] = await page.context().storageState();
  }
  return states[email];
}

// Goes in as somebody who is logged in, to the page where a login leads.
export async function enter(page, email) {
  const { cookies } = await loginState(page, email);
  await page.context().addCookies(cookies);
  await page.goto(email === client ? "/cuenta/" : "/clientes/");
}

// Presses what leads to another page; returns its status. To wait for the
// answer would not do: when it comes, the old page still stands, and is loaded.
export async function press(page, target) {
  const where = typeof target === "string" ? page.locator(target) : target;
  const [response] = await Promise.all([page.waitForNavigation(), where.click()]);
  return response.status();
}

// Asks until it is so: for what a page does after it is loaded.
export async function eventually(what, ask) {
  const end = performance.now() + PATIENCE_MS;
  while (!(await ask())) {
    assert.ok(performance.now() < end, `still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function visit(page, path, status = 200) {
  const response = await page.goto(path);
  assert.equal(response.status(), status, `status of ${path}`);
}

export const path = (page) => {
  const url = new URL(page.url());
  return url.pathname + url.search;
};

// Pictures to look at after a change of style: SHOTS=pages takes one of every
// look, SHOTS=all of every theme too.
const wanted = env("SHOTS", "");
assert.ok(["", "pages", "all"].includes(wanted), `SHOTS=${wanted} is neither pages nor all`);
const takeShot = (page, name) => page.screenshot({ path: `${shots}/${name}.png` });
export const screenshot = async (page, name) => { if (wanted !== "") await takeShot(page, name); };

// Read by the browser itself, which takes a third less than page.evaluate().
async function loadAxe(page) {
  const cdp = await page.context().newCDPSession(page);
  const { exceptionDetails } = await cdp.send("Runtime.evaluate", { expression: `${axe};0` });
  assert.equal(exceptionDetails, undefined, "axe does not load");
  await cdp.detach();
}

// What axe finds serious or worse in the page as it stands.
async function axeFindings(page, where, how) {
  if (!(await page.evaluate(() => "axe" in window))) await loadAxe(page);
  return page.evaluate(async ([context, options]) => {
    const { violations } = await window.axe.run(context, { resultTypes: ["violations"], ...options });
    const bad = violations.filter((v) => ["serious", "critical"].includes(v.impact));
    return bad.map((v) => `${v.id}: ${v.nodes[0].html}`);
  }, [where, how]);
}

// Every rule but that of colours, which takes longest.
export async function assertStructure(page, what) {
  const how = { rules: { "color-contrast": { enabled: false } } };
  assert.deepEqual(await axeFindings(page, { include: ["html"] }, how), [], `axe: ${what}`);
}

// The colours of a text follow from the elements around it and what the styles
// select them by. Marks the texts of a look that is not among `seen`, one of
// each, and returns the numbers of these looks.
function markNewLooks(seen) {
  const known = new Set(seen);
  const selectors = ["class", "type", "aria-current", "aria-invalid", "disabled", "hidden", "open"];
  const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
  const hash = (text) => [...text].reduce((h, c) => (Math.imul(h, 31) + c.codePointAt(0)) | 0, 7);
  const visit = (element, above) => {
    const own = selectors.map((name) => element.getAttribute(name) ?? "");
    const look = hash(`${above} ${element.tagName} ${own.join(" ")}`);
    const shows = [...element.childNodes].some(isText) || element.matches("input, select, textarea");
    element.toggleAttribute("data-new-look", shows && !known.has(look));
    if (shows) known.add(look);
    for (const child of element.children) visit(child, look);
  };
  visit(document.body, 0);
  return [...known].slice(seen.length);
}

// Colours alone, of what has not been looked at in this window: in the page's
// own theme, or one after the other in those that are named.
const looksSeen = {};
async function assertNewLooks(page, kind, inEach) {
  const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const seen = (looksSeen[`${kind} ${dark} ${page.viewportSize().width}`] ??= []);
  const fresh = await page.evaluate(markNewLooks, seen);
  const check = async (name) => {
    if (fresh.length === 0) return;
    const found = await axeFindings(page, { include: ["[data-new-look]"] }, { runOnly: ["color-contrast"] });
    assert.deepEqual(found, [], `axe: ${name}`);
  };
  await inEach(check, fresh.length > 0);
  seen.push(...fresh);
}

export async function assertContrast(page, what) {
  const theme = await page.getAttribute("html", "data-theme");
  await assertNewLooks(page, theme, (check) => check(what));
}

// A theme is colours alone: what fits in one fits in all.
export async function assertThemes(page, what, themes) {
  await assertNewLooks(page, "every theme", async (check, anyNew) => {
    for (const theme of anyNew || wanted === "all" ? themes : []) {
      await page.evaluate((value) => { document.documentElement.dataset.theme = value; }, theme);
      if (wanted === "all") await takeShot(page, `${what}-${theme}`);
      await check(`${what}-${theme}`);
    }
  });
}

export async function assertAccessible(page, what) {
  await assertStructure(page, what);
  await assertContrast(page, what);
}

export async function assertFits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(over, 0, `${what} scrolls sideways by ${over} px at ${page.viewportSize().width} px`);
}

// Notes what has the focus whenever Tab is pressed: by then the page has
// scrolled to it. The first note is of what had it before.
function noteTabStops() {
  const note = () => {
    const e = document.activeElement;
    if (e === document.body) return null; // past the last one
    const box = e.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
      id: e.id || e.className || e.tagName,
      menu: e.closest("nav.menu") !== null,
      covered: !(top && (e.contains(top) || top.contains(e))),
      outline: getComputedStyle(e).outlineStyle !== "none",
    };
  };
  const notes = [];
  const listen = (event) => { if (event.key === "Tab") notes.push(note()); };
  addEventListener("keydown", listen, true);
  window.takeTabStops = () => {
    removeEventListener("keydown", listen, true);
    return [...notes, note()].slice(1);
  };
}

// Tabs through the page, which was just opened; every stop must show its focus
// and lie uncovered. The keys are not waited for one by one.
export async function tabStops(page) {
  const tab = { type: "rawKeyDown", key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 };
  const cdp = await page.context().newCDPSession(page);
  await page.evaluate(noteTabStops);
  await Promise.all(Array.from({ length: MAX_TAB_STOPS }, () => cdp.send("Input.dispatchKeyEvent", tab)));
  await cdp.detach();
  const notes = await page.evaluate(() => window.takeTabStops());
  const end = notes.indexOf(null);
  const stops = end < 0 ? notes : notes.slice(0, end);
  for (const stop of stops) {
    assert.ok(stop.outline, `no visible focus on ${stop.id}`);
    assert.ok(!stop.covered, `${stop.id} has the focus but is hidden`);
  }
  return stops;
}

// Bytes on the wire, headers too, of a first visit with an empty cache.
export async function transferred(page, address) {
  const cdp = await page.context().newCDPSession(page);
  let bytes = 0;
  await cdp.send("Network.enable");
  await cdp.send("Network.clearBrowserCache");
  cdp.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await page.goto(address, { waitUntil: "load" });
  await cdp.send("Network.disable"); // its answer comes after all that was told
  await cdp.detach();
  return bytes;
}
