"""What people can read of the audit."""
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, TECHNICIAN
from test_audit import USERS

class Pages(SiteCase):
    def test_history_of_a_client_in_words(self):
        admin = self.site.browser(ADMIN)
        admin.submit("/clientes/3/editar/",
                     {"city": "Nariño <b>", "kind": "legal",
                      "service_kind": "contract", "notes": "un secreto",
                      "phone": ""})
        answer = admin.get("/clientes/3/historial/")
        text = answer.text
        for part in ("Cambio:", "Ciudad", "<ins>Nariño &lt;b&gt;</ins>",
                     "<ins>Contrato TI</ins>", "Ana Demostración",
                     "Creación:", "Sistema", "CL-000003", "Notas"):
            self.assertIn(part, text)
        self.assertNotIn("un secreto", text)
        self.assertLessEqual(
            admin.fewest_statements("/clientes/3/historial/"), 3)
        self.assertIn('href="/clientes/3/historial/"',
                      admin.get("/clientes/3/").text)
        self.assertEqual(admin.get("/clientes/999/historial/").status, 404)
        technician = self.site.browser(TECHNICIAN)
        self.assertNotIn("historial", technician.get("/clientes/3/").text)

    def test_activity_of_an_account(self):
        admin = self.site.browser(ADMIN)
        technician = self.site.browser(TECHNICIAN)
        technician.submit("/cuenta/perfil/", {"theme": "green"})
        n = self.site.sql("SELECT id FROM app_user WHERE email ="
                          f" '{TECHNICIAN}'")
        answer = admin.get(f"{USERS}{n}/historial/")
        for part in ("Ingreso:", "Creación:", "Tema de color",
                     "<del>Azul</del>", "<ins>Verde</ins>", "127.0.0.1"):
            self.assertIn(part, answer.text)
        self.assertLessEqual(
            admin.fewest_statements(f"{USERS}{n}/historial/"), 3)
        self.assertIn(f"{USERS}{n}/historial/", admin.get(f"{USERS}{n}/").text)
        own = technician.get("/cuenta/actividad/")
        self.assertIn("<ins>Verde</ins>", own.text)
        self.assertNotIn("/admin/usuarios/", own.text)
        self.assertLessEqual(
            technician.fewest_statements("/cuenta/actividad/"), 3)
        # nobody sees what others did
        other = self.site.browser(CLIENT).get("/cuenta/actividad/").text
        self.assertIn("Ingreso:", other)
        self.assertNotIn("Verde", other)

    def rows(self, b, query):
        text = b.get("/admin/auditoria/" + query).text
        return re.findall(r'<th scope="row">(.*?)</th>', text)

    def test_filters_and_pages(self):
        b = self.site.browser(ADMIN)
        me = self.site.sql(f"SELECT id FROM app_user WHERE email = '{ADMIN}'")
        self.assertEqual(len(self.rows(b, "?que=client")), 50)
        one = self.rows(b, "?que=client&numero=112")
        self.assertEqual(len(one), 1)
        self.assertIn("CL-000112", one[0])
        self.assertTrue(all("CL-" not in r for r in self.rows(
            b, f"?quien={me}&que=user")))
        self.assertGreater(len(self.rows(b, f"?quien={me}")), 1)
        self.assertEqual(self.rows(b, "?desde=2999-01-01"), [])
        self.assertEqual(self.rows(b, "?hasta=2001-01-01"), [])
        self.assertEqual(len(self.rows(b, "?desde=2001-01-01&hasta=ayer")), 50)
        self.assertEqual(len(self.rows(b, "?que=bobada&numero=x")), 50)
        seen, path = set(), "/admin/auditoria/?que=client"
        for _ in range(20):
            text = b.get(path).text
            found = re.findall(r'data-label="Fila">(\d+)<', text)
            self.assertFalse(seen & set(found))
            seen |= set(found)
            more = re.search(r'rel="next" href="([^"]+)"', text)
            if more is None:
                break
            path = more[1].replace("&amp;", "&")
            self.assertIn("que=client&despues=", path)
        self.assertEqual(str(len(seen)), self.site.sql(
            "SELECT count(*) FROM audit_log WHERE entity = 'client'"))

    def test_in_english(self):
        b = self.site.browser(ADMIN)
        b.submit("/cuenta/perfil/", {"lang": "en"})
        text = b.get("/admin/auditoria/").text
        for part in ("<h1>Audit</h1>", "What happened", "Logged in:",
                     "About what"):
            self.assertIn(part, text)
        b.submit("/cuenta/perfil/", {"lang": "es"})
