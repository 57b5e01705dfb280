// The site as people use it, with and without JavaScript.
import assert from "node:assert/strict";
import {
  admin, assertAccessible, assertFits, client, DESKTOP, enter, login, password, path, PHONE, press, screenshot, tabStops, technician, test, visit,
} from "./harness.mjs";

const flash = (page) => page.getByRole("status");
const row = (page, company) => page.locator("table tbody tr", { hasText: company });

async function search(page, words) {
  await page.fill("#q", words);
  await press(page, page.getByRole("button", { name: "Buscar" }));
}

async function look(page, what) {
  await screenshot(page, what);
  await assertFits(page, what);
  await assertAccessible(page, what);
}

async function create(page, values) {
  await visit(page, "/clientes/nuevo/");
  for (const [field, value] of Object.entries(values)) await page.fill(`#${field}`, value);
  const status = await press(page, page.getByRole("button", { name: "Crear cliente" }));
  if (status === 200) return;
  assert.equal(status, 422); // one that looks the same is there from another test
  assert.equal(await press(page, page.getByRole("button", { name: "Guardar de todos modos" })), 200);
}

// --- ways in, once with and once without JavaScript ---

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  await test(`anonymous sees the home page, everything else asks to log in, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    await visit(page, "/");
    assert.equal(await page.locator("#servicios li").count(), 6);
    await press(page, page.getByRole("link", { name: "English" }));
    assert.equal(path(page), "/en/");
    assert.match(await page.locator("html").getAttribute("lang"), /^en/);
    for (const address of ["/clientes/", "/clientes/nuevo/", "/clientes/1/", "/clientes/1/editar/", "/cuenta/"]) {
      await visit(page, address);
      assert.equal(new URL(page.url()).pathname, "/cuenta/entrar/", address);
    }
  });

  await test(`logging in leads where one wanted to go, logging out ends it, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    await visit(page, "/clientes/?q=gomez");
    await page.fill("#email", admin);
    await page.fill("#password", password);
    await press(page, page.getByRole("main").getByRole("button", { name: "Entrar" }));
    assert.equal(path(page), "/clientes/?q=gomez");
    await page.locator("details.account summary").click();
    await press(page, page.locator("header").getByRole("button", { name: "Cerrar sesión" }));
    assert.equal(path(page), "/");
    await visit(page, "/clientes/");
    assert.equal(new URL(page.url()).pathname, "/cuenta/entrar/");
  });

  await test(`a wrong password is refused and the e-mail kept, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    await visit(page, "/cuenta/entrar/");
    await page.fill("#email", "nadie@demo.example");
    await page.fill("#password", "no es esta");
    const status = await press(page, page.getByRole("main").getByRole("button", { name: "Entrar" }));
    assert.equal(status, 422);
    assert.equal(await page.inputValue("#email"), "nadie@demo.example");
    assert.equal(await page.inputValue("#password"), "");
    assert.match(await page.getByRole("alert").innerText(), /no coinciden/);
  });

  await test(`each role has its own first page, ${how}`, async (open) => {
    for (const [email, first, clients] of [[admin, "/clientes/", 200], [technician, "/clientes/", 200], [client, "/cuenta/", 403]]) {
      const page = await open({ javaScriptEnabled });
      await login(page, email);
      assert.equal(path(page), first, email);
      await visit(page, "/clientes/", clients);
      await visit(page, "/cuenta/");
      assert.match(await page.locator("main").innerText(), new RegExp(email));
    }
  });

  await test(`contacts, sites and consents of a client, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    const part = (title) => page.getByRole("region", { name: title });
    await enter(page, admin);
    await create(page, { name: `Partes ${how}` });
    const detail = path(page);
    assert.match(await part("Contactos").innerText(), /Aún no hay contactos/);

    for (const name of ["Rosa Peña", "Iván Ñáñez"]) {
      await press(page, page.getByRole("link", { name: "Agregar contacto" }));
      assert.equal(await press(page, page.getByRole("button", { name: "Crear contacto" })), 422);
      assert.equal(await page.getAttribute("#name", "aria-invalid"), "true");
      await page.fill("#name", name);
      await page.fill("#phone", "300 123 4567");
      await page.getByLabel("Contacto principal").check();
      await press(page, page.getByRole("button", { name: "Crear contacto" }));
      assert.equal(path(page), detail);
      assert.match(await row(page, name).innerText(), /Principal/);
    }
    assert.doesNotMatch(await row(page, "Rosa Peña").innerText(), /Principal/);
    await press(page, row(page, "Rosa Peña").getByRole("link", { name: "Editar" }));
    await page.getByLabel("Contacto principal").check();
    await press(page, page.getByRole("button", { name: "Guardar cambios" }));
    assert.match(await row(page, "Rosa Peña").innerText(), /Principal/);
    assert.doesNotMatch(await row(page, "Iván Ñáñez").innerText(), /Principal/);

    await press(page, page.getByRole("link", { name: "Agregar sede" }));
    await page.fill("#name", "Bodega");
    await page.fill("#address", "Calle 1 # 2-03");
    await page.fill("#access_notes", "Timbre 2\nPreguntar por Rosa");
    await press(page, page.getByRole("button", { name: "Crear sede" }));
    assert.match(await row(page, "Bodega").innerText(), /Timbre 2\nPreguntar por Rosa/);
    await press(page, row(page, "Bodega").getByRole("button", { name: "Archivar" }));
    assert.equal(await row(page, "Bodega").count(), 0);
    await page.getByText("Sedes archivadas (1)").click();
    await press(page, part("Sedes").getByRole("button", { name: "Restaurar" }));
    assert.equal(await row(page, "Bodega").count(), 1);

    await press(page, page.getByRole("link", { name: "Registrar autorización" }));
    assert.equal(await page.locator("main input:checked").count(), 0, "silence is no consent");
    assert.equal(await press(page, page.getByRole("button", { name: "Registrar" })), 422);
    assert.deepEqual(await page.locator(".notice-bad li a").evaluateAll((links) => links.map((a) => a.hash)), ["#purpose", "#channel", "#signed_by", "#granted"]);
    await page.getByLabel(/Autorizo tomar fotos/).check();
    await page.selectOption("#channel", { label: "En persona" });
    await page.fill("#signed_by", "Rosa Peña");
    await page.locator("#granted").check();
    await press(page, page.getByRole("button", { name: "Registrar" }));
    assert.match(await row(page, "Fotos del trabajo").innerText(), /Vigente/);
    await press(page, row(page, "Fotos del trabajo").getByRole("link", { name: "Revocar" }));
    await page.selectOption("#channel", { label: "Por teléfono" });
    await press(page, page.getByRole("button", { name: "Revocar" }));
    assert.match(await flash(page).innerText(), /Se revocó/);
    assert.match(await row(page, "Fotos del trabajo").innerText(), /Revocada\n.*Por teléfono/);
    assert.equal(await page.getByRole("link", { name: "Revocar" }).count(), 0);
  });

  for (const viewport of [PHONE, DESKTOP]) {
    await test(`a client changes its own data, contacts and sites, ${how}, at ${viewport.width} px`, async (open) => {
      const page = await open({ javaScriptEnabled, viewport });
      const shot = (what) => (javaScriptEnabled ? look(page, `own-${what}-${viewport.width}`)
        : screenshot(page, `own-${what}-${viewport.width}-no-js`));
      const part = (title) => page.getByRole("region", { name: title });
      const name = `Iván ${how} ${viewport.width}`;
      await enter(page, client);
      await shot("account");
      await press(page, page.getByRole("link", { name: "Contactos, sedes y autorizaciones" }));
      await press(page, page.getByRole("link", { name: "Editar mis datos" }));
      assert.equal(await page.locator("main form .form-control").count(), 6);
      await page.fill("#company", "Café Ñandú");
      await page.fill("#email", "incompleto");
      assert.equal(await press(page, page.getByRole("button", { name: "Guardar cambios" })), 422);
      assert.equal(await page.inputValue("#company"), "Café Ñandú", "what was typed is kept");
      await shot("refused");
      await page.fill("#email", "hola@nandu.example");
      await page.fill("#phone", "300 765 4321");
      await page.check("#whatsapp_ok");
      await page.fill("#dane_city", "5129");
      const other = await open({ javaScriptEnabled, viewport, storageState: await page.context().storageState() });
      await visit(other, path(page));
      await other.fill("#city", `Bello ${viewport.width}`);
      assert.equal(await press(other, other.getByRole("button", { name: "Guardar cambios" })), 200);
      await page.fill("#city", `Caldas ${viewport.width}`);
      assert.equal(await press(page, page.getByRole("button", { name: "Guardar cambios" })), 409);
      assert.match(await page.getByRole("alert").innerText(), /Bello[^]*Caldas/);
      await shot("conflict");
      assert.equal(await press(page, page.getByRole("button", { name: "Guardar cambios" })), 200);
      assert.match(await flash(page).innerText(), /guardaron/);
      assert.match(await page.locator(".facts").innerText(), /hola@nandu\.example[^]*300 765 4321[^]*Acepta WhatsApp\s*Sí[^]*Caldas[^]*05129 · Caldas, Antioquia/);

      await press(page, page.getByRole("link", { name: "Agregar contacto" }));
      await page.fill("#name", name);
      await shot("contact");
      await press(page, page.getByRole("button", { name: "Crear contacto" }));
      await press(page, row(page, name).getByRole("link", { name: "Editar" }));
      await page.fill("#position", "Compras");
      await press(page, page.getByRole("button", { name: "Guardar cambios" }));
      assert.match(await row(page, name).innerText(), /Compras/);
      await press(page, page.getByRole("link", { name: "Agregar sede" }));
      await page.fill("#name", name);
      await page.fill("#address", "Calle 1 # 2-03");
      await press(page, page.getByRole("button", { name: "Crear sede" }));
      await press(page, part("Sedes").locator("tbody tr", { hasText: name }).getByRole("button", { name: "Archivar" }));
      await press(page, page.getByRole("button", { name: "Deshacer" }));
      assert.equal(await row(page, name).count(), 2);
      await press(page, part("Contactos").locator("tbody tr", { hasText: name }).getByRole("button", { name: "Archivar" }));
      await page.getByText(/^Contactos archivados/).click();
      assert.match(await part("Contactos").locator(".old-parts").innerText(), new RegExp(name));
      assert.equal(await page.getByRole("link", { name: "Registrar" }).count(), 0, "the office records consents");
      await shot("page");
    });

    await test(`a client revokes what it allowed, ${how}, at ${viewport.width} px`, async (open) => {
      const office = await open({ javaScriptEnabled });
      await enter(office, admin);
      await visit(office, "/clientes/1/consentimientos/nuevo/");
      await office.getByLabel(/Autorizo guardar el trazo/).check();
      await office.selectOption("#channel", { label: "Documento firmado" });
      await office.fill("#signed_by", "Rosa Peña");
      await office.locator("#granted").check();
      assert.equal(await press(office, office.getByRole("button", { name: "Registrar" })), 200);

      const page = await open({ javaScriptEnabled, viewport });
      const shot = (what) => (javaScriptEnabled ? look(page, `own-${what}-${viewport.width}`)
        : screenshot(page, `own-${what}-${viewport.width}-no-js`));
      const signature = () => row(page, "Firma manuscrita").first(); // the newest one
      await enter(page, client);
      await press(page, page.getByRole("link", { name: "Contactos, sedes y autorizaciones" }));
      assert.match(await signature().innerText(), /Vigente/);
      await signature().scrollIntoViewIfNeeded();
      await shot("consents");
      const revoke = signature().getByRole("link", { name: "Revocar Firma manuscrita" });
      await revoke.focus();
      await Promise.all([page.waitForURL(/\/revocar\/$/), page.keyboard.press("Enter")]);
      assert.match(await page.locator("main").innerText(), /No se puede deshacer[^]*Firma manuscrita[^]*Rosa Peña/);
      if (javaScriptEnabled) await tabStops(page);
      await shot("revoke");
      await press(page, page.getByRole("button", { name: "Revocar" }));
      assert.match(await flash(page).innerText(), /Se revocó/);
      assert.match(await signature().innerText(), /Revocada\n.*En este sitio/);
      assert.equal(await revoke.count(), 0);
      await signature().scrollIntoViewIfNeeded();
      await shot("revoked");
    });
  }

  // --- the life of a client ---

  await test(`a client is created, found, edited, archived and brought back, ${how}`, async (open) => {
    const company = `Prueba ${how}`;
    const [name, phone] = javaScriptEnabled ? ["José Ñúñez Peña", "300 765 0002"] : ["Josefina Ñúñez Peña", "300 765 0003"];
    const page = await open({ javaScriptEnabled });
    await enter(page, admin);
    await press(page, page.getByRole("link", { name: "Nuevo cliente" }));

    await page.fill("#company", company);
    await page.fill("#email", "incompleto");
    assert.equal(await press(page, page.getByRole("button", { name: "Crear cliente" })), 422);
    assert.deepEqual(await page.locator(".notice-bad li a").evaluateAll((links) => links.map((a) => a.hash)), ["#name", "#email"]);
    assert.equal(await page.getAttribute("#email", "aria-invalid"), "true");
    assert.equal(await page.inputValue("#company"), company, "what was typed is kept");

    await page.fill("#name", name);
    await page.fill("#email", `${company.replaceAll(" ", "-")}@ejemplo.example`);
    await page.fill("#phone", phone);
    assert.equal(await page.locator("#places option[value='05360']").textContent(), "Itagüí, Antioquia");
    await page.fill("#dane_city", "05360");
    await page.check("#whatsapp_ok");
    await page.fill("#notes", "Primera línea\nSegunda <línea>");
    assert.equal(await press(page, page.getByRole("button", { name: "Crear cliente" })), 200);
    assert.equal(await page.locator("h1").innerText(), name);
    assert.match(await flash(page).innerText(), /Se creó/);
    assert.equal(await page.locator("a[href^='tel:']").getAttribute("href"), `tel:+57${phone.replaceAll(" ", "")}`);
    assert.equal(await page.locator(".lines").innerText(), "Primera línea\nSegunda <línea>");
    assert.match(await page.locator("dl.facts").first().innerText(), /Acepta WhatsApp\s*Sí[^]*Ciudad\s*Itagüí[^]*05360 · Itagüí, Antioquia/);
    assert.match(await page.locator("main").innerText(), /no hay una autorización vigente/);
    assert.equal(await page.getByRole("link", { name: "Abrir WhatsApp" }).count(), 0);

    await visit(page, "/clientes/");
    await search(page, "nunez");
    assert.equal(await row(page, company).count(), 1);
    await press(page, row(page, company).getByRole("link", { name }));

    await press(page, page.getByRole("link", { name: "Editar" }));
    assert.equal(await page.inputValue("#notes"), "Primera línea\nSegunda <línea>");
    await page.fill("#phone", "");
    await page.uncheck("#whatsapp_ok");
    await page.fill("#city", "Envigado");
    await press(page, page.getByRole("button", { name: "Guardar cambios" }));
    assert.match(await flash(page).innerText(), /guardaron/);
    assert.match(await page.locator(".facts").innerText(), /Envigado/);
    assert.equal(await page.locator("a[href^='tel:']").count(), 0);
    const detail = path(page);

    await press(page, page.getByRole("button", { name: "Archivar" }));
    assert.match(await flash(page).innerText(), /Se archivó/);
    const undo = await open({ javaScriptEnabled, storageState: await page.context().storageState() });
    await visit(undo, "/clientes/?q=nunez");
    assert.equal(await row(undo, company).count(), 0);
    await press(undo, undo.getByRole("link", { name: "Ver los archivados" }));
    assert.equal(await row(undo, company).count(), 1);

    await press(page, page.getByRole("button", { name: "Deshacer" }));
    assert.match(await flash(page).innerText(), /restauró/);
    await visit(page, "/clientes/?q=nunez");
    assert.equal(await row(page, company).count(), 1);

    await visit(page, detail);
    await press(page, page.getByRole("button", { name: "Archivar" }));
    await visit(page, detail);
    await press(page, page.getByRole("button", { name: "Restaurar" }));
    assert.equal(await page.getByRole("button", { name: "Archivar" }).count(), 1);
  });

  await test(`two people editing one client see both versions, ${how}`, async (open) => {
    const first = await open({ javaScriptEnabled });
    await enter(first, admin);
    await create(first, { name: "Versión Doble", company: how });
    await press(first, first.getByRole("link", { name: "Editar" }));
    const second = await open({ javaScriptEnabled, storageState: await first.context().storageState() });
    await visit(second, path(first));
    await first.fill("#city", "Bello");
    await press(first, first.getByRole("button", { name: "Guardar cambios" }));
    await second.fill("#city", "Caldas");
    assert.equal(await press(second, second.getByRole("button", { name: "Guardar cambios" })), 409);
    assert.match(await second.getByRole("alert").innerText(), /Bello[^]*Caldas/);
    assert.equal(await press(second, second.getByRole("button", { name: "Guardar cambios" })), 200);
    assert.match(await second.locator(".facts").innerText(), /Caldas/);
  });

  await test(`the list is paged both ways, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    await enter(page, admin);
    const first = await page.locator("tbody tr").first().innerText();
    await press(page, page.getByRole("link", { name: "Siguiente" }));
    assert.notEqual(await page.locator("tbody tr").first().innerText(), first);
    await press(page, page.getByRole("link", { name: "Anterior" }));
    assert.equal(await page.locator("tbody tr").first().innerText(), first);
  });
}

await test("the number of a document is one line of the list", async (open) => {
  const page = await open();
  await enter(page, admin);
  for (const [viewport, number] of [[DESKTOP, "123456789012345"], [DESKTOP, "900.123.456-8"], [PHONE, "860.002.964-4"]]) {
    await visit(page, "/clientes/nuevo/");
    await page.selectOption("#doc_type", { label: "NIT" });
    await page.fill("#doc_number", number);
    await page.fill("#email", `${"larguisima".repeat(6)}@example.com`);
    const name = `Documento ${viewport.width} ${number}`;
    await page.fill("#phone", "604 765 0009");
    await page.fill("#company", "Comercializadora Internacional de los Andes Colombianos");
    await page.fill("#city", "San Vicente de Chucurí");
    await page.fill("#name", name);
    if (await press(page, page.getByRole("button", { name: "Crear cliente" })) === 422) {
      assert.equal(await press(page, page.getByRole("button", { name: "Guardar de todos modos" })), 200);
    }
    await page.setViewportSize(viewport);
    await visit(page, "/clientes/?q=documento");
    const lines = await row(page, name).locator("td:nth-child(2)").evaluate((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return range.getClientRects().length;
    });
    await screenshot(page, `document-${viewport.width}`);
    assert.equal(lines, 1, `lines at ${viewport.width} px`);
    await assertFits(page, "document");
  }
});

// --- what JavaScript adds ---

await test("the password can be shown, where there is JavaScript", async (open) => {
  const page = await open();
  await visit(page, "/cuenta/entrar/");
  const reveal = page.getByRole("button", { name: "Mostrar la contraseña" });
  await reveal.click();
  assert.equal(await page.getAttribute("#password", "type"), "text");
  assert.equal(await reveal.getAttribute("aria-pressed"), "true");
  const plain = await open({ javaScriptEnabled: false });
  await visit(plain, "/cuenta/entrar/");
  assert.equal(await plain.getByRole("button", { name: "Mostrar la contraseña" }).count(), 0);
});

await test("a form sent twice is one client", async (open) => {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/clientes/nuevo/");
  await page.fill("#name", "Enviado Dos Veces");
  await Promise.all([
    page.waitForURL(/\/clientes\/\d+\/$/),
    page.evaluate(() => {
      const form = document.querySelector("main form[method=post]");
      form.requestSubmit();
      form.requestSubmit();
    }),
  ]);
  await visit(page, "/clientes/?q=enviado+dos+veces");
  assert.equal(await page.locator("tbody tr").count(), 1);
});

await test("a refused form starts at its summary, whose links lead to the fields", async (open) => {
  const page = await open();
  await enter(page, admin);
  await visit(page, "/clientes/nuevo/");
  await press(page, page.getByRole("button", { name: "Crear cliente" }));
  assert.ok(await page.locator(".notice-bad").evaluate((e) => e === document.activeElement));
  await page.locator(".notice-bad a").first().click();
  await page.locator("#name:focus").waitFor(); // given with the next frame
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  await test(`a twin is warned of, saved anyway and merged, ${how}`, async (open) => {
    const long = `Comercializadora Internacional ${"Larguísima".repeat(6)} ${how}`;
    for (const viewport of [PHONE, DESKTOP]) {
      const page = await open({ javaScriptEnabled, viewport });
      const name = `${long} ${viewport.width}`;
      const email = `gemela-${javaScriptEnabled}-${viewport.width}@example.com`;
      await enter(page, admin);
      await create(page, { name, city: "Tunja" });
      const stays = path(page);
      await visit(page, "/clientes/nuevo/");
      await page.fill("#name", name.toUpperCase());
      await page.fill("#email", email);
      assert.equal(await press(page, page.getByRole("button", { name: "Crear cliente" })), 422);
      assert.equal(await page.locator(".notice-warn a").first().getAttribute("href"), stays);
      if (javaScriptEnabled) await look(page, `twin-${viewport.width}`);
      assert.equal(await press(page, page.getByRole("button", { name: "Guardar de todos modos" })), 200);
      const goes = path(page);
      assert.notEqual(goes, stays);
      await press(page, page.getByRole("link", { name: "Unir con otro cliente" }));
      if (javaScriptEnabled) await look(page, `merge-who-${viewport.width}`);
      await press(page, page.locator(`a[href$="?con=${stays.split("/")[2]}"]`));
      assert.ok(await page.locator("input[name=email][value=goes]").isChecked());
      assert.ok(await page.locator("input[name=city][value=stays]").isChecked());
      if (javaScriptEnabled) await look(page, `merge-${viewport.width}`);
      assert.equal(await press(page, page.getByRole("button", { name: "Unir los dos clientes" })), 200);
      assert.equal(path(page), stays);
      assert.match(await flash(page).textContent(), /Se unieron/);
      assert.ok((await page.locator("dl.facts").first().textContent()).includes(email));
      await visit(page, goes);
      assert.equal(path(page), stays);
    }
  });
}

// --- keyboard ---

for (const viewport of [PHONE, DESKTOP]) {
  await test(`the keyboard reaches everything at ${viewport.width} px`, async (open) => {
    const page = await open({ viewport });
    await enter(page, admin);
    await visit(page, "/clientes/");
    const stops = await tabStops(page);
    assert.equal(stops[0].id, "skip-link");
    assert.ok(stops.some((stop) => stop.menu), "menu");
    assert.ok(stops.some((stop) => stop.id === "q"), "search");

    await visit(page, "/clientes/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#main:focus").waitFor(); // given with the next frame
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "q");
    await page.keyboard.type("a/b");
    assert.equal(await page.inputValue("#q"), "a/b");

    await page.locator("details.account summary").focus();
    await page.keyboard.press("Enter");
    assert.ok(await page.getByRole("link", { name: "Ver mi cuenta" }).isVisible());
    await page.keyboard.press("Escape");
    assert.ok(!(await page.getByRole("link", { name: "Ver mi cuenta" }).isVisible()));

    await visit(page, "/clientes/nuevo/");
    await tabStops(page);
  });
}
