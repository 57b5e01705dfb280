// Every page: found by following its links, accessible, at home on a phone,
// light, in both languages, both colour schemes and every theme, and for who
// has the keyboard alone.
import assert from "node:assert/strict";
import { crawl } from "./crawl.mjs";
import {
  admin, assertAccessible, assertContrast, assertFits, assertThemes, client, DESKTOP, enter, loginState, PHONE, press, path,
  screenshot, tabStops, technician, test, testsInOnePage, transferred, visit,
} from "./harness.mjs";

const FIRST_VIEW_BYTES = 60_000;
// The narrowest, and where tables begin and the menu goes to the side.
const BETWEEN = [320, 768, 992].map((width) => ({ width, height: 800 }));
const LONG_WORD = "Supercalifragilisticoespialidoso".repeat(6);

// Both widths and both colour schemes, in two looks.
const looks = [[PHONE, "dark"], [DESKTOP, "light"]];
const themes = ["red", "green", "purple", "orange", "teal", "dark", "blue"];

const assertNothing = async () => {};

async function assertLooksRight(page, name, chosen = looks, assertClean = assertAccessible) {
  assert.equal(await page.locator("h1").count(), 1, "one h1");
  for (const [viewport, colorScheme] of chosen) {
    const what = `${name}-${viewport.width}-${colorScheme}`;
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await screenshot(page, what);
    await assertClean(page, what);
    await assertFits(page, what);
  }
  for (const viewport of BETWEEN) {
    await page.setViewportSize(viewport);
    await assertFits(page, name);
  }
}

async function assertAllThemes(page, name) {
  for (const [viewport, colorScheme] of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await assertThemes(page, `${name}-${viewport.width}-${colorScheme}`, themes);
  }
}

async function assertKeyboard(page, address) {
  for (const [viewport] of looks) {
    await page.setViewportSize(viewport);
    await visit(page, address);
    const stops = await tabStops(page);
    assert.equal(stops[0]?.id, "skip-link");
  }
}

async function assertLight(page, name, address) {
  const bytes = await transferred(page, address);
  assert.ok(bytes > 10_000 && bytes <= FIRST_VIEW_BYTES, `first view is ${bytes} bytes`);
  console.log(`      ${name}: ${bytes} bytes`);
}

// --- pages that links lead to: those of a person hold those of a visitor ---

const seen = new Set(); // kinds of pages that were looked at

async function setLanguage(page, value) {
  await visit(page, "/cuenta/perfil/");
  await page.selectOption("#lang", value);
  await press(page, page.locator("main form[method=post] button[type=submit]").first());
  assert.equal(await page.getAttribute("html", "lang"), value === "en" ? "en" : "es-CO");
}

function lookAt(name, kind, address, chosen) {
  return {
    name: `${name} ${kind} is accessible, fits and is light`,
    async body(page) {
      await visit(page, address);
      await assertLooksRight(page, slug(name, kind), chosen);
      if (chosen !== looks) return;
      await assertAllThemes(page, slug(name, kind));
      await assertKeyboard(page, address);
      await assertLight(page, kind, address);
    },
  };
}

const slug = (name, kind) => `${name}${kind}`.replace(/[^a-z0-9]+/gi, "-").replace(/-$/, "");

for (const [name, email] of [["visitor", null], ["admin", admin], ["technician", technician], ["client", client]]) {
  let pages = new Map();
  let storageState;
  await test(`no link that the ${name} sees is dead`, async (open) => {
    const page = await open();
    storageState = email ? await loginState(page, email) : undefined;
    pages = await crawl(storageState, email ? ["/", "/cuenta/"] : ["/"]);
    assert.ok(pages.size > 2, `only ${pages.size} pages`);
  });
  const fresh = [...pages].filter(([kind]) => !seen.has(kind) && !kind.includes("?"));
  for (const [kind] of fresh) seen.add(kind);
  const tests = fresh.map(([kind, address]) => lookAt(name, kind, address, kind.startsWith("/en/") ? [looks[0]] : looks));
  await testsInOnePage({ storageState }, tests);
}

// The other language, where it is not in the address: that of the person.
await test("the pages of a person have all their links in English", async (open) => {
  const page = await open();
  const storageState = await loginState(page, admin);
  await page.context().addCookies(storageState.cookies);
  await setLanguage(page, "en");
  try {
    const pages = await crawl(storageState, ["/cuenta/"]);
    for (const [kind, address] of pages) {
      if (kind.startsWith("/en/")) continue;
      await visit(page, address);
      if ((await page.getAttribute("html", "lang")) !== "en") continue; // public, in Spanish
      await assertLooksRight(page, slug("english", kind), [looks[0]], assertNothing); // the same elements and colours
    }
  } finally {
    await setLanguage(page, "es");
  }
});

// --- what no link leads to ---

const others = [
  { name: "missing", address: "/no-existe/", status: 404 },
  { name: "clients-none-found", as: admin, address: "/clientes/?q=zzzzzz" },
  { name: "client-missing", as: admin, address: "/clientes/999999999/", status: 404 },
  { name: "clients-archived", as: admin, address: "/clientes/?archivados=1" },
  { name: "users-none-found", as: admin, address: "/admin/usuarios/?q=zzzzzz" },
  { name: "forbidden", as: client, address: "/clientes/", status: 403 },
];

for (const { name, as, address, status = 200 } of others) {
  await test(`${name} is accessible and fits`, async (open) => {
    const page = await open();
    if (as) await enter(page, as);
    await visit(page, address, status);
    await assertLooksRight(page, name);
  });
}

await test("very long words are stored as they are, and fit", async (open) => {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/clientes/nuevo/");
  for (const field of ["name", "company", "address", "notes"]) await page.fill(`#${field}`, LONG_WORD);
  await page.fill("#city", LONG_WORD.slice(0, 100));
  assert.equal(await press(page, page.getByRole("button", { name: "Crear cliente" })), 200);
  assert.equal(await page.locator("h1").innerText(), LONG_WORD);
  const detail = path(page);
  for (const address of [detail, `${detail}editar/`, "/clientes/?q=supercalifragilisticoespialidoso"]) {
    await visit(page, address);
    await assertLooksRight(page, slug("long", address));
  }
});

// how each looks on every page is seen above
await test("every theme can be chosen", async (open) => {
  const page = await open();
  await enter(page, admin);
  for (const theme of themes) {
    await visit(page, "/cuenta/perfil/");
    await page.selectOption("#theme", theme);
    await press(page, page.getByRole("button", { name: "Guardar cambios" }));
    await visit(page, "/clientes/1/");
    assert.equal(await page.getAttribute("html", "data-theme"), theme);
    await assertContrast(page, `theme-${theme}`);
  }
});

await test("a refused form is accessible and fits", async (open) => {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/clientes/nuevo/");
  await page.fill("#email", "mal");
  await press(page, page.getByRole("button", { name: "Crear cliente" }));
  await assertLooksRight(page, "client-new-refused");
});

await test("the open account menu is accessible and fits", async (open) => {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/cuenta/");
  await page.locator("details.account summary").click();
  await assertLooksRight(page, "account-menu");
});
