"""Contacts, sites and consents of clients: forms, access, history."""
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN

OWN = 1  # the client that the demo's client account belongs to
OTHER = 2  # another one
TABLE = {"contactos": "client_contact", "sedes": "client_site",
         "consentimientos": "consent"}
FILLED = {"contactos": {"name": "Rosa Peña", "position": "Compras",
                        "email": "ROSA@example.com", "phone": "300 123 4567"},
          "sedes": {"name": "Sucursal norte", "address": "Carrera 7 # 8-09",
                    "city": "Bello", "access_notes": "Por el sótano"}}
GRANT = {"purpose": "photos", "channel": "person", "signed_by": "Rosa Peña",
         "granted": "1"}


class Parts(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def new_client(self, name="Cliente con partes"):
        number = self.site.sql("SELECT count(*) FROM client")
        answer = self.b.submit("/clientes/nuevo/",
                               {"name": f"{name} {number}"})
        return int(re.search(r"/clientes/(\d+)/", answer.location)[1])

    def last(self, kind):
        return int(self.site.sql(f"SELECT max(id) FROM {TABLE[kind]}"))

    def add(self, client, kind, **changes):
        """Adds a contact or a site; returns its address."""
        answer = self.b.submit(f"/clientes/{client}/{kind}/nuevo/",
                               {**FILLED[kind], **changes})
        self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(answer.location, f"/clientes/{client}/")
        return f"/clientes/{client}/{kind}/{self.last(kind)}/"

    def grant(self, client, **changes):
        return self.b.submit(f"/clientes/{client}/consentimientos/nuevo/",
                             {**GRANT, **changes})

    def page(self, client):
        return self.b.get(f"/clientes/{client}/").text

    def primary(self, client):
        return self.site.sql(
            "SELECT name FROM client_contact WHERE is_primary = 1"
            f" AND client_id = {client}")


class Forms(Parts):
    def test_empty_states(self):
        text = self.page(self.new_client())
        for part in ("Aún no hay contactos", "Aún no hay sedes",
                     "Aún no hay autorizaciones"):
            self.assertIn(part, text)

    def test_a_contact_is_stored_and_shown(self):
        client = self.new_client()
        self.add(client, "contactos", is_primary="1", gets_reports="1")
        self.assertEqual(self.site.sql(
            "SELECT name, position, email, phone, is_primary, gets_reports"
            f" FROM client_contact WHERE client_id = {client}"),
            "Rosa Peña|Compras|rosa@example.com|+573001234567|1|1")
        text = self.page(client)
        for part in ("Rosa Peña", 'href="tel:+573001234567">300 123 4567<',
                     'href="mailto:rosa@example.com"', "Principal<",
                     "Informes<"):
            self.assertIn(part, text)

    def test_a_site_is_stored_and_shown(self):
        client = self.new_client()
        self.add(client, "sedes", access_notes="Timbre\r\n<b>2</b>")
        text = self.page(client)
        for part in ("Sucursal norte", "Carrera 7 # 8-09", "Bello",
                     "Timbre\n&lt;b&gt;2&lt;/b&gt;"):
            self.assertIn(part, text.replace("\r", ""))

    def test_what_is_refused_keeps_what_was_typed(self):
        client = self.new_client()
        for kind, field, value, why in (
                ("contactos", "name", " ", "name"),
                ("contactos", "email", "rosa@", "email"),
                ("contactos", "phone", "12", "phone"),
                ("contactos", "position", "x" * 101, "position"),
                ("sedes", "name", "", "name"),
                ("sedes", "address", "", "address"),
                ("sedes", "access_notes", "x" * 2001, "access_notes")):
            answer = self.b.submit(f"/clientes/{client}/{kind}/nuevo/",
                                   {**FILLED[kind], field: value})
            self.assertEqual(answer.status, 422, f"{kind} {field}")
            self.assertIn(f'id="{why}-error"', answer.text)
            kept = "position" if kind == "contactos" else "city"
            if kept != field:
                self.assertIn(f'value="{FILLED[kind][kept]}"', answer.text)
        self.assertEqual(self.site.sql(
            f"SELECT (SELECT count(*) FROM client_contact WHERE client_id ="
            f" {client}) + (SELECT count(*) FROM client_site WHERE client_id"
            f" = {client})"), "0")

    def test_reports_need_an_address(self):
        client = self.new_client()
        answer = self.b.submit(
            f"/clientes/{client}/contactos/nuevo/",
            {**FILLED["contactos"], "email": "", "gets_reports": "1"})
        self.assertEqual(answer.status, 422)
        self.assertIn("hace falta un correo", answer.text)
        self.assertRegex(answer.text, r'name="gets_reports"[^>]* checked')

    def test_one_primary_contact(self):
        client = self.new_client()
        first = self.add(client, "contactos", name="Uno", is_primary="1")
        self.add(client, "contactos", name="Dos", is_primary="1")
        self.assertEqual(self.primary(client), "Dos")
        answer = self.b.submit(first + "editar/", {"is_primary": "1"})
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.primary(client), "Uno")
        text = self.page(client)
        self.assertLess(text.index(">Uno"), text.index(">Dos"))

    def test_a_conflict_shows_both(self):
        client = self.new_client()
        for kind, field, theirs, mine in (
                ("contactos", "position", "Gerencia", "Sistemas"),
                ("contactos", "is_primary", "1", ""),
                ("sedes", "address", "Calle 11", "Calle 12")):
            where = self.add(client, kind) + "editar/"
            form = self.b.get(where).form(where)
            self.b.submit(where, {field: theirs, "name": "Otro"})
            form[field] = mine
            answer = self.b.post(where, form)
            self.assertEqual(answer.status, 409, kind)
            self.assertIn("Guardado: " + ("Sí" if theirs == "1" else theirs),
                          answer.text)
            self.assertIn("Suyo: " + (mine or "No"), answer.text)
            again = answer.form(where)
            self.assertEqual(again["name"], FILLED[kind]["name"])
            self.assertEqual(self.b.post(where, again).status, 303)

    def test_archive_undo_and_bring_back(self):
        client = self.new_client()
        for kind, title in (("contactos", "Contactos archivados (1)"),
                            ("sedes", "Sedes archivadas (1)")):
            where = self.add(client, kind)
            page = f"/clientes/{client}/"
            answer = self.b.submit(page, {}, where + "archivar/")
            shown = self.b.follow(answer)
            self.assertIn(title, shown.text)
            self.assertEqual(self.b.get(where + "editar/").status, 404)
            undo = shown.form(where + "restaurar/")
            self.assertEqual(undo["version"], "2")
            self.assertEqual(self.b.post(where + "restaurar/", undo).status,
                             303)
            self.assertNotIn(title, self.page(client))
            # a button that somebody else pressed before
            self.assertEqual(self.b.post(
                where + "archivar/", {**undo, "version": "1"}).status, 409)

    def test_nothing_is_added_to_an_archived_client(self):
        client = self.new_client()
        where = self.add(client, "sedes")
        form = self.b.get(where + "editar/").form(where + "editar/")
        page = f"/clientes/{client}/"
        self.b.submit(page, {}, page + "archivar/")
        text = self.page(client)
        self.assertIn("Sucursal norte", text)
        self.assertNotIn("sedes/nuevo/", text)
        self.assertNotIn(where, text)
        for path in (where + "editar/", where + "archivar/",
                     page + "contactos/nuevo/",
                     page + "consentimientos/nuevo/"):
            answer = self.b.post(path, {**form, **GRANT})
            self.assertEqual(answer.status, 404, path)

    def test_there_is_a_largest_number(self):
        client = self.new_client()
        self.site.sql(
            "INSERT INTO client_site (uid, client_id, name, address,"
            f" created_at, updated_at) SELECT 'y' || id, {client}, 'S', 'C',"
            " 1, 1 FROM client WHERE id <= 200")
        answer = self.b.submit(f"/clientes/{client}/sedes/nuevo/",
                               FILLED["sedes"])
        self.assertEqual(answer.status, 422)
        self.assertIn("ya tiene 200", answer.text)

    def test_statements(self):
        for path in ("/clientes/1/", "/clientes/2/"):
            self.b.get(path)
            self.assertLessEqual(
                min(int(self.b.get(path).headers["X-Statements"])
                    for _ in range(3)), 3, path)

    def test_text_from_people_is_escaped(self):
        client = self.new_client()
        evil = "\"><script>alert(1)</script>'&"
        where = self.add(client, "contactos", name=evil, position=evil)
        self.add(client, "sedes", name=evil, address=evil, city=evil,
                 access_notes=evil)
        self.grant(client, signed_by=evil)
        for path in (f"/clientes/{client}/", where + "editar/",
                     f"/clientes/{client}/consentimientos/"
                     f"{self.last('consentimientos')}/revocar/"):
            text = self.b.get(path).text
            self.assertNotIn("<script>alert", text)
            self.assertIn("&lt;script&gt;", text)

    def test_in_english(self):
        b = self.site.browser(ADMIN)
        b.submit("/cuenta/perfil/", {"lang": "en"})
        text = b.get(f"/clientes/{OWN}/").text
        b.submit("/cuenta/perfil/", {"lang": "es"})
        for part in ("Contacts</h2>", "Sites</h2>", "Data authorisations</h2>",
                     "In force", "Signed paper"):
            self.assertIn(part, text)


class Consents(Parts):
    def test_nothing_is_ticked_beforehand(self):
        path = f"/clientes/{self.new_client()}/consentimientos/nuevo/"
        form = self.b.get(path).form(path)
        self.assertNotIn("purpose", form)
        self.assertNotIn("granted", form)
        self.assertEqual(form["channel"], "")
        self.assertEqual(form["signed_by"], "")

    def test_silence_is_no_consent(self):
        client = self.new_client()
        for missing in GRANT:
            answer = self.grant(client, **{missing: ""})
            self.assertEqual(answer.status, 422, missing)
            self.assertIn(f'id="{missing}-error"', answer.text)
        self.assertEqual(self.grant(client, purpose="otra").status, 422)
        self.assertEqual(self.grant(client, channel="paloma").status, 422)
        self.assertEqual(self.site.sql("SELECT count(*) FROM consent WHERE"
                                       f" client_id = {client}"), "0")

    def test_evidence(self):
        client = self.new_client()
        form = f"/clientes/{client}/consentimientos/nuevo/"
        fields = {**self.b.get(form).form(form), **GRANT}
        shown = fields["text_version"]
        answer = self.b.post(form, fields, **{
            "User-Agent": ("ñ" * 300).encode().decode("latin-1")})
        self.assertEqual(answer.status, 303)
        row = self.site.sql(
            "SELECT purpose, text_version, channel, signed_by, ip, user_agent"
            f" FROM consent WHERE client_id = {client}").split("|")
        self.assertEqual(row[:5], ["photos", shown, "person", "Rosa Peña",
                                   "127.0.0.1"])
        self.assertRegex(row[5], "^ñ{200}$")
        text = self.page(client)
        for part in ("Fotos del trabajo", "Vigente", "En persona", shown):
            self.assertIn(part, text)

    def test_only_the_text_that_was_shown(self):
        client = self.new_client()
        answer = self.grant(client, text_version="2020-01-01")
        self.assertEqual(answer.status, 422)
        self.assertIn("El texto cambió", answer.text)
        again = answer.form(f"/clientes/{client}/consentimientos/nuevo/")
        self.assertNotEqual(again["text_version"], "2020-01-01")

    def test_twice_the_same(self):
        client = self.new_client()
        self.assertEqual(self.grant(client).status, 303)
        answer = self.grant(client)
        self.assertEqual(answer.status, 422)
        self.assertIn("ya está autorizado", answer.text)

    def test_revoked_it_stays_visible(self):
        client = self.new_client()
        self.grant(client)
        where = (f"/clientes/{client}/consentimientos/"
                 f"{self.last('consentimientos')}/revocar/")
        self.assertIn(f'href="{where}"', self.page(client))
        self.assertIn("No se puede deshacer", self.b.get(where).text)
        self.assertEqual(self.b.submit(where, {}).status, 422)
        answer = self.b.submit(where, {"channel": "whatsapp"})
        self.assertEqual(answer.status, 303)
        text = self.b.follow(answer).text
        for part in ("Se revocó la autorización", "Revocada", "Por WhatsApp",
                     "En persona"):
            self.assertIn(part, text)
        self.assertNotIn(where, text)
        self.assertEqual(self.b.get(where).status, 404)
        self.assertEqual(self.grant(client).status, 303)
        text = self.page(client)
        self.assertLess(text.index("Vigente"), text.index("Revocada"))


class History(Parts):
    def test_the_client_tells_of_its_parts(self):
        client = self.new_client()
        self.add(client, "contactos", is_primary="1")
        where = self.add(client, "sedes")
        self.b.submit(where + "editar/", {"city": "Tunja"})
        self.b.submit(f"/clientes/{client}/", {}, where + "archivar/")
        self.grant(client)
        text = self.b.get(f"/clientes/{client}/historial/").text
        for part in ("Contacto agregado", "Sede agregada",
                     "Cambio de una sede", "<del>Bello</del>",
                     "<ins>Tunja</ins>", "Sede archivada",
                     "Autorización otorgada", "Fotos del trabajo",
                     "Contacto principal", "En persona"):
            self.assertIn(part, text)
        for personal in ("rosa@example.com", "+57300", "Carrera 7"):
            self.assertNotIn(personal, text)
        self.assertEqual(self.site.ctl("audit", "verify").returncode, 0)


class Access(Parts):
    """As a client: what belongs to others does not exist."""

    def ids(self, kind, client):
        return self.site.sql(f"SELECT id FROM {TABLE[kind]} WHERE client_id"
                             f" = {client}").split()

    def test_every_address_of_another_client(self):
        for client in (OWN, OTHER):
            form = f"/clientes/{client}/archivos/subir/"
            self.b.post_files(form, self.b.get(form).form(form),
                              [("files", f"de {client}.txt", b"texto")])
        mine = self.site.browser(CLIENT)
        token = mine.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        tables = ["client", "client_contact", "client_site", "consent"]
        before = [self.site.sql(f"SELECT * FROM {t} ORDER BY id")
                  for t in tables]
        paths = [f"/clientes/{OTHER}/", f"/clientes/{OTHER}/archivos/",
                 f"/clientes/{OTHER}/historial/"]
        for kind in TABLE:
            ids = self.ids(kind, OTHER) + self.ids(kind, OWN)
            self.assertGreater(len(ids), 1)
            # whose it is in the address and whose it is in truth, crossed
            paths += [f"/clientes/{client}/{kind}/{n}/{verb}/"
                      for client in (OWN, OTHER) for n in ids
                      for verb in ("editar", "archivar", "restaurar",
                                   "revocar")]
            paths += [f"/clientes/{OTHER}/{kind}/nuevo/"]
        files = self.site.sql("SELECT id FROM file WHERE entity = 'client'"
                              f" AND entity_id = {OTHER}").split()
        self.assertGreater(len(files), 0)
        paths += [f"/archivos/{n}/{verb}" for n in files
                  for verb in ("", "archivar/", "restaurar/")]
        self.assertGreater(len(paths), 50)
        for path in paths:
            status = mine.get(path).status
            self.assertIn(status, (403, 404, 405), path)
            answer = mine.post(path, {"csrf": token, "version": "1",
                                      **FILLED["contactos"], **GRANT})
            self.assertIn(answer.status, (403, 404, 405), path)
            for text in ("de 2.txt", "Sede principal"):
                self.assertNotIn(text, answer.text)
        self.assertEqual(before, [
            self.site.sql(f"SELECT * FROM {t} ORDER BY id") for t in tables])

    def test_even_the_office_needs_the_right_pair(self):
        """A part is found below its own client only."""
        for kind, verbs in (("contactos", ("editar", "archivar")),
                            ("sedes", ("editar", "archivar")),
                            ("consentimientos", ("revocar",))):
            n = self.ids(kind, OTHER)[0]
            for verb in verbs:
                right = f"/clientes/{OTHER}/{kind}/{n}/{verb}/"
                wrong = f"/clientes/{OWN}/{kind}/{n}/{verb}/"
                if verb != "archivar":
                    self.assertEqual(self.b.get(right).status, 200, right)
                    self.assertEqual(self.b.get(wrong).status, 404, wrong)
                token = self.b.get("/cuenta/").form("/cuenta/salir/")["csrf"]
                answer = self.b.post(wrong, {
                    "csrf": token, "version": "1", "channel": "phone",
                    "name": "X", "address": "X"})
                self.assertEqual(answer.status, 404, wrong)

    def test_a_client_sees_its_own(self):
        self.add(OWN, "contactos", name="Solo mía", position="Propia")
        self.add(OTHER, "contactos", name="Ajena")
        mine = self.site.browser(CLIENT)
        self.assertIn('href="/cuenta/cliente/"', mine.get("/cuenta/").text)
        text = mine.get("/cuenta/cliente/").text
        for part in ("Solo mía", "Sede principal", "Vigente"):
            self.assertIn(part, text)
        for part in ("Ajena", "consentimientos/nuevo/"):
            self.assertNotIn(part, text)

    def test_an_account_without_a_client_sees_none(self):
        answer = self.b.submit("/admin/usuarios/nuevo/", {
            "name": "Suelta", "email": "suelta@example.com",
            "role": "client", "password": PASSWORD})
        if answer.status == 422:  # such an account cannot be made by hand
            self.site.sql("UPDATE app_user SET client_id = NULL"
                          f" WHERE email = '{CLIENT}'")
            email = CLIENT
        else:
            email = "suelta@example.com"
        text = self.site.browser(email).get("/cuenta/cliente/").text
        self.site.sql(f"UPDATE app_user SET client_id = {OWN}"
                      f" WHERE email = '{CLIENT}'")
        self.assertIn("no está unida a ningún cliente", text)
        self.assertNotIn("Contactos</h2>", text)

    def test_a_technician_reads_and_changes_nothing(self):
        b = self.site.browser(TECHNICIAN)
        text = b.get(f"/clientes/{OWN}/").text
        self.assertIn("Sede principal", text)
        for part in ("contactos/nuevo/", "/editar/", "/revocar/"):
            self.assertNotIn(part, text)
        self.assertEqual(
            b.get(f"/clientes/{OWN}/contactos/nuevo/").status, 403)
