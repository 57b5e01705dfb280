"""What visitors read, and how they write to us."""
import html.parser
import re
import xml.etree.ElementTree as ET

from case import SiteCase
from ptsite import ADMIN, CLIENT, TECHNICIAN
from test_access import MOVED, routes

PAGES = {
    "/": "Servicios de tecnología en Medellín",
    "/servicios/": "Servicios",
    "/servicios/soporte-tecnico/": "Soporte técnico",
    "/servicios/desarrollo-software/": "Desarrollo de software",
    "/servicios/redes-comunicaciones/": "Redes y comunicaciones",
    "/servicios/soluciones-cloud/": "Soluciones en la nube",
    "/servicios/ciberseguridad/": "Ciberseguridad",
    "/servicios/consultoria-ti/": "Consultoría de TI",
    "/empresa/nosotros/": "Quiénes somos",
    "/empresa/historia/": "Nuestra historia",
    "/empresa/equipo/": "Nuestro equipo",
    "/politica-de-datos/": "Política de tratamiento de datos personales",
    "/contacto/": "Contacto",
    "/cuenta/entrar/": "Entrar",
    "/cuenta/recuperar/": "Recuperar la contraseña",
}
KEYED = {"/cuenta/restablecer/", "/cuenta/invitacion/",  # of links in mail
         # steps of a login, nothing without the one before
         "/cuenta/entrar/codigo/", "/cuenta/entrar/recuperacion/",
         "/cuenta/entrar/activar/",
         # between us and a provider
         "/cuenta/oidc/retorno/", "/cuenta/oidc/salida/"}
# what visitors find in the menu, in order
MENU = [
    "/",
    "/servicios/",
    "/empresa/nosotros/",
    "/contacto/",
]
OLD = {
    "/accounts/login/": "/cuenta/entrar/",
    "/services/clients/": "/clientes/",
    "/services/clients/create/": "/clientes/nuevo/",
    "/services/clients/12/update/": "/clientes/12/editar/",
    "/services/services/": "/ordenes/",
    "/services/services/create/": "/ordenes/nueva/",
    "/services/services/7/update/": "/ordenes/7/editar/",
    "/services/reports/": "/informes/",
    "/services/reports/create/": "/informes/nuevo/",
    "/services/reports/7/update/": "/informes/7/editar/",
}
MESSAGE = {"name": "Ana <b>Ñúñez</b>", "email": "Ana@Example.com",
           "phone": "300 123 4567", "subject": "cloud",
           "message": "Línea uno\r\nLínea \"dos\" <script>", "consent": "1"}


class Finder(html.parser.HTMLParser):
    """The title, the h1s and the local links of a page."""

    def __init__(self, text):
        super().__init__()
        self.title, self.h1, self.links, self.tag = "", [], set(), None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in ("title", "h1"):
            self.tag = tag
            if tag == "h1":
                self.h1.append("")
        href = dict(attrs).get("href") or ""
        if tag in ("a", "link") and href.startswith("/"):
            self.links.add(href.split("#")[0])

    def handle_endtag(self, tag):
        if tag == self.tag:
            self.tag = None

    def handle_data(self, data):
        if self.tag == "title":
            self.title += data
        elif self.tag == "h1":
            self.h1[-1] += data


class Pages(SiteCase):
    def test_each_page_in_both_languages(self):
        seen = set()
        for path, title in PAGES.items():
            spanish = self.site.get(path)
            english = self.site.get("/en" + path)
            self.assertEqual((spanish.status, english.status), (200, 200),
                             path)
            self.assertIn('<html lang="en"', english.text)
            pages = Finder(spanish.text), Finder(english.text)
            self.assertEqual(pages[0].title,
                             f"{title} · Personal Technology")
            for page in pages:
                self.assertEqual(len(page.h1), 1, path)
                self.assertNotEqual(page.h1[0].strip(), "", path)
                self.assertNotIn(page.title, seen)
                seen.add(page.title)
            self.assertNotEqual(pages[0].h1, pages[1].h1)

    def test_no_link_is_dead(self):
        todo, done = ["/"], set()
        while todo:
            path = todo.pop()
            if path in done:
                continue
            done.add(path)
            answer = self.site.get(path)
            self.assertEqual(answer.status, 200, path)
            if "text/html" in answer.headers["Content-Type"]:
                todo += Finder(answer.text).links
        for path in PAGES:
            self.assertIn(path, done)
            self.assertIn("/en" + path, done)

    def test_a_page_of_one_language_links_to_its_own(self):
        for path in PAGES:
            links = Finder(self.site.get("/en" + path).text).links
            for link in links - {path}:
                self.assertRegex(link, "^/(en|static)/", path)

    def test_sitemap_lists_exactly_the_public_pages(self):
        answer = self.site.get("/sitemap.xml", Host="www.example.com")
        self.assertEqual(answer.status, 200)
        self.assertIn("application/xml", answer.headers["Content-Type"])
        name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
        listed = [e.text for e in ET.fromstring(answer.bytes).iter(name)]
        self.assertEqual(len(listed), len(set(listed)))
        public = {path for methods, path, permission in routes()
                  if permission == "public" and "GET" in methods
                  and "." not in path and path != "/health/"
                  and not path.startswith(MOVED)} - KEYED
        self.assertEqual(public, set(PAGES))
        self.assertEqual(set(listed),
                         {f"http://www.example.com{prefix}{path}"
                          for path in public for prefix in ("", "/en")})

    def test_robots_name_the_sitemap(self):
        answer = self.site.get("/robots.txt", Host="www.example.com")
        self.assertEqual(answer.status, 200)
        self.assertIn("text/plain", answer.headers["Content-Type"])
        self.assertIn("Sitemap: http://www.example.com/sitemap.xml\n",
                      answer.text)
        for path in ("/robots.txt/", "/sitemap.xml/", "/robots"):
            self.assertEqual(self.site.get(path).status, 404, path)

    def test_a_strange_host_is_not_repeated(self):
        for host in ("a<b", "a&b", "a'b"):
            for path in ("/sitemap.xml", "/robots.txt"):
                self.assertEqual(self.site.get(path, Host=host).status, 400,
                                 host)

    def test_old_addresses_lead_to_the_new_ones(self):
        for old, new in OLD.items():
            answer = self.site.get(old)
            self.assertEqual((answer.status, answer.location), (301, new))
        answer = self.site.get("/accounts/login/?next=/services/clients/")
        self.assertEqual(answer.location,
                         "/cuenta/entrar/?next=/services/clients/")
        for path in ("/services/clients/0/update/", "/services/nada/"):
            self.assertEqual(self.site.get(path).status, 404, path)
        answer = self.site.browser().post("/services/clients/", {})
        self.assertEqual((answer.status, answer.headers["Allow"]),
                         (405, "GET, HEAD"))

    def test_menu_for_visitors_and_for_people_inside(self):
        def menu(text):
            nav = re.search('<nav class="menu".*?</nav>', text, re.S)
            return re.findall('<a href="([^"]+)"', nav.group(0))
        self.assertEqual(menu(self.site.get("/").text), MENU)
        self.assertEqual(menu(self.site.get("/en/").text),
                         ["/en" + path for path in MENU])
        for email in (ADMIN, TECHNICIAN, CLIENT):
            inside = menu(self.site.browser(email).get("/").text)
            self.assertLessEqual(len(inside), 5)
            self.assertNotIn("/servicios/", inside)
        self.assertRegex(self.site.get("/servicios/ciberseguridad/").text,
                         'href="/servicios/" aria-current="page"')

    def test_a_service_page_leads_to_its_subject(self):
        page = self.site.get("/en/servicios/soluciones-cloud/").text
        self.assertIn('href="/en/contacto/?asunto=cloud"', page)
        form = self.site.get("/en/contacto/?asunto=cloud").form()
        self.assertEqual(form["subject"], "cloud")
        form = self.site.get("/contacto/?asunto=nada").form()
        self.assertEqual(form["subject"], "")


class Contact(SiteCase):
    def setUp(self):
        self.site.sql("DELETE FROM contact_message")

    def stored(self):
        return int(self.site.sql("SELECT count(*) FROM contact_message"))

    def send(self, path="/contacto/", **changes):
        return self.site.browser().submit(path, {**MESSAGE, **changes})

    def test_life_of_a_message(self):
        b = self.site.browser()
        sent = b.submit("/contacto/", MESSAGE)
        self.assertEqual((sent.status, sent.location), (303, "/contacto/"))
        page = b.follow(sent)
        self.assertIn("Recibimos su mensaje", page.text)
        self.assertEqual(page.form()["message"], "")
        version = self.site.sql("SELECT consent_text FROM contact_message"
                                " WHERE consent_at = created_at"
                                " AND consent_at > 1700000000")
        self.assertIn(version, self.site.get("/politica-de-datos/").text)
        self.assertRegex(version, "^[0-9-]{10}$")

        admin = self.site.browser(ADMIN)
        page = admin.get("/contacto/mensajes/").text
        for text in ("Ana &lt;b&gt;Ñúñez&lt;/b&gt;", "ana@example.com",
                     "300 123 4567", "Soluciones en la nube",
                     "&quot;dos&quot; &lt;script&gt;", version):
            self.assertIn(text, page)
        action = re.search('action="(/contacto/mensajes/[0-9]+/atendido/)"',
                           page).group(1)
        done = admin.submit("/contacto/mensajes/", {}, action=action)
        self.assertEqual(done.location, "/contacto/mensajes/")
        page = admin.follow(done).text
        self.assertIn("quedó como atendido", page)
        self.assertNotIn(action, page)
        token = admin.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        again = admin.post(action, {"csrf": token})
        self.assertEqual(again.status, 303)
        missing = admin.post("/contacto/mensajes/999999/atendido/",
                             {"csrf": token})
        self.assertEqual(missing.status, 404)

    def test_messages_are_for_the_office(self):
        self.send()
        for email in (CLIENT, TECHNICIAN):
            answer = self.site.browser(email).get("/contacto/mensajes/")
            self.assertEqual(answer.status, 403)
            self.assertNotIn("ana@example.com", answer.text)
        self.assertEqual(self.site.get("/contacto/mensajes/").status, 303)

    def test_bad_values_are_shown_with_what_was_typed(self):
        answer = self.site.browser().submit(
            "/contacto/", {"name": " ", "email": "no es correo",
                           "phone": "12", "subject": "precios",
                           "message": "Hola <ya>"})
        self.assertEqual(answer.status, 422)
        for text in ("Escriba este dato", "nombre@ejemplo.com",
                     'value="no es correo"', "Hola &lt;ya&gt;",
                     "Marque esta casilla", 'href="#consent"',
                     'aria-describedby="consent-error"'):
            self.assertIn(text, answer.text)
        self.assertEqual(self.stored(), 0)

    def test_consent_is_required_and_kept(self):
        b = self.site.browser()
        fields = {**MESSAGE, "csrf": b.get("/contacto/").form()["csrf"]}
        del fields["consent"]
        answer = b.post("/contacto/", fields)
        self.assertEqual(answer.status, 422)
        self.assertIn("Marque esta casilla para continuar", answer.text)
        self.assertEqual(self.stored(), 0)
        answer = b.post("/contacto/", {**fields, "consent": "1", "name": ""})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.form()["consent"], "1")

    def test_the_trap_catches_and_says_nothing(self):
        answer = self.send(website="https://spam.example/")
        self.assertEqual((answer.status, answer.location),
                         (303, "/contacto/"))
        self.assertEqual(self.stored(), 0)

    def test_six_messages_in_an_hour_are_too_many(self):
        for _ in range(5):
            self.assertEqual(self.send().status, 303)
        answer = self.send()
        self.assertEqual(answer.status, 429)
        self.assertIn("Espere una hora", answer.text)
        self.assertIn("Línea uno", answer.form()["message"])
        self.assertEqual(self.stored(), 5)
        self.site.sql("UPDATE contact_message"
                      " SET created_at = created_at - 3601")
        self.assertEqual(self.send().status, 303)

    def test_english_form_stays_english(self):
        answer = self.send("/en/contacto/", message="Hello")
        self.assertEqual(answer.location, "/en/contacto/")
        self.assertEqual(self.site.sql("SELECT lang FROM contact_message"),
                         "en")

    def test_list_is_paged_and_takes_three_statements(self):
        self.site.sql(
            "INSERT INTO contact_message (uid, name, email, subject,"
            " message, lang, ip, consent_at, consent_text, created_at)"
            " VALUES " + ", ".join(
                f"('u{i}', 'Persona {i:02}', 'a@b.co', 'other', 'x',"
                " 'es', '192.0.2.1', 1, '1', 1)" for i in range(30)))
        admin = self.site.browser(ADMIN)
        page = admin.get("/contacto/mensajes/")
        self.assertLessEqual(
            admin.fewest_statements("/contacto/mensajes/"), 3)
        seen = re.findall(r"<h2>(Persona \d\d)", page.text)
        self.assertEqual(len(seen), 25)
        follow = re.search('rel="next" href="([^"]+)"', page.text).group(1)
        last = admin.get(follow)
        seen += re.findall(r"<h2>(Persona \d\d)", last.text)
        self.assertEqual(seen, [f"Persona {i:02}" for i in range(29, -1, -1)])
        self.assertNotIn('rel="next"', last.text)
        self.assertIn('href="/contacto/mensajes/"', last.text)
