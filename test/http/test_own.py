"""What a client changes of itself, and of nobody else."""
import json
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN
from test_access import routes
from test_audit import Rows
from test_parts import FILLED, GRANT, OTHER, OWN, TABLE

PAGE = "/cuenta/cliente/"
MINE = f"{PAGE}{OWN}/"
EDIT = MINE + "editar/"
COLUMNS = ("kind, service_kind, doc_type, doc_number, doc_dv, name, company,"
           " email, phone, address, city, notes, archived_at, merged_into,"
           " dane_city, whatsapp_ok")
NEWS = {"company": "Café Ñandú", "email": "NUEVO@example.com",
        "phone": "300 765 4321", "address": "Calle 99 # 1-2",
        "city": "Sabaneta", "dane_city": "05631"}
# what stays with the office
FORGED = {"name": "Otra", "kind": "legal", "service_kind": "contract",
          "doc_type": "31", "doc_number": "900.123.456-8", "doc_dv": "8",
          "notes": "paga bien", "archived_at": "1", "merged_into": "2",
          "client_id": "2", "id": "2", "confirm": ""}


class Own(SiteCase):
    def setUp(self):
        self.office = self.site.browser(ADMIN)
        self.b = self.site.browser(CLIENT)

    def row(self, client=OWN, columns=COLUMNS):
        return self.site.sql(f"SELECT {columns} FROM client"
                             f" WHERE id = {client}")

    def all_rows(self):
        return [self.site.sql(f"SELECT * FROM {t} ORDER BY id")
                for t in ("client", *TABLE.values())]

    def ids(self, kind, client):
        end = "revoked_at" if kind == "consentimientos" else "archived_at"
        return [int(n) for n in self.site.sql(
            f"SELECT id FROM {TABLE[kind]} WHERE client_id = {client}"
            f" AND {end} IS NULL ORDER BY id").split()]

    def add(self, kind, **changes):
        answer = self.b.submit(f"{MINE}{kind}/nuevo/",
                               {**FILLED[kind], **changes})
        self.assertEqual((answer.status, answer.location), (303, PAGE),
                         answer.text)
        return f"{MINE}{kind}/{self.ids(kind, OWN)[-1]}/"

    def token(self, b):
        return b.get("/cuenta/").form("/cuenta/salir/")["csrf"]

    def move(self, email, client):
        self.site.sql(f"UPDATE app_user SET client_id = {client}"
                      f" WHERE email = '{email}'")


class Itself(Own):
    def test_the_form_has_its_fields_and_no_others(self):
        answer = self.b.get(EDIT)
        self.assertEqual(set(answer.form(EDIT)),
                         {"csrf", "version", *NEWS})
        for shown in ("Adriana Acevedo Acevedo", "CC 1.999.000.000"):
            self.assertIn(shown, answer.text)
        for office in set(FORGED) - {"id"}:
            self.assertNotIn(f'name="{office}"', answer.text)

    def test_what_it_changes_is_stored_and_all_else_stays(self):
        self.site.sql("UPDATE client SET notes = 'nota interna'"
                      f" WHERE id = {OWN}")
        before, others = self.row().split("|"), self.row(OTHER)
        answer = self.b.submit(EDIT, {**NEWS, **FORGED, "whatsapp_ok": "1"})
        self.assertEqual((answer.status, answer.location), (303, PAGE))
        after = self.row().split("|")
        self.assertEqual(after[6:11],
                         ["Café Ñandú", "nuevo@example.com", "+573007654321",
                          "Calle 99 # 1-2", "Sabaneta"])
        self.assertEqual(before[:6] + before[11:14], after[:6] + after[11:14])
        self.assertEqual(after[14:], ["05631", "1"])
        self.assertEqual(self.row(OTHER), others)
        text = self.b.follow(answer).text
        for part in ("Se guardaron los cambios", "Café Ñandú",
                     "300 765 4321", "05631 · Sabaneta, Antioquia",
                     "<dt>Acepta WhatsApp</dt><dd>Sí</dd>"):
            self.assertIn(part, text)
        self.assertNotIn("nota interna", text + self.b.get(EDIT).text)
        self.assertIn("Sabaneta", self.b.get("/cuenta/").text)
        # the office finds it by what is new
        self.assertIn(f'href="/clientes/{OWN}/"',
                      self.office.get("/clientes/?q=cafe+nandu").text)

    def test_what_is_refused_keeps_what_was_typed(self):
        before = self.row()
        for field, bad in (("email", "sin arroba"), ("phone", "12"),
                           ("company", "x" * 201), ("city", "x" * 101),
                           ("dane_city", "Sabaneta"),
                           ("address", "x" * 201)):
            answer = self.b.submit(EDIT, {**NEWS, field: bad})
            self.assertEqual(answer.status, 422, field)
            self.assertIn(f'id="{field}-error"', answer.text)
            typed = answer.form(EDIT)
            self.assertEqual({n: typed[n] for n in NEWS},
                             {**NEWS, "email": "nuevo@example.com",
                              "phone": "+573007654321", field: bad})
            self.assertIn("Adriana Acevedo Acevedo", answer.text)
        typed["csrf"] = "0" * 64
        answer = self.b.post(EDIT, typed)
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.form(EDIT)["company"], NEWS["company"])
        self.assertEqual(self.row(), before)

    def test_a_conflict_shows_both_but_not_what_is_the_offices(self):
        form = {**self.b.get(EDIT).form(EDIT), "city": "Caldas"}
        answer = self.office.submit(
            f"/clientes/{OWN}/editar/",
            {"city": "Girardota", "notes": "nota interna"})
        self.assertEqual(answer.status, 303, answer.text)
        answer = self.b.post(EDIT, form)
        self.assertEqual(answer.status, 409)
        for part in ("Guardado: Girardota", "Suyo: Caldas"):
            self.assertIn(part, answer.text)
        self.assertNotIn("nota interna", answer.text)
        self.assertNotIn("Notas", answer.text)
        answer = self.b.post(EDIT, answer.form(EDIT))
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.row(columns="city, notes"),
                         "Caldas|nota interna")
        for version in ("", "0", "x", "99"):
            answer = self.b.post(EDIT, {**form, "version": version})
            self.assertIn(answer.status, (409, 422), version)

    def test_it_says_itself_whether_whatsapp_is_welcome(self):
        rows = Rows(self.site)
        self.b.submit(EDIT, {"phone": "300 765 4321", "whatsapp_ok": "1"})
        before = rows.last()
        form = self.b.get(EDIT).form(EDIT)
        del form["whatsapp_ok"]
        self.assertEqual(self.b.post(EDIT, form).status, 303)
        self.assertEqual(self.row(columns="phone, whatsapp_ok"),
                         "+573007654321|0")
        (told,) = rows.all(before)
        self.assertEqual(json.loads(told["diff"]),
                         {"whatsapp_ok": {"from": True, "to": False}})
        self.assertNotIn("wa.me", self.office.get(f"/clientes/{OWN}/").text)
        answer = self.b.submit(EDIT, {"phone": "", "whatsapp_ok": "1"})
        self.assertEqual(answer.status, 422)
        self.assertIn('id="whatsapp_ok-error"', answer.text)

    def test_it_is_not_told_of_others(self):
        """The office is warned of twins; here that would say whose they are."""
        self.site.sql("UPDATE client SET email = 'de.otro@example.com',"
                      f" phone = '+573009998877' WHERE id = {OTHER}")
        typed = {"email": "de.otro@example.com", "phone": "300 999 8877"}
        answer = self.b.submit(EDIT, typed)
        self.assertEqual(answer.status, 303)
        answer = self.office.submit("/clientes/3/editar/", typed)
        self.assertEqual(answer.status, 422)
        form = {**self.b.get(EDIT).form(EDIT), "email": "", "phone": ""}
        form.pop("whatsapp_ok", None)
        self.assertEqual(self.b.post(EDIT, form).status, 303)

    def test_the_audit_says_who(self):
        rows = Rows(self.site)
        me = int(self.site.sql(
            f"SELECT id FROM app_user WHERE email = '{CLIENT}'"))
        before = rows.last()
        self.b.submit(EDIT, {"city": "Copacabana", "address": "Calle 7"})
        self.add("contactos")
        got = rows.all(before)
        self.assertEqual(
            [(r["action"], r["entity"], r["entity_id"], r["actor_id"],
              r["role"]) for r in got],
            [("update", "client", OWN, me, "client"),
             ("contact_add", "client", OWN, me, "client")])
        diff = json.loads(got[0]["diff"])
        self.assertEqual(set(diff), {"address", "city"})
        self.assertEqual(diff["city"]["to"], "Copacabana")
        self.assertNotIn("Calle 7", got[0]["diff"])
        self.assertIn("Clara Demostración", self.office.get(
            f"/clientes/{OWN}/historial/").text)
        self.assertEqual(self.site.ctl("audit", "verify").returncode, 0)

    def test_in_english(self):
        self.b.submit("/cuenta/perfil/", {"lang": "en"})
        page, form = self.b.get(PAGE).text, self.b.get(EDIT).text
        self.b.submit("/cuenta/perfil/", {"lang": "es"})
        for part in ("<h1>My client data</h1>", "Edit my data"):
            self.assertIn(part, page)
        for part in ("<h1>Edit my client data</h1>",
                     "are changed by the office"):
            self.assertIn(part, form)

    def test_statements(self):
        for path, most in ((PAGE, 3), (EDIT, 2)):
            self.b.get(path)
            self.assertLessEqual(
                min(int(self.b.get(path).headers["X-Statements"])
                    for _ in range(3)), most, path)


class Belongings(Own):
    def test_contacts_and_sites_from_first_to_last(self):
        for kind, field in (("contactos", "position"), ("sedes", "city")):
            where = self.add(kind)
            answer = self.b.submit(where + "editar/", {field: "Cambiada"})
            self.assertEqual((answer.status, answer.location), (303, PAGE))
            shown = self.b.follow(answer).text
            self.assertIn("Cambiada", shown)
            answer = self.b.submit(PAGE, {}, where + "archivar/")
            self.assertEqual((answer.status, answer.location), (303, PAGE))
            shown = self.b.follow(answer)
            self.assertNotIn(f'href="{where}', shown.text)
            self.assertEqual(self.b.get(where + "editar/").status, 404)
            undo = shown.form(where + "restaurar/")
            self.assertEqual(self.b.post(where + "restaurar/", undo).status,
                             303)
            self.assertIn(f'href="{where}editar/"', self.b.get(PAGE).text)

    def test_a_conflict_with_the_office(self):
        for kind, field in (("contactos", "position"), ("sedes", "address")):
            where = self.add(kind)
            form = self.b.get(where + "editar/").form(where + "editar/")
            n = where.split("/")[-2]
            self.office.submit(f"/clientes/{OWN}/{kind}/{n}/editar/",
                               {field: "De la oficina"})
            answer = self.b.post(where + "editar/", {**form, field: "Mía"})
            self.assertEqual(answer.status, 409)
            for part in ("Guardado: De la oficina", "Suyo: Mía"):
                self.assertIn(part, answer.text)
            self.assertEqual(self.b.post(
                where + "archivar/", {**form, "version": "1"}).status, 409)

    def test_what_is_refused_keeps_what_was_typed(self):
        for kind, keeps in (("contactos", "position"), ("sedes", "city")):
            path = f"{MINE}{kind}/nuevo/"
            answer = self.b.submit(path, {**FILLED[kind], "name": ""})
            self.assertEqual(answer.status, 422)
            self.assertEqual(answer.form(path)[keeps], FILLED[kind][keeps])

    def test_every_link_and_button_of_its_pages_works(self):
        self.b.submit(PAGE, {}, self.add("sedes") + "archivar/")
        self.add("contactos")
        text = self.b.get(PAGE).text
        links = set(re.findall(r'href="(/cuenta/cliente/[^"]*)"', text))
        buttons = re.findall(r'action="(/cuenta/cliente/[^"]*)"', text)
        self.assertGreater(len(links), 6)
        self.assertIn(MINE + "contactos/nuevo/", links)
        for path in links:
            self.assertEqual(self.b.get(path).status, 200, path)
        for verb in ("archivar", "restaurar"):
            path = [p for p in buttons if p.endswith(verb + "/")][-1]
            self.assertEqual(self.b.submit(PAGE, {}, path).status, 303, path)
        # what it did, with links to what it did it to
        text = self.b.get("/cuenta/actividad/").text
        links = set(re.findall(r'href="(/c[^"?]*)"', text))
        self.assertIn(PAGE, links)
        for path in links:
            self.assertEqual(self.b.get(path).status, 200, path)


class Consents(Own):
    """What was allowed is ended by the client itself; the office is told."""

    def grant(self, **changes):
        """The office records one; returns the address that ends it."""
        answer = self.office.submit(
            f"/clientes/{OWN}/consentimientos/nuevo/", {**GRANT, **changes})
        self.assertEqual(answer.status, 303, answer.text)
        n = max(self.ids("consentimientos", OWN))
        return f"{MINE}consentimientos/{n}/revocar/"

    def consent(self, where, columns):
        return self.site.sql(f"SELECT {columns} FROM consent WHERE id ="
                             f" {where.split('/')[-3]}")

    def test_it_is_revoked_where_it_is_seen(self):
        me = self.site.sql(
            f"SELECT id FROM app_user WHERE email = '{CLIENT}'")
        where, others = self.grant(), self.ids("consentimientos", OTHER)
        held = self.ids("consentimientos", OWN)
        self.assertGreater(len(held), 1)
        self.assertIn(f'href="{where}"', self.b.get(PAGE).text)
        asked = self.b.get(where)
        for part in ("Fotos del trabajo", "En persona", "Rosa Peña",
                     "No se puede deshacer", f'href="{PAGE}"'):
            self.assertIn(part, asked.text)
        self.assertEqual(set(asked.form(where)), {"csrf"})
        # how is not the person's to say: it is done here
        answer = self.b.submit(where, {"channel": "phone"})
        self.assertEqual((answer.status, answer.location), (303, PAGE))
        self.assertEqual(self.consent(
            where, "revoke_channel, revoked_by, revoked_at >= granted_at")
            .replace("|t", "|1"), f"web|{me}|1")
        text = self.b.follow(answer).text
        for part in ("Se revocó la autorización", "Revocada",
                     "En este sitio"):
            self.assertIn(part, text)
        self.assertNotIn(where, text)
        self.assertEqual(self.ids("consentimientos", OWN), held[:-1])
        self.assertEqual(self.ids("consentimientos", OTHER), others)
        self.assertIn("En este sitio",
                      self.office.get(f"/clientes/{OWN}/").text)

    def test_twice_is_once(self):
        where = self.grant()
        form = self.b.get(where).form(where)
        self.assertEqual(self.b.post(where, form).status, 303)
        ended = self.consent(where, "revoked_at, revoke_channel")
        self.assertEqual(self.b.post(where, form).status, 303)
        self.assertEqual(self.b.get(where).status, 404)
        # nor does the office say it again in its own way
        self.office.post(where.replace(PAGE, "/clientes/"), {
            "csrf": self.token(self.office), "channel": "phone"})
        self.assertEqual(self.consent(where, "revoked_at, revoke_channel"),
                         ended)

    def test_a_stale_token_asks_again(self):
        where = self.grant()
        answer = self.b.post(where, {"csrf": "0" * 64})
        self.assertEqual(answer.status, 403)
        self.assertIn("Fotos del trabajo", answer.text)
        self.assertIn(int(where.split("/")[-3]),
                      self.ids("consentimientos", OWN))
        self.assertEqual(self.b.post(where, answer.form(where)).status, 303)

    def test_only_the_office_records_one(self):
        token, before = self.token(self.b), self.all_rows()
        path = "consentimientos/nuevo/"
        for base, want in ((MINE, 404), (f"/clientes/{OWN}/", 403)):
            self.assertEqual(self.b.get(base + path).status, want)
            self.assertEqual(self.b.post(base + path, {
                "csrf": token, **GRANT}).status, want)
        self.assertNotIn(path, self.b.get(PAGE).text)
        self.assertEqual(self.all_rows(), before)

    def test_the_audit_says_who(self):
        rows, where = Rows(self.site), self.grant()
        before = rows.last()
        self.b.submit(where, {})
        row, = rows.all(before)
        self.assertEqual(
            (row["action"], row["entity"], row["entity_id"], row["role"]),
            ("consent_revoke", "client", OWN, "client"))
        diff = json.loads(row["diff"])
        self.assertEqual((diff["channel"]["to"], diff["purpose"]["to"]),
                         ("web", "photos"))
        self.assertIn("Clara Demostración", self.office.get(
            f"/clientes/{OWN}/historial/").text)
        self.assertIn("Autorización revocada",
                      self.b.get("/cuenta/actividad/").text)
        self.assertEqual(self.site.ctl("audit", "verify").returncode, 0)

    def test_in_english(self):
        where = self.grant()
        self.b.submit("/cuenta/perfil/", {"lang": "en"})
        page, form = self.b.get(PAGE).text, self.b.get(where).text
        self.b.submit("/cuenta/perfil/", {"lang": "es"})
        self.b.submit(where, {})
        self.assertIn("revoke your authorisations", page)
        self.assertIn("<h1>Revoke an authorisation</h1>", form)

    def test_statements(self):
        where = self.grant()
        self.b.get(where)
        self.assertLessEqual(
            min(int(self.b.get(where).headers["X-Statements"])
                for _ in range(3)), 3)
        self.b.submit(where, {})


class NobodyElse(Own):
    def own_routes(self):
        """Every route for a client's own, with {id} not filled in."""
        return [(methods, path.replace("/1/", "/{}/"))
                for methods, path, need in routes()
                if need == "client_own_edit"]

    def test_no_id_opens_another_client(self):
        """All of them, below one's own client and below all others."""
        token, before = self.token(self.b), self.all_rows()
        rows = self.own_routes()
        self.assertEqual(len(rows), 10)
        asked = 0
        for methods, path in rows:
            kind = path.split("/")[4]
            parts = (self.ids(kind, OTHER) + self.ids(kind, OWN) + [9999]
                     if path.count("{}") == 2 else [None])
            for client in (OTHER, 3, 9999, 2 ** 62, OWN):
                for part in parts:
                    if client == OWN and (part is None or part in
                                          self.ids(kind, OWN)):
                        continue  # that is the person's own
                    where = path.format(client, part)
                    if "GET" in methods:
                        answer = self.b.get(where)
                        self.assertEqual(answer.status, 404, where)
                        self.assertNotIn("Sede principal", answer.text)
                    answer = self.b.post(where, {
                        "csrf": token, "version": "1", "channel": "web",
                        **NEWS, **FILLED["contactos"], **FILLED["sedes"]})
                    self.assertEqual(answer.status, 404, where)
                    self.assertNotIn("Sede principal", answer.text)
                    asked += 1
        self.assertGreater(asked, 80)
        self.assertEqual(self.all_rows(), before)

    def test_the_offices_addresses_stay_the_offices(self):
        token, before = self.token(self.b), self.all_rows()
        part = self.ids("sedes", OWN)[0]
        for _, path in self.own_routes():
            where = path.format(OWN, part).replace(PAGE, "/clientes/")
            self.assertIn(self.b.get(where).status, (403, 405), where)
            self.assertEqual(self.b.post(where, {
                "csrf": token, "version": "1", **NEWS,
                **FILLED["sedes"]}).status, 403, where)
        self.assertEqual(self.all_rows(), before)

    def test_no_other_role_has_pages_of_its_own(self):
        for email in (ADMIN, TECHNICIAN):
            b = self.site.browser(email)
            self.assertEqual(b.get(PAGE).status, 403)
            self.assertNotIn(PAGE, b.get("/cuenta/").text)
            self.assertEqual(b.get(EDIT).status, 403)


class Ends(Own):
    """Accounts whose client is not there any more, or never was."""

    def tearDown(self):
        self.move(CLIENT, OWN)

    def assert_closed(self, client, *stays):
        """Sees (what) stays, has no buttons; nothing can be changed."""
        token, before = self.token(self.b), self.all_rows()
        text = self.b.get(PAGE).text
        for part in stays:
            self.assertIn(part, text)
        for page in (text, self.b.get("/cuenta/").text):
            self.assertNotIn("/editar/", page)
            self.assertNotIn(f'{PAGE}{client}/', page)
        parts = {kind: (self.ids(kind, client) or [1])[0]
                 for kind in ("contactos", "sedes")}
        paths = [f"{PAGE}{client}/editar/"]
        paths += [f"{PAGE}{client}/consentimientos/{n}/revocar/"
                  for n in self.ids("consentimientos", client)]
        for kind, n in parts.items():
            paths += [f"{PAGE}{client}/{kind}/nuevo/"]
            paths += [f"{PAGE}{client}/{kind}/{n}/{verb}/"
                      for verb in ("editar", "archivar", "restaurar")]
        for path in paths:
            self.assertIn(self.b.get(path).status, (404, 405), path)
            version = self.row(client, "version") or "1"
            answer = self.b.post(path, {"csrf": token, "version": version,
                                        **NEWS, **FILLED["contactos"],
                                        **FILLED["sedes"]})
            self.assertEqual(answer.status, 404, path)
        self.assertEqual(self.all_rows(), before)

    def new_client(self, name):
        where = self.office.submit("/clientes/nuevo/", {"name": name}).location
        self.office.submit(where + "sedes/nuevo/",
                           {**FILLED["sedes"], "name": f"Sede de {name}"})
        answer = self.office.submit(where + "consentimientos/nuevo/", GRANT)
        self.assertEqual(answer.status, 303, answer.text)
        return int(where.split("/")[2])

    def test_an_account_without_a_client(self):
        self.move(CLIENT, "NULL")
        self.assert_closed(OWN, "no está unida a ningún cliente")
        self.assertNotIn("Sede principal", self.b.get(PAGE).text)

    def test_an_archived_client_is_seen_and_not_changed(self):
        n = self.new_client("Para archivar")
        self.move(CLIENT, n)
        form = f"{PAGE}{n}/editar/"
        typed = {**self.b.get(form).form(form), **NEWS}
        page = f"/clientes/{n}/"
        self.office.submit(page, {}, page + "archivar/")
        self.assertEqual(self.b.post(form, typed).status, 404)
        self.assert_closed(n, "Está archivado", "Para archivar",
                           "Sede de Para archivar")
        self.office.submit(page, {}, page + "restaurar/")
        self.assertEqual(self.b.submit(form, NEWS).status, 303)

    def test_a_merged_client_leads_to_the_one_that_stays(self):
        stays, goes = self.new_client("Que queda"), self.new_client("Que va")
        self.move(CLIENT, goes)
        old = f"{PAGE}{goes}/editar/"
        # twice, so that the versions of both will be the same
        self.b.submit(old, {"city": "Bello"})
        typed = {**self.b.get(old).form(old), "city": "Se perdería"}
        where = f"/clientes/{stays}/unir/"
        answer = self.office.submit(f"{where}?con={goes}", {}, action=where)
        self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(self.row(stays, "version"), typed["version"])
        # a form from before does not change the one that stays
        self.assertEqual(self.b.post(old, typed).status, 404)
        self.assertEqual(self.row(stays, "city"), "Bello")
        text = self.b.get(PAGE).text
        for part in ("Que queda", "Sede de Que va", "Sede de Que queda"):
            self.assertIn(part, text)
        self.assertEqual(
            self.b.submit(f"{PAGE}{stays}/editar/", NEWS).status, 303)
        # an account that is left behind, which no merge does
        self.move(CLIENT, goes)
        self.assert_closed(goes, "Está archivado")

    def test_another_account_of_the_same_client(self):
        answer = self.office.submit("/admin/usuarios/nuevo/", {
            "name": "Segunda", "email": "segunda@example.com",
            "role": "client", "client": str(OWN), "password": PASSWORD})
        self.assertEqual(answer.status, 303, answer.text)
        second = self.site.browser("segunda@example.com")
        mine = {**self.b.get(EDIT).form(EDIT), "city": "Primera"}
        self.assertEqual(second.submit(EDIT, {"city": "Segunda"}).status, 303)
        self.assertEqual(self.b.post(EDIT, mine).status, 409)

    def test_an_account_that_changes_its_role(self):
        self.site.sql("UPDATE app_user SET role = 'technician'"
                      f" WHERE email = '{CLIENT}'")
        status = self.b.get(EDIT).status
        self.site.sql("UPDATE app_user SET role = 'client'"
                      f" WHERE email = '{CLIENT}'")
        self.assertEqual(status, 403)
