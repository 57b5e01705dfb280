"""One's own account, and the accounts of others."""
import re

from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN

NEW = "una frase nueva 7"
USERS = "/admin/usuarios/"


class OwnAccount(SiteCase):
    def change(self, b, present, new, again=None):
        return b.submit("/cuenta/clave/",
                        {"present": present, "password": new,
                         "again": new if again is None else again})

    def test_a_new_password_ends_all_other_sessions(self):
        b, other = (self.site.browser(TECHNICIAN) for _ in range(2))
        old = b.cookies["pt_session"]
        answer = self.change(b, PASSWORD, NEW)
        self.assertEqual(answer.status, 303, answer.text)
        page = b.follow(answer)
        self.assertEqual(page.status, 200)
        self.assertIn("Se cambió la contraseña", page.text)
        self.assertNotEqual(b.cookies["pt_session"], old)
        self.assertEqual(other.get("/cuenta/").status, 303)
        b.cookies["pt_session"] = old
        self.assertEqual(b.get("/cuenta/").status, 303)
        refused = self.site.browser().submit(
            "/cuenta/entrar/", {"email": TECHNICIAN, "password": PASSWORD})
        self.assertEqual(refused.status, 422)
        b.login(TECHNICIAN, NEW)
        self.assertEqual(self.change(b, NEW, PASSWORD).status, 303)

    def test_bad_passwords_are_refused(self):
        b = self.site.browser(CLIENT)
        other = self.site.browser(CLIENT)
        for present, new, again, text in (
                ("no es esta", NEW, NEW, "No es su contraseña actual"),
                (PASSWORD, "corta", "corta", "Es muy corta"),
                (PASSWORD, NEW, NEW + "!", "No coincide"),
                (PASSWORD, PASSWORD, PASSWORD, "Es la misma de ahora"),
                (PASSWORD, "", "", "Escriba este dato"),
                (PASSWORD, "é" * 9, "é" * 9, "Es muy corta"),
                (PASSWORD, "x" * 129, "x" * 129, "demasiado largo")):
            answer = self.change(b, present, new, again)
            self.assertEqual(answer.status, 422, text)
            self.assertIn(text, answer.text)
            self.assertNotIn(f'value="{NEW}', answer.text)
        self.assertEqual(other.get("/cuenta/").status, 200)
        self.site.browser(CLIENT)

    def test_profile_language_and_theme(self):
        b = self.site.browser(TECHNICIAN)
        page = b.get("/cuenta/perfil/")
        self.assertIn('data-theme="blue"', page.text)
        answer = b.submit("/cuenta/perfil/",
                          {"name": "Té <Ñ> cnico", "phone": "300 765 4321",
                           "lang": "en", "theme": "dark"})
        self.assertEqual(answer.status, 303, answer.text)
        page = b.follow(answer)
        self.assertIn('<html lang="en" data-theme="dark">', page.text)
        for text in ("Té &lt;Ñ&gt; cnico", "300 765 4321", "My account",
                     "Your profile was saved"):
            self.assertIn(text, page.text)
        for path, text in (("/clientes/", "Clients"),
                           ("/nada/", "This page does not exist"),
                           (USERS, "You may not see this page")):
            self.assertIn(text, b.get(path).text)
        # public pages keep the language of their address
        self.assertIn('<html lang="es-CO" data-theme="dark">',
                      b.get("/").text)
        self.assertIn('<html lang="en" data-theme="dark">',
                      b.get("/en/").text)
        b.submit("/cuenta/perfil/", {"name": "Técnico", "lang": "es",
                                     "theme": "blue"})
        self.assertIn('<html lang="es-CO" data-theme="blue">',
                      b.get("/cuenta/").text)

    def test_bad_profile_is_refused_and_kept(self):
        b = self.site.browser(CLIENT)
        answer = b.submit("/cuenta/perfil/",
                          {"name": " ", "phone": "12", "lang": "fr",
                           "theme": "pink"})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.text.count('class="field-error"'), 4)
        self.assertIn('value="12"', answer.text)
        self.assertIn('data-theme="blue"', b.get("/cuenta/").text)

    def test_profile_changes_only_oneself(self):
        b = self.site.browser(CLIENT)
        b.submit("/cuenta/perfil/", {"role": "admin", "id": "1",
                                     "email": "x@demo.example"})
        self.assertIn(CLIENT, b.get("/cuenta/").text)
        self.assertEqual(b.get(USERS).status, 403)

    def test_other_sessions_are_closed(self):
        b = self.site.browser(ADMIN)
        other = self.site.browser(ADMIN)
        stranger = self.site.browser(CLIENT)
        page = b.get("/cuenta/sesiones/")
        self.assertEqual(page.text.count("(este equipo)"), 1)
        self.assertGreaterEqual(page.text.count("<tr>"), 3)
        answer = b.submit("/cuenta/sesiones/", {})
        self.assertEqual(answer.status, 303)
        page = b.follow(answer)
        self.assertIn("Se cerraron las demás", page.text)
        self.assertIn("No hay otra sesión", page.text)
        self.assertEqual(other.get("/cuenta/").status, 303)
        self.assertEqual(stranger.get("/cuenta/").status, 200)


class PasswordThrottle(SiteCase):
    OPTIONS = {"extra": "login: {attempts: 3, window: 15m}\n"}

    def test_a_session_does_not_help_to_guess(self):
        b = self.site.browser(ADMIN)
        fields = {"password": NEW, "again": NEW}
        for _ in range(3):
            answer = b.submit("/cuenta/clave/", {"present": "mala", **fields})
            self.assertEqual(answer.status, 422)
        answer = b.submit("/cuenta/clave/", {"present": PASSWORD, **fields})
        self.assertEqual(answer.status, 429)
        self.assertIn("Espere unos minutos", answer.text)


class Users(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def create(self, email, **changes):
        answer = self.b.submit(f"{USERS}nuevo/",
                               {"name": "Luz Ñáñez", "email": email,
                                "role": "technician", "password": NEW,
                                **changes})
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def login(self, email):
        b = self.site.browser()
        b.login(email, NEW)
        return b

    def push(self, where, verb):
        """Presses the button of the account's page."""
        return self.b.submit(where, {}, action=f"{where}{verb}/")

    def test_life_of_an_account(self):
        where = self.create("luz@demo.example", phone="300 111 2233")
        page = self.b.get(where)
        for text in ("Luz Ñáñez", "luz@demo.example", "300 111 2233",
                     "Se creó el usuario", "No tiene ninguna sesión"):
            self.assertIn(text, page.text)
        for q in ("nanez", "luz%40demo", "3001112233"):
            self.assertIn(f'href="{where}"', self.b.get(f"{USERS}?q={q}").text)
        self.assertNotIn(f'href="{where}"', self.b.get(f"{USERS}?q=zz").text)

        luz = self.login("luz@demo.example")
        self.assertEqual(luz.get("/clientes/nuevo/").status, 403)
        saved = self.b.submit(f"{where}editar/", {"role": "office"})
        self.assertEqual(saved.location, where)
        self.assertEqual(luz.get("/clientes/nuevo/").status, 200)
        self.assertEqual(luz.get(where).status, 200)
        self.assertNotIn("Desactivar", luz.get(where).text)
        self.assertEqual(luz.get(f"{where}editar/").status, 403)

        done = self.push(where, "desactivar")
        self.assertEqual(done.status, 303)
        self.assertEqual(luz.get("/cuenta/").status, 303)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM session s JOIN app_user u"
            " ON u.id = s.user_id WHERE u.email = 'luz@demo.example'"), "0")
        refused = self.site.browser().submit(
            "/cuenta/entrar/", {"email": "luz@demo.example", "password": NEW})
        self.assertEqual(refused.status, 422)
        page = self.b.follow(done)
        self.assertIn("no puede entrar", page.text)
        undo = page.form(f"{where}activar/")
        self.assertEqual(self.b.post(f"{where}activar/", undo).status, 303)
        self.assertEqual(luz.get("/cuenta/").status, 303)
        self.login("luz@demo.example")
        self.assertIn("127.0.0.1", self.b.get(where).text)

    def test_a_client_sees_own_data(self):
        where = self.create("cl@demo.example", role="client",
                            client="CL-000002")
        self.assertIn('href="/clientes/2/"', self.b.get(where).text)
        fields = self.b.get(f"{where}editar/").form(f"{where}editar/")
        self.assertEqual(fields["client"], "CL-000002")
        self.assertIn("Mis datos de cliente",
                      self.login("cl@demo.example").get("/cuenta/").text)
        for code in ("", "CL-", "x", "999999999", "-2", "9" * 19):
            answer = self.b.submit(f"{where}editar/", {"client": code})
            self.assertEqual(answer.status, 422, code)
            self.assertIn("No hay un cliente", answer.text)
        self.b.submit(f"{where}editar/", {"role": "technician"})
        self.assertNotIn("/clientes/2/", self.b.get(where).text)

    def test_bad_accounts_are_refused(self):
        answer = self.b.submit(f"{USERS}nuevo/",
                               {"name": "", "email": "x", "role": "root",
                                "password": ""})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.text.count('class="field-error"'), 4)
        answer = self.b.submit(f"{USERS}nuevo/",
                               {"name": "<X>", "email": ADMIN,
                                "role": "office", "password": NEW})
        self.assertEqual(answer.status, 422)
        self.assertIn("Ya hay un usuario", answer.text)
        self.assertIn('value="&lt;X&gt;"', answer.text)
        self.assertNotIn(NEW, answer.text)
        answer = self.b.submit(f"{USERS}nuevo/",
                               {"name": "X", "email": "y@demo.example",
                                "role": "client", "password": "corta"})
        self.assertIn("Es muy corta", answer.text)
        self.assertIn("No hay un cliente", answer.text)

    def test_two_administrators_at_once(self):
        where = self.create("dos@demo.example")
        mine = self.b.get(f"{where}editar/").form(f"{where}editar/")
        button = self.b.get(where).form(f"{where}desactivar/")
        self.b.submit(f"{where}editar/", {"name": "Dos"})
        mine["name"] = "Tres"
        answer = self.b.post(f"{where}editar/", mine)
        self.assertEqual(answer.status, 409)
        self.assertIn("Otra persona guardó", answer.text)
        self.assertIn('value="Tres"', answer.text)
        self.assertEqual(
            self.b.post(f"{where}desactivar/", button).status, 409)
        again = answer.form(f"{where}editar/")
        self.assertEqual(self.b.post(f"{where}editar/", again).status, 303)
        self.assertIn("Tres", self.b.get(where).text)

    def test_nobody_removes_themself_or_the_last_administrator(self):
        me = self.site.sql(f"SELECT id FROM app_user WHERE email = '{ADMIN}'")
        where = f"{USERS}{me}/"
        page = self.b.get(where)
        self.assertNotIn(f'action="{where}desactivar/"', page.text)
        fields = self.b.get(f"{where}editar/").form(f"{where}editar/")
        self.assertEqual(self.b.post(f"{where}desactivar/",
                                     fields).status, 403)
        answer = self.b.submit(f"{where}editar/", {"role": "office"})
        self.assertEqual(answer.status, 422)
        self.assertIn("su propio rol", answer.text)
        answer = self.b.submit(f"{where}editar/", {"name": "Admin Nuevo"})
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.b.get(USERS).status, 200)

    def test_two_administrators_remove_each_other(self):
        """Whoever is second is nobody any more."""
        where = self.create("otro@demo.example", role="admin")
        me = self.site.sql(f"SELECT id FROM app_user WHERE email = '{ADMIN}'")
        other = self.login("otro@demo.example")
        button = other.get(f"{USERS}{me}/").form(f"{USERS}{me}/desactivar/")
        self.assertEqual(self.push(where, "desactivar").status, 303)
        answer = other.post(f"{USERS}{me}/desactivar/", button)
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.b.get(USERS).status, 200)

    def test_the_list_is_paged(self):
        self.site.sql("INSERT INTO app_user (uid, email, name, role, name_key,"
                      " search_text, created_at, updated_at)"
                      " SELECT 'u' || id, 'p' || id || '@x.example', 'P' || id,"
                      " 'technician', 'p' || id, 'pagina', 0, 0 FROM client"
                      " WHERE id <= 120")
        seen, path = [], f"{USERS}?q=pagina"
        while path:
            page = self.b.get(path)
            seen += re.findall(r'<a href="/admin/usuarios/(\d+)/">', page.text)
            self.assertLessEqual(self.b.fewest_statements(path), 3)
            found = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = found and found.group(1).replace("&amp;", "&")
        self.assertEqual((len(seen), len(set(seen))), (120, 120))
        back = re.search(r'rel="prev" href="([^"]+)"', page.text).group(1)
        page = self.b.get(back.replace("&amp;", "&"))
        self.assertEqual(
            re.findall(r'<a href="/admin/usuarios/(\d+)/">', page.text),
            seen[50:100])
