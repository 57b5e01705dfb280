"""What a person does with the pages."""
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN

CLIENT_FIELDS = {"name": "José Ñúñez Peña", "company": "Café <El> Cedro & Cía",
                 "kind": "legal", "email": "Jose@Example.com",
                 "phone": "(300) 123-4567", "address": "Calle 10 # 43-21",
                 "city": "Medellín", "notes": "Línea uno\r\nLínea \"dos\""}


class Public(SiteCase):
    def test_home_in_both_languages(self):
        spanish, english = self.site.get("/"), self.site.get("/en/")
        self.assertEqual((spanish.status, english.status), (200, 200))
        self.assertIn('<html lang="es-CO"', spanish.text)
        self.assertIn('<html lang="en"', english.text)
        self.assertIn("Soporte técnico", spanish.text)
        self.assertIn("Technical support", english.text)
        self.assertIn('href="/en/"', spanish.text)

    def test_private_pages_have_no_english_address(self):
        b = self.site.browser(ADMIN)
        self.assertEqual(b.get("/en/clientes/").status, 404)

    def test_missing_slash_redirects_with_its_query(self):
        answer = self.site.get("/clientes?q=a%20b")
        self.assertEqual(answer.status, 301)
        self.assertEqual(answer.location, "/clientes/?q=a%20b")

    def test_static_files_are_immutable_and_compressed(self):
        home = self.site.get("/").text
        css = re.search(r'href="(/static/css/[^"]+)"', home).group(1)
        answer = self.site.get(css, **{"Accept-Encoding": "gzip"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertIn("immutable", answer.headers["Cache-Control"])
        self.assertIn("31536000", answer.headers["Cache-Control"])

    def test_health(self):
        answer = self.site.get("/health/")
        self.assertEqual(answer.status, 200)
        self.assertRegex(answer.text, r'^{"status":"ok","commit":"\w+",')


class Login(SiteCase):
    def test_each_role_reaches_its_first_page(self):
        for email, first in ((ADMIN, "/clientes/"),
                             (TECHNICIAN, "/clientes/"),
                             (CLIENT, "/cuenta/")):
            b = self.site.browser()
            answer = b.login(email)
            self.assertEqual(answer.location, first)
            self.assertEqual(b.follow(answer).status, 200)

    def test_one_comes_back_to_the_page_one_wanted(self):
        b = self.site.browser()
        wanted = "/clientes/?q=pe%C3%B1a&por=25"
        fields = b.get(b.get(wanted).location).form("/cuenta/entrar/")
        fields.update(email=ADMIN, password=PASSWORD)
        answer = b.post("/cuenta/entrar/", fields)
        self.assertEqual(answer.location, wanted)

    def test_next_never_leaves_the_site(self):
        for evil in ("//evil.example/", "https://evil.example/", "/\\evil"):
            b = self.site.browser()
            answer = b.submit("/cuenta/entrar/",
                              {"email": ADMIN, "password": PASSWORD,
                               "next": evil})
            self.assertEqual(answer.location, "/clientes/", evil)

    def test_wrong_password_keeps_the_email_and_not_the_password(self):
        b = self.site.browser()
        answer = b.submit("/cuenta/entrar/", {"email": "x@demo.example",
                                              "password": "wrong-secret"})
        self.assertEqual(answer.status, 422)
        self.assertIn('value="x@demo.example"', answer.text)
        self.assertNotIn("wrong-secret", answer.text)
        self.assertNotIn("pt_session", b.cookies)

    def test_logout_ends_the_session(self):
        b = self.site.browser(ADMIN)
        old = dict(b.cookies)
        answer = b.submit("/cuenta/", {}, action="/cuenta/salir/")
        self.assertEqual(answer.status, 303)
        b.cookies = old
        self.assertEqual(b.get("/cuenta/").status, 303)

    def test_client_sees_own_data_and_no_other(self):
        b = self.site.browser(CLIENT)
        page = b.get("/cuenta/")
        self.assertIn("Mis datos de cliente", page.text)
        for path in ("/clientes/", "/clientes/1/", "/clientes/2/"):
            self.assertEqual(b.get(path).status, 403, path)


class Clients(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def create(self, **changes):
        where = "/clientes/nuevo/"
        answer = self.b.submit(where, {**CLIENT_FIELDS, **changes})
        if answer.status == 422:  # one that looks the same is there already
            answer = self.b.post(where, answer.form(where))
        self.assertEqual(answer.status, 303, answer.text)
        return answer

    def test_life_of_a_client(self):
        created = self.create()
        where = created.location
        page = self.b.follow(created)
        self.assertIn("Se creó el cliente", page.text)
        self.assertIn("Café &lt;El&gt; Cedro &amp; Cía", page.text)
        self.assertIn("300 123 4567", page.text)
        self.assertIn("jose@example.com", page.text)
        self.assertNotIn("Se creó el cliente", self.b.get(where).text)

        found = self.b.get("/clientes/?q=nunez")
        self.assertIn(f'href="{where}"', found.text)
        for q in ("PENA+jose", "cafe+cedro", "jose%40example", "3001234567"):
            self.assertIn(f'href="{where}"',
                          self.b.get(f"/clientes/?q={q}").text, q)

        edit = self.b.get(where + "editar/").form(where + "editar/")
        self.assertEqual(edit["notes"], 'Línea uno\nLínea "dos"')
        saved = self.b.submit(where + "editar/", {"city": "Envigado"})
        self.assertEqual(saved.location, where)
        self.assertIn("Envigado", self.b.follow(saved).text)

        archived = self.b.submit(where, {}, action=where + "archivar/")
        self.assertEqual(archived.location, "/clientes/")
        page = self.b.follow(archived)
        self.assertIn("Deshacer", page.text)
        undo = page.form(where + "restaurar/")
        self.assertNotIn(f'href="{where}"',
                         self.b.get("/clientes/?q=nunez").text)
        self.assertIn(f'href="{where}"',
                      self.b.get("/clientes/?q=nunez&archivados=1").text)
        back = self.b.post(where + "restaurar/", undo)
        self.assertEqual(back.status, 303)
        self.assertIn(f'href="{where}"',
                      self.b.get("/clientes/?q=nunez").text)

    def test_bad_values_are_shown_with_what_was_typed(self):
        answer = self.b.submit("/clientes/nuevo/",
                               {"name": " ", "email": "no es correo",
                                "phone": "12", "kind": "otro",
                                "city": "<Bello>", "notes": "x" * 4001})
        self.assertEqual(answer.status, 422)
        for text in ("Escriba este dato", "nombre@ejemplo.com",
                     'value="no es correo"', "&lt;Bello&gt;",
                     'href="#name"', 'aria-describedby="name-error"'):
            self.assertIn(text, answer.text)

    def test_two_people_edit_one_client(self):
        where = self.create().location
        mine = self.b.get(where + "editar/").form(where + "editar/")
        other = self.site.browser(ADMIN)
        other.submit(where + "editar/", {"city": "Bello"})
        mine["city"] = "Sabaneta"
        answer = self.b.post(where + "editar/", mine)
        self.assertEqual(answer.status, 409)
        self.assertIn("Bello", answer.text)
        self.assertIn("Sabaneta", answer.text)
        again = self.b.post(where + "editar/",
                            answer.form(where + "editar/"))
        self.assertEqual(again.status, 303)
        self.assertIn("Sabaneta", self.b.follow(again).text)

    def test_archiving_an_old_version_is_refused(self):
        where = self.create().location
        button = self.b.get(where).form(where + "archivar/")
        self.b.submit(where + "editar/", {"city": "Bello"})
        self.assertEqual(self.b.post(where + "archivar/", button).status, 409)

    def test_pages_show_every_client_once_in_order(self):
        seen, path, pages = [], "/clientes/?por=40", 0
        while path:
            page = self.b.get(path).text
            seen += re.findall(r'<th scope="row"><a href="/clientes/(\d+)/">',
                               page)
            follow = re.search(r'rel="next" href="([^"]+)"', page)
            path = follow and follow.group(1).replace("&amp;", "&")
            pages += 1
        count = int(self.site.sql(
            "SELECT count(*) FROM client WHERE archived_at IS NULL"))
        self.assertEqual(len(seen), count)
        self.assertEqual(len(set(seen)), count)
        self.assertEqual(pages, -(-count // 40))
        last = seen[-(count % 40 or 40):]
        back = self.b.get(f"/clientes/?por=40&antes={last[0]}").text
        ids = re.findall(r'<th scope="row"><a href="/clientes/(\d+)/">', back)
        self.assertEqual(ids, seen[-len(last) - 40:-len(last)])

    def test_empty_search_says_so(self):
        page = self.b.get("/clientes/?q=zzzz%3Cscript%3E").text
        self.assertIn("zzzz&lt;script&gt;", page)
        self.assertIn("No encontramos clientes", page)

    def test_search_has_no_wildcards(self):
        for q in ("%25", "_", "%5C"):
            answer = self.b.get(f"/clientes/?q={q}")
            self.assertEqual(answer.status, 200)

    def test_a_list_takes_at_most_three_statements(self):
        for path in ("/clientes/", "/clientes/?q=jose", "/clientes/?por=100",
                     "/clientes/?archivados=1"):
            self.assertLessEqual(self.b.fewest_statements(path), 3, path)

    def test_what_is_not_found_can_be_searched(self):
        self.assertIn('role="search"', self.b.get("/nada/").text)
        self.assertNotIn('role="search"', self.site.get("/nada/").text)

    def test_menu_shows_where_one_is(self):
        for path in ("/clientes/", "/clientes/1/", "/clientes/1/editar/"):
            self.assertRegex(self.b.get(path).text,
                             'href="/clientes/" aria-current="page"', path)

    def test_technician_reads_and_does_not_write(self):
        t = self.site.browser(TECHNICIAN)
        page = t.get("/clientes/1/")
        self.assertEqual(page.status, 200)
        self.assertNotIn("/editar/", page.text)
        self.assertNotIn("archivar", page.text)
        self.assertEqual(t.get("/clientes/nuevo/").status, 403)
