// Clients from a file, as the office brings them in.
import assert from "node:assert/strict";
import { admin, assertAccessible, assertFits, DESKTOP, enter, path, PHONE, press, screenshot, test, visit } from "./harness.mjs";

const HEADS = "Nombre;Tipo;Documento;Relación;Correo;Teléfono;Dirección;Ciudad\r\n";
const csv = (text) => ({ name: "clientes de 2026.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
const MANY = 3000;
const NARROWEST = { width: 320, height: 640 };

// The page asks again by itself until its import is in this state.
async function until(page, state) {
  await page.locator(".facts dd", { hasText: state }).waitFor();
  await page.waitForLoadState("load");
}

// axe itself is a script
async function looks(page, name, javaScriptEnabled) {
  for (const viewport of [PHONE, DESKTOP]) {
    await page.setViewportSize(viewport);
    await screenshot(page, `${name}-${viewport.width}`);
    if (javaScriptEnabled) await assertAccessible(page, name);
    await assertFits(page, name);
  }
  await page.setViewportSize(NARROWEST);
  await assertFits(page, name);
  await page.setViewportSize(DESKTOP);
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  await test(`clients are imported from a file, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    const city = `Ciudad ${javaScriptEnabled}`;
    const first = javaScriptEnabled ? 6000000 : 7000000;
    await enter(page, admin);
    await press(page, page.getByRole("link", { name: "Importar de CSV" }));
    await page.setInputFiles("#file", csv("Nombre;Signo\r\nAna;Leo\r\n"));
    assert.equal(await press(page, page.getByRole("button", { name: "Revisar el archivo" })), 422);
    assert.match(await page.locator("#file-error").innerText(), /No se conocen: Signo[^]*Faltan: Tipo, Relación/);
    await looks(page, "import-refused", javaScriptEnabled);

    await page.setInputFiles("#file", csv(`${HEADS}Ana Ñúñez;Persona;CC ${first};Contrato TI;ana@ejemplo.example;300 765 0001;Calle 10 # 20-30;${city}\r\n`
      + `Muebles y Decoración del Valle SAS;Empresa;NIT 900.123.456-7;Contrato TI;no es;12;;${city}\r\n`
      + `Gemela;Persona;CC ${first};Servicio puntual;;;;${city}\r\n`
      + Array.from({ length: MANY }, (_, i) => `Cliente ${i};Persona;CC ${first + 1 + i};Servicio puntual;;;;${city}\r\n`).join("")));
    await press(page, page.getByRole("button", { name: "Revisar el archivo" }));
    await until(page, "Lista para importar");
    assert.match(await page.locator("main").innerText(), /Ana Ñúñez[^]*Correo[^]*nombre@ejemplo\.com[^]*está en la línea 2\./);
    await looks(page, "import-ready", javaScriptEnabled);
    // looked for from the begin: the page asks again, and then it may be done
    await Promise.all([page.locator("progress").waitFor(), press(page, page.getByRole("button", { name: `Importar ${MANY + 1} clientes` }))]);
    await screenshot(page, "import-running");
    await until(page, "Terminada");
    assert.match(await page.getByRole("status").innerText(), new RegExp(`Clientes importados: ${MANY + 1}`));
    await looks(page, "import-done", javaScriptEnabled);
    await press(page, page.getByRole("link", { name: "Ver los más nuevos" }));
    const newest = await page.locator("tbody tr", { hasText: city }).count();
    assert.ok(newest > 40 && newest <= 50, `${newest} of the newest 50`); // others add clients too

    await visit(page, "/clientes/importar/");
    await looks(page, "import", javaScriptEnabled);
    await page.setInputFiles("#file", csv(`${HEADS}Otra;Persona;;Contrato TI;;;;Nunca\r\n`));
    await press(page, page.getByRole("button", { name: "Revisar el archivo" }));
    await until(page, "Lista para importar");
    await press(page, page.getByRole("button", { name: "Cancelar la importación" }));
    assert.equal(path(page), "/clientes/importar/");
    assert.match(await page.getByRole("status").innerText(), /Se canceló/);
  });
}
