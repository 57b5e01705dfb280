// Files of a client, as the office and the client meet them.
import assert from "node:assert/strict";
import { admin, assertAccessible, assertFits, client, enter, PHONE, press, screenshot, test, visit } from "./harness.mjs";

const PDF = Buffer.from("%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n");
const file = (name, buffer = PDF) => ({ name, mimeType: "application/octet-stream", buffer });
const row = (page, name) => page.locator(".attachments tbody tr", { hasText: name });

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  await test(`files are added, downloaded, archived and brought back, ${how}`, async (open) => {
    const [one, two] = [`contrato ${how}.pdf`, `acta «ñ» ${how}.pdf`];
    const page = await open({ javaScriptEnabled });
    await enter(page, admin);
    await visit(page, "/clientes/1/");
    await page.setInputFiles("#files", [file(one), file(two, Buffer.concat([PDF, PDF]))]);
    await press(page, page.getByRole("button", { name: "Enviar archivos" }));
    assert.match(await page.getByRole("status").innerText(), /Se agregaron los archivos/);
    assert.match(await row(page, one).innerText(), new RegExp(`${PDF.length} B`));

    const got = await page.request.get(await row(page, two).locator("th a").getAttribute("href"));
    assert.deepEqual(await got.body(), Buffer.concat([PDF, PDF]));

    await press(page, row(page, one).getByRole("button", { name: "Archivar" }));
    assert.equal(await row(page, one).count(), 0);
    await press(page, page.getByRole("status").getByRole("button", { name: "Deshacer" }));
    assert.equal(await row(page, one).count(), 1);

    const owner = await open({ javaScriptEnabled });
    await enter(owner, client);
    await press(owner, owner.getByRole("link", { name: "Mis archivos" }).first());
    assert.equal(await owner.locator("tbody tr", { hasText: two }).count(), 1);
  });

  await test(`a file of the wrong type is refused and named, ${how}`, async (open) => {
    const page = await open({ javaScriptEnabled });
    await enter(page, admin);
    await visit(page, "/clientes/2/archivos/subir/");
    await page.setInputFiles("#files", file("virus.pdf", Buffer.from("<html><script>1</script></html>")));
    assert.equal(await press(page, page.getByRole("button", { name: "Enviar archivos" })), 422);
    assert.match(await page.locator("#files-error").innerText(), /^virus\.pdf: No se aceptan/);
    await page.setInputFiles("#files", file("bueno.pdf"));
    assert.equal(await press(page, page.getByRole("button", { name: "Enviar archivos" })), 200);
  });
}

await test("pages with files are accessible and fit", async (open) => {
  for (const viewport of [PHONE, undefined]) {
    const page = await open(viewport ? { viewport } : {});
    await enter(page, admin);
    for (const [name, address] of [["client-files", "/clientes/1/"], ["files", "/clientes/1/archivos/"], ["files-add", "/clientes/1/archivos/subir/"]]) {
      await visit(page, address);
      await assertAccessible(page, name);
      await assertFits(page, name);
      await screenshot(page, `${name}-${page.viewportSize().width}`);
    }
  }
  const page = await open({ viewport: PHONE });
  await enter(page, client);
  await visit(page, "/archivos/");
  await assertAccessible(page, "own-files");
  await assertFits(page, "own-files");
  await screenshot(page, "own-files-390");
});
