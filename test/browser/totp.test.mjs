// The second step of a login: set up, used, lost.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import {
  admin, assertAccessible, assertFits, DESKTOP, enter, password, path, PHONE, press, screenshot, tabStops, test, visit,
} from "./harness.mjs";

const NARROWEST = { width: 320, height: 640 };
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// What the app shows so many steps from now. Source: RFC 6238.
function codeOf(secret, steps = 0) {
  const bits = [...secret].map((c) => BASE32.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

async function looks(page, name) {
  for (const viewport of [PHONE, DESKTOP]) {
    await page.setViewportSize(viewport);
    await screenshot(page, `${name}-${viewport.width}`);
    await assertAccessible(page, name);
    await assertFits(page, name);
  }
  await page.setViewportSize(NARROWEST);
  await assertFits(page, name);
  await page.setViewportSize(DESKTOP);
}

async function newAccount(open, email) {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/admin/usuarios/nuevo/");
  await page.fill("#name", "Con dos pasos");
  await page.fill("#email", email);
  await page.selectOption("#role", "technician");
  await page.fill("#password", password);
  assert.equal(await press(page, page.getByRole("button", { name: "Crear usuario" })), 200);
}

async function showPassword(page, email) {
  await visit(page, "/cuenta/entrar/");
  await page.fill("#email", email);
  await page.fill("#password", password);
  await press(page, page.getByRole("main").getByRole("button", { name: "Entrar" }));
}

await test("the second step of a login is set up, asked for, and replaced by a recovery code", async (open) => {
  const email = "dos.pasos@demo.example";
  await newAccount(open, email);
  let page = await open();
  await showPassword(page, email);
  await visit(page, "/cuenta/");
  await press(page, page.getByRole("main").getByRole("link", { name: "Verificación en dos pasos" }));
  await press(page, page.getByRole("link", { name: "Activar" }));
  const box = await page.getByRole("img", { name: "Código QR" }).boundingBox();
  assert.ok(box.width > 150 && Math.abs(box.width - box.height) < 1, "a square that can be scanned");
  await looks(page, "totp-setup");
  await tabStops(page);
  const secret = (await page.locator("code").innerText()).replaceAll(/\s/g, "");
  await page.fill("#code", "abcdef");
  await page.fill("#present", password);
  assert.equal(await press(page, page.getByRole("button", { name: "Activar" })), 422);
  await looks(page, "totp-refused");
  await page.fill("#code", codeOf(secret));
  await page.fill("#present", password);
  assert.equal(await press(page, page.getByRole("button", { name: "Activar" })), 200);
  const codes = await page.locator("ol.codes li").allInnerTexts();
  assert.equal(codes.length, 10);
  await looks(page, "totp-codes");
  assert.ok(await page.getByRole("button", { name: "Imprimir" }).isVisible());
  await page.emulateMedia({ media: "print" });
  await screenshot(page, "totp-codes-print");
  assert.ok(await page.getByText(codes[9]).isVisible());
  assert.ok((await page.locator("main").boundingBox()).width > 1000, "the paper is used");
  assert.ok(!(await page.getByRole("button", { name: "Imprimir" }).isVisible()));
  await page.emulateMedia({ media: null });
  await press(page, page.getByRole("link", { name: "Los guardé" }));
  await looks(page, "totp-on");
  await press(page, page.getByRole("link", { name: "Desactivar" }));
  await looks(page, "totp-off");

  // by the keyboard alone: the field has the focus
  page = await open();
  await showPassword(page, email);
  assert.equal(path(page), "/cuenta/entrar/codigo/");
  await looks(page, "totp-step");
  await page.locator("#code:focus").waitFor();
  await page.keyboard.type(codeOf(secret, 1));
  await Promise.all([page.waitForURL("**/clientes/"), page.keyboard.press("Enter")]);

  // the pages that are only seen when something is wrong
  page = await open();
  await showPassword(page, email);
  await press(page, page.getByRole("link", { name: "usar un código de recuperación" }));
  await looks(page, "totp-recovery");
  await page.context().clearCookies();
  await visit(page, "/cuenta/entrar/codigo/");
  await looks(page, "totp-void");

  // the telephone is lost
  page = await open({ javaScriptEnabled: false });
  await showPassword(page, email);
  await press(page, page.getByRole("link", { name: "usar un código de recuperación" }));
  await page.fill("#code", codes[0].toLowerCase());
  assert.equal(await press(page, page.getByRole("main").getByRole("button", { name: "Entrar" })), 200);
  assert.equal(path(page), "/clientes/");
  await visit(page, "/cuenta/dos-pasos/");
  assert.match(await page.locator("dl").innerText(), /sin usar\s+9/);
});
