"""Clients that look the same: the warning, and merging two into one."""
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, TECHNICIAN

NEW = "/clientes/nuevo/"


class Twins(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def create(self, **fields):
        answer = self.b.submit(NEW, fields)
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def test_a_twin_is_named_and_can_be_confirmed(self):
        where = self.create(name="Óscar Gemelo <1>", phone="3007654321")
        for fields, why in (({"name": "oscar  GEMELO <1>"}, "nombre"),
                            ({"name": "Otro", "phone": "300 765 4321"},
                             "teléfono")):
            answer = self.b.submit(NEW, {**fields, "city": "Tunja"})
            self.assertEqual(answer.status, 422)
            code = f"CL-{int(re.search('[0-9]+', where)[0]):06}"
            self.assertIn(f'<a href="{where}">{code} · Óscar Gemelo '
                          "&lt;1&gt;</a>", answer.text)
            self.assertIn(f"(el mismo {why})", answer.text)
            self.assertIn("Guardar de todos modos", answer.text)
            self.assertIn('value="Tunja"', answer.text)
        # what is confirmed is who was seen
        again = answer.form(NEW)
        before = self.site.sql("SELECT count(*) FROM client")
        self.assertEqual(self.b.post(NEW, {**again, "confirm": "1"}).status,
                         422)
        self.assertEqual(self.site.sql("SELECT count(*) FROM client"), before)
        stored = self.b.post(NEW, again)
        self.assertEqual(stored.status, 303)
        self.assertNotEqual(stored.location, where)

    def test_only_what_changes_is_compared(self):
        first = self.create(name="Gemela Uno", email="gemela@example.com")
        other = self.create(name="Gemela Dos")
        edit = other + "editar/"
        answer = self.b.submit(edit, {"email": "gemela@example.com"})
        self.assertEqual(answer.status, 422)
        self.assertIn(f'<a href="{first}">', answer.text)
        self.assertNotIn("Guardar cambios</button>", answer.text)
        self.assertEqual(self.b.post(edit, answer.form(edit)).status, 303)
        self.assertEqual(self.b.submit(edit, {"city": "Cali"}).status, 303)

    def test_an_archived_one_is_no_twin(self):
        where = self.create(name="Gemelo Guardado")
        self.b.submit(where, {}, action=where + "archivar/")
        self.create(name="Gemelo Guardado")


class Merge(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def create(self, name, **fields):
        answer = self.b.submit(NEW, {"name": name, **fields})
        self.assertEqual(answer.status, 303, answer.text)
        return int(re.search("[0-9]+", answer.location)[0])

    def compare(self, own, other):
        return self.b.get(f"/clientes/{own}/unir/?con={other}")

    def send(self, own, fields):
        return self.b.post(f"/clientes/{own}/unir/", fields)

    def merge(self, own, other, **choices):
        form = self.compare(own, other).form(f"/clientes/{own}/unir/")
        answer = self.send(own, {**form, **choices})
        self.assertEqual(answer.status, 303, answer.text)
        return answer

    def column(self, name, number):
        return self.site.sql(f"SELECT {name} FROM client WHERE id = {number}")

    def test_the_other_is_found(self):
        a = self.create("Buscada Primera", phone="3001112233")
        c = self.create("Buscada Segunda")
        self.site.sql("UPDATE client SET phone = '+573001112233'"
                      f" WHERE id = {c}")
        link = f'href="/clientes/{a}/unir/?con={c}"'
        self.assertIn(f'href="/clientes/{a}/unir/"',
                      self.b.get(f"/clientes/{a}/").text)
        page = self.b.get(f"/clientes/{a}/unir/").text
        self.assertIn("Se parecen", page)
        self.assertIn(link, page)
        page = self.b.get(f"/clientes/{a}/unir/?q=buscada").text
        self.assertIn(link, page)
        self.assertNotIn(f"?con={a}", page)
        page = self.b.get(f"/clientes/{a}/unir/?q=zzzyyyxxx").text
        self.assertIn("No encontramos otro cliente activo", page)

    def test_what_was_chosen_stays_and_files_move(self):
        a = self.create("Unida Vieja", city="Cali", notes="de antes")
        c = self.create("Unida Nueva", city="Tunja", email="u@example.com",
                        doc_type="13", doc_number="7788991")
        up = f"/clientes/{c}/archivos/subir/"
        self.assertEqual(self.b.post_files(
            up, self.b.get(up).form(up),
            [("files", "unida.txt", b"texto")]).status, 303)
        self.site.sql(f"UPDATE app_user SET client_id = {c}"
                      f" WHERE email = '{CLIENT}'")
        sites = f"/clientes/{c}/sedes/"
        self.assertEqual(self.b.submit(
            sites + "nuevo/",
            {"name": "Sede unida", "address": "Calle 1"}).status, 303)
        # from the newer one's page too, the older one stays
        page = self.compare(c, a).text
        for field, side in (("email", "goes"), ("document", "goes"),
                            ("city", "stays"), ("name", "stays")):
            self.assertIn(f'name="{field}" value="{side}" checked', page)
        self.assertIn("<dt>Archivos</dt><dd>1</dd>", page)
        self.assertIn("<dt>Sedes</dt><dd>1</dd>", page)
        self.assertIn("<dt>Cuentas de usuario</dt><dd>1</dd>", page)
        answer = self.merge(c, a, city="goes", email="goes",
                            document="goes", name="stays", notes="stays")
        self.assertEqual(answer.location, f"/clientes/{a}/")
        page = self.b.follow(answer).text
        self.assertIn("Sede unida", page)
        for part in ("Se unieron los dos clientes", "Unida Vieja", "Tunja",
                     "u@example.com", "7.788.991", "de antes", "unida.txt"):
            self.assertIn(part, page)
        self.assertEqual(self.column("merged_into", c), str(a))
        self.assertEqual(self.site.sql(
            f"SELECT client_id FROM app_user WHERE email = '{CLIENT}'"),
            str(a))
        self.assertIn("Unida Vieja",
                      self.site.browser(CLIENT).get("/cuenta/").text)
        text = self.b.get(f"/clientes/{a}/historial/").text
        self.assertIn("Unión: recibió a otro cliente", text)
        for query in ("?q=unida+nueva", "?q=unida+nueva&archivados=1"):
            self.assertNotIn(f'href="/clientes/{c}/"',
                             self.b.get("/clientes/" + query).text)

    def test_a_telephone_keeps_what_was_said_of_it(self):
        """Who may be written to at one number may not be at another."""
        a = self.create("Canal Viejo", phone="300 444 0001", whatsapp_ok="1",
                        dane_city="05001")
        c = self.create("Canal Nuevo", phone="300 444 0002",
                        dane_city="76001")
        page = self.compare(a, c).text
        for part in ("300 444 0001 · WhatsApp</span>", "300 444 0002</span>",
                     "05001 · Medellín, Antioquia",
                     "76001 · Cali, Valle del Cauca"):
            self.assertIn(part, page)
        self.merge(a, c, phone="goes", dane_city="goes", city="stays")
        self.assertEqual(
            self.column("phone, whatsapp_ok, dane_city, city", a),
            "+573004440002|0|76001|Medellín")
        # the same number twice: one of the two answers is taken
        d = self.create("Canal Otro", phone="300 444 0003", whatsapp_ok="1")
        e = self.create("Canal Igual")
        self.site.sql("UPDATE client SET phone = '+573004440003' WHERE id ="
                      f" {e}")
        self.assertIn('name="phone" value="stays" checked',
                      self.compare(d, e).text)
        self.merge(d, e, phone="stays")
        self.assertEqual(self.column("phone, whatsapp_ok", d),
                         "+573004440003|1")

    def test_a_merged_one_leads_on_and_takes_nothing(self):
        a, c, d = (self.create(f"Cadena {n}") for n in "ACD")
        edit = self.b.get(f"/clientes/{d}/editar/").form(
            f"/clientes/{d}/editar/")
        page = self.b.get(f"/clientes/{d}/")
        button = page.form(f"/clientes/{d}/archivar/")
        self.merge(c, d)
        self.merge(a, c)
        for rest in ("", "editar/", "unir/", "archivos/", "archivos/subir/"):
            answer = self.b.get(f"/clientes/{d}/{rest}")
            self.assertEqual((answer.status, answer.location),
                             (301, f"/clientes/{a}/"), rest)
        self.assertEqual(self.site.browser(TECHNICIAN).get(
            f"/clientes/{d}/").location, f"/clientes/{a}/")
        for version in range(1, 6):
            button["version"] = edit["version"] = str(version)
            answer = self.b.post(f"/clientes/{d}/restaurar/", button)
            self.assertEqual(answer.status, 409)
            answer = self.b.post(f"/clientes/{d}/editar/",
                                 {**edit, "city": "Nada"})
            self.assertNotEqual(answer.status, 303)
        self.assertEqual(self.column("city", d), "")
        self.assertEqual(self.column("merged_into", d), str(a))

    def test_what_is_refused(self):
        a, c, d = (self.create(f"Rechazo {n}") for n in "ACD")
        form = self.compare(a, c).form(f"/clientes/{a}/unir/")
        self.assertEqual(self.send(a, {**form, "con": str(a)}).status, 422)
        self.assertEqual(self.send(a, {**form, "con": "99999999"}).status,
                         422)
        self.assertEqual(self.send(a, {**form, "name": "x"}).status, 422)
        for own, other in ((a, a), (a, 99999999)):
            page = self.compare(own, other)
            self.assertEqual(page.status, 200)
            self.assertIn("Elija otro cliente activo", page.text)
        self.b.submit(f"/clientes/{c}/editar/", {"city": "Cali"})
        answer = self.send(a, {**form, "name": "goes"})
        self.assertEqual(answer.status, 409)
        self.assertIn("cambió mientras tanto", answer.text)
        self.assertIn('name="name" value="goes" checked', answer.text)
        self.merge(d, c)
        self.assertEqual(self.send(a, {**form, "con": str(d)}).status, 422)
        self.assertIn("Elija otro cliente activo",
                      self.compare(a, d).text)
        t = self.site.browser(TECHNICIAN)
        self.assertEqual(t.get(f"/clientes/{a}/unir/").status, 403)
        self.assertNotIn("unir/", t.get(f"/clientes/{a}/").text)

    def test_in_english(self):
        a, c = self.create("English A"), self.create("English B")
        self.b.submit("/cuenta/perfil/", {"lang": "en"})
        try:
            page = self.compare(a, c).text
            for part in ("Merge with another client", "Stays", "Is archived",
                         "What goes to the client that stays"):
                self.assertIn(part, page)
        finally:
            self.b.submit("/cuenta/perfil/", {"lang": "es"})
