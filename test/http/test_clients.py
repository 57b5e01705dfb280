"""Clients: documents, and what the list does with many of them."""
import re

from case import SiteCase
from ptsite import ADMIN, TECHNICIAN

ROW = re.compile(r'<th scope="row"><a href="/clientes/(\d+)/">')

NIT = {"name": "Panadería Prueba", "kind": "legal", "doc_type": "31",
       "service_kind": "contract"}


class Documents(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def send(self, **changes):
        return self.b.submit("/clientes/nuevo/", {**NIT, **changes})

    def create(self, **changes):
        answer = self.send(**changes)
        if "Guardar de todos modos" in answer.text:  # the names are alike
            answer = self.b.post("/clientes/nuevo/",
                                 answer.form("/clientes/nuevo/"))
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def test_a_nit_is_stored_shown_and_found(self):
        where = self.create(doc_number="900.123.456-8")
        page = self.b.get(where).text
        self.assertIn("NIT 900.123.456-8", page)
        self.assertIn("Contrato TI", page)
        self.assertEqual(self.site.sql(
            "SELECT doc_type, doc_number, doc_dv, service_kind FROM client"
            " WHERE doc_number = '900123456'"), "31|900123456|8|contract")
        for q in ("900123456", "900.123.456-8", "9001234568", "900+123"):
            found = self.b.get(f"/clientes/?q={q}").text
            self.assertIn(f'href="{where}"', found, q)
            self.assertIn("NIT 900.123.456-8", found)
        form = self.b.get(where + "editar/").form(where + "editar/")
        self.assertEqual(form["doc_number"], "900.123.456-8")
        self.assertEqual(form["doc_type"], "31")
        self.assertEqual(form["service_kind"], "contract")
        saved = self.b.post(where + "editar/", form)
        self.assertEqual(saved.status, 303)

    def test_a_wrong_check_digit_names_the_right_one(self):
        answer = self.send(doc_number="860.002.964-5")
        self.assertEqual(answer.status, 422)
        self.assertIn("dígito de verificación no corresponde", answer.text)
        self.assertIn("Con ese número sería 860.002.964-4", answer.text)
        self.assertIn('value="860.002.964-5"', answer.text)
        self.assertIn('href="#doc_number"', answer.text)

    def test_a_twin_is_refused_with_a_link(self):
        where = self.create(doc_number="890903938-8", name="La primera")
        code = f"CL-{int(re.search(r'[0-9]+', where)[0]):06}"
        answer = self.send(doc_number="890.903.938", name="La segunda")
        self.assertEqual(answer.status, 422)
        self.assertIn("Otro cliente ya tiene este documento", answer.text)
        self.assertIn(f'<a href="{where}">{code} · La primera</a>',
                      answer.text)
        other = self.create(doc_number="899999068-1")
        answer = self.b.submit(other + "editar/",
                               {"doc_number": "890903938-8"})
        self.assertEqual(answer.status, 422)
        self.assertIn(f'href="{where}"', answer.text)
        # the same digits on another paper are somebody else's
        self.create(doc_type="13", doc_number="890903938")

    def test_other_documents(self):
        for kind, typed, shown in (("13", "1.017.123.456", "CC 1.017.123.456"),
                                   ("41", "ab-123 456", "PA AB123456"),
                                   ("22", "123456", "CE 123456"),
                                   ("12", "1017123457", "TI 1.017.123.457"),
                                   ("48", "1234567", "PPT 1234567")):
            where = self.create(doc_type=kind, doc_number=typed,
                                kind="natural")
            self.assertIn(f"<dd>{shown}</dd>", self.b.get(where).text)

    def test_what_is_no_document(self):
        for kind, typed, field in (("", "900123456", "doc_type"),
                                   ("31", "", "doc_number"),
                                   ("31", "90012345X", "doc_number"),
                                   ("31", "1234567890123456", "doc_number"),
                                   ("13", "12345678901", "doc_number"),
                                   ("13", "1017123456-1", "doc_number"),
                                   ("41", "ÁÉ12345", "doc_number"),
                                   ("41", "12", "doc_number"),
                                   ("99", "900123456", "doc_type")):
            answer = self.send(doc_type=kind, doc_number=typed)
            self.assertEqual(answer.status, 422, typed)
            self.assertIn(f'id="{field}-error"', answer.text, typed)

    def test_a_missing_check_digit_is_suggested_not_added(self):
        where = self.create(doc_number="8001972684")
        page = self.b.get(where).text
        self.assertIn("<dd>NIT 8.001.972.684</dd>", page)
        self.assertRegex(page, r"El NIT completo sería 8\.001\.972\.684-\d<")
        self.assertIn("Si el último dígito ya es el de verificación, sería"
                      " 800.197.268-4", page)
        whole = self.create(doc_number="800197268-4")
        self.assertNotIn("Falta el dígito", self.b.get(whole).text)

    def test_many_have_no_document(self):
        for _ in range(2):
            where = self.create(doc_type="", doc_number="")
            self.assertNotIn("NIT", self.b.get(where).text)

    def test_a_conflict_shows_both_documents(self):
        where = self.create(doc_number="890321567-0")
        mine = self.b.get(where + "editar/").form(where + "editar/")
        self.b.submit(where + "editar/", {"doc_type": "13",
                                          "doc_number": "1017999888",
                                          "service_kind": "single"})
        mine["city"] = "Bello"
        answer = self.b.post(where + "editar/", mine)
        self.assertEqual(answer.status, 409)
        for text in ("CC 1.017.999.888", "NIT 890.321.567-0",
                     "Servicio puntual", "Contrato TI"):
            self.assertIn(text, answer.text)

    def test_demo_documents_are_right_and_alone(self):
        rows = [row.split("|") for row in self.site.sql(
            "SELECT doc_number, doc_dv FROM client WHERE doc_type = '31'"
            " AND doc_dv <> '' ORDER BY id").splitlines()]
        self.assertGreater(len(rows), 100)
        weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
        for number, dv in rows:
            rest = sum(int(d) * w
                       for d, w in zip(reversed(number), weights)) % 11
            self.assertEqual(dv, str(rest if rest < 2 else 11 - rest), number)


class Reach(SiteCase):
    """The code of the DANE, and whether it may be written to by WhatsApp."""

    LINK = 'href="https://wa.me/573018880101"'

    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def create(self, **fields):
        answer = self.b.submit("/clientes/nuevo/", fields)
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def stored(self, where):
        return self.site.sql("SELECT dane_city, city, whatsapp_ok FROM client"
                             f" WHERE id = {where.split('/')[2]}")

    def consent(self, where, purpose):
        path = where + "consentimientos/nuevo/"
        answer = self.b.submit(path, {
            "purpose": purpose, "channel": "phone", "signed_by": "Rosa Peña",
            "granted": "1"})
        self.assertEqual(answer.status, 303, answer.text)
        n = self.site.sql("SELECT max(id) FROM consent")
        return f"{where}consentimientos/{n}/revocar/"

    def test_a_code_names_its_place(self):
        where = self.create(name="Dane Uno", dane_city="5001")
        self.assertEqual(self.stored(where), "05001|Medellín|0")
        self.assertIn("05001 · Medellín, Antioquia", self.b.get(where).text)
        edit = where + "editar/"
        for typed, kept in (("Rionegro, Santander", "68615|Medellín|0"),
                            ("05002", "05002|Medellín|0"),
                            ("", "|Medellín|0")):
            self.assertEqual(self.b.submit(
                edit, {"dane_city": typed}).status, 303)
            self.assertEqual(self.stored(where), kept)
        # the name of one that has none here is that of its department
        self.b.submit(edit, {"dane_city": "05002", "city": "Abejorral"})
        self.assertIn("05002 · Antioquia", self.b.get(where).text)
        form = self.b.get(edit)
        self.assertEqual(form.form(edit)["dane_city"], "05002")
        self.assertIn('<option value="05001">Medellín, Antioquia</option>',
                      form.text)

    def test_what_is_no_code_is_refused(self):
        for bad in ("Medellín", "00001", "05000", "123", "050011", "x" * 101):
            answer = self.b.submit("/clientes/nuevo/", {
                "name": "Dane Mal", "dane_city": bad})
            self.assertEqual(answer.status, 422, bad)
            self.assertIn('id="dane_city-error"', answer.text)
            self.assertEqual(
                answer.form("/clientes/nuevo/")["dane_city"], bad)

    def test_whatsapp_is_a_choice_and_needs_a_consent(self):
        where = self.create(name="Canal Uno", phone="301 888 0101")
        revoke = self.consent(where, "service")
        # a mobile is no permission
        page = self.b.get(where).text
        self.assertNotIn("wa.me", page)
        self.assertIn("<dt>Acepta WhatsApp</dt><dd>No</dd>", page)
        self.assertEqual(self.b.submit(
            where + "editar/", {"whatsapp_ok": "1"}).status, 303)
        page = self.b.get(where).text
        self.assertIn(self.LINK, page)
        self.assertIn("<dt>Acepta WhatsApp</dt><dd>Sí</dd>", page)
        self.assertIn(" checked", re.search(
            r'<input[^>]*name="whatsapp_ok"[^>]*>',
            self.b.get(where + "editar/").text)[0])
        # nor may one write when the use of the data has been revoked
        self.b.submit(revoke, {"channel": "phone"})
        self.consent(where, "commercial")
        page = self.b.get(where).text
        self.assertNotIn("wa.me", page)
        self.assertIn("no hay una autorización vigente", page)
        self.consent(where, "service")
        self.assertIn(self.LINK, self.b.get(where).text)
        self.assertIn(self.LINK,
                      self.site.browser(TECHNICIAN).get(where).text)
        text = self.b.get(where + "historial/").text
        self.assertIn("Acepta WhatsApp", text)

    def test_whatsapp_needs_a_mobile(self):
        for phone in ("", "604 888 0101", "+1 305 555 0101"):
            answer = self.b.submit("/clientes/nuevo/", {
                "name": "Canal Mal", "phone": phone, "whatsapp_ok": "1"})
            self.assertEqual(answer.status, 422, phone)
            self.assertIn('id="whatsapp_ok-error"', answer.text)
            self.assertEqual(
                answer.form("/clientes/nuevo/")["whatsapp_ok"], "1")
        # one that is no number at all is told once
        answer = self.b.submit("/clientes/nuevo/", {
            "name": "Canal Mal", "phone": "12", "whatsapp_ok": "1"})
        self.assertIn('id="phone-error"', answer.text)
        self.assertNotIn('id="whatsapp_ok-error"', answer.text)
        self.assertNotIn("wa.me", self.b.get(
            self.create(name="Canal Fijo", phone="604 888 0199")).text)

    def test_a_conflict_shows_both(self):
        where = self.create(name="Canal Dos", phone="301 888 0102",
                            dane_city="05001")
        edit = where + "editar/"
        mine = self.b.get(edit).form(edit)
        self.b.submit(edit, {"whatsapp_ok": "1", "dane_city": "76001"})
        answer = self.b.post(edit, mine)
        self.assertEqual(answer.status, 409)
        for part in ("Guardado: 76001 · Cali, Valle del Cauca<br>"
                     "Suyo: 05001 · Medellín, Antioquia",
                     "Guardado: Sí<br>Suyo: No"):
            self.assertIn(part, answer.text)
        self.assertEqual(self.b.post(edit, answer.form(edit)).status, 303)
        self.assertEqual(self.stored(where), "05001|Medellín|0")


class Lists(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def pages(self, path):
        """Ids of all pages from this one on, forwards."""
        seen = []
        while path:
            page = self.b.get(path).text
            seen += ROW.findall(page)
            follow = re.search(r'rel="next" href="([^"]+)"', page)
            path = follow and follow.group(1).replace("&amp;", "&")
        return seen

    def ids(self, rest):
        return self.site.sql("SELECT id FROM client WHERE archived_at IS NULL"
                             f" {rest}").splitlines()

    def test_every_order_shows_every_client_once(self):
        for sort, order in (("nombre", "name_key, id"),
                            ("nuevos", "id DESC"),
                            ("ciudad", "city_key, name_key, id")):
            self.assertEqual(self.pages(f"/clientes/?orden={sort}&por=70"),
                             self.ids(f"ORDER BY {order}"), sort)

    def test_filters_are_kept_from_page_to_page(self):
        seen = self.pages("/clientes/?tipo=legal&relacion=contract"
                          "&ciudad=envigado&orden=nuevos&por=3")
        want = self.ids("AND kind = 'legal' AND service_kind = 'contract'"
                        " AND city_key = 'envigado' ORDER BY id DESC")
        self.assertGreater(len(want), 6)
        self.assertEqual(seen, want)

    def test_chips_take_a_filter_away(self):
        page = self.b.get("/clientes/?q=a&tipo=legal&relacion=contract"
                          "&ciudad=Itag%C3%BC%C3%AD&orden=ciudad&por=5").text
        chips = re.findall(r'<a class="chip" href="([^"]+)">([^<]+)<', page)
        self.assertEqual([text.strip() for _, text in chips],
                         ["Tipo: Empresa", "Relación: Contrato TI",
                          "Ciudad: Itagüí"])
        self.assertEqual(
            chips[0][0].replace("&amp;", "&"),
            "/clientes/?q=a&relacion=contract&ciudad=Itag%C3%BC%C3%AD"
            "&orden=ciudad&por=5")
        self.assertIn('<option value="legal" selected>', page)
        self.assertIn('<option value="ciudad" selected>', page)
        self.assertIn("<details class=\"filters\" open>", page)
        plain = self.b.get("/clientes/").text
        self.assertNotIn('class="chip', plain)
        self.assertNotIn(" open>", plain)

    def test_a_bad_filter_is_no_filter(self):
        page = self.b.get("/clientes/?tipo=zz&relacion=%27&orden=x").text
        self.assertNotIn('class="chip', page)
        self.assertEqual(len(ROW.findall(page)), 50)

    def test_nothing_left_offers_to_clear(self):
        page = self.b.get("/clientes/?ciudad=%3Cb%3E").text
        self.assertIn("Ningún cliente cumple los filtros", page)
        self.assertIn("Ciudad: &lt;b&gt;", page)


class Export(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def test_bytes(self):
        self.b.submit("/clientes/nuevo/", {
            "name": "=1+1", "company": "Uno; \"Dos\"", "kind": "legal",
            "doc_type": "31", "doc_number": "900123456-8",
            "service_kind": "contract", "email": "uno@example.com",
            "phone": "300 123 4567", "address": "@casa", "city": "Jericó",
            "dane_city": "Jericó, Antioquia", "whatsapp_ok": "1",
            "notes": "Línea uno\r\nLínea dos"})
        answer = self.b.get("/clientes/exportar/?ciudad=jerico")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"],
                         "text/csv; charset=utf-8")
        self.assertEqual(answer.headers["Content-Disposition"],
                         'attachment; filename="clientes.csv"')
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        head, _, rest = answer.bytes.partition(b"\r\n")
        self.assertEqual(head, "\ufeffCódigo;Nombre;Empresa;Tipo;Documento;"
                         "Relación;Correo;Teléfono;Dirección;Ciudad;Municipio"
                         " (código DANE);Acepta WhatsApp;Notas;"
                         "Creado".encode())
        number = self.site.sql(
            "SELECT id FROM client WHERE city_key = 'jerico'")
        self.assertRegex(rest.decode(), (
            rf"^CL-0*{number};'=1\+1;\"Uno; \"\"Dos\"\"\";Empresa;"
            r"NIT 900\.123\.456-8;Contrato TI;uno@example\.com;300 123 4567;"
            "'@casa;Jericó;05368;Sí;\"Línea uno\nLínea dos\";[^;\r\n]+\r\n$"))

    def test_it_holds_what_the_list_shows(self):
        for rest, where in (("", "archived_at IS NULL"),
                            ("?tipo=legal", "archived_at IS NULL"
                             " AND kind = 'legal'"),
                            ("?archivados=1", "archived_at IS NOT NULL")):
            text = self.b.get("/clientes/exportar/" + rest).text
            codes = re.findall(r"^CL-0*(\d+);", text, re.M)
            want = self.site.sql(f"SELECT id FROM client WHERE {where}"
                                 " ORDER BY name_key, id").splitlines()
            self.assertEqual(codes, want, rest)
        page = self.b.get("/clientes/?tipo=legal&q=a").text
        self.assertIn('href="/clientes/exportar/?q=a&amp;tipo=legal"', page)

    def test_a_technician_may_not(self):
        t = self.site.browser(TECHNICIAN)
        self.assertEqual(t.get("/clientes/exportar/").status, 403)
        self.assertNotIn("exportar", t.get("/clientes/").text)

    def test_too_many_for_one_file(self):
        """40 MB of notes: an explanation, and a file once it is narrowed."""
        notes = "x" * 4000
        self.site.sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 10000) INSERT INTO client (uid, kind, name, notes,"
            " name_key, search_text, city_key, created_at, updated_at)"
            f" SELECT 'big' || i, 'legal', 'Big', '{notes}', 'big', 'big',"
            " 'grande', 1, 1 FROM n")
        answer = self.b.get("/clientes/exportar/?ciudad=grande")
        self.assertEqual(answer.location, "/clientes/?ciudad=grande")
        self.assertIn("demasiados clientes", self.b.follow(answer).text)
        few = self.b.get("/clientes/exportar/?ciudad=Bello")
        self.assertEqual(few.status, 200)
        self.site.sql("DELETE FROM client WHERE city_key = 'grande'")
