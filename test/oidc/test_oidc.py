"""Logging in by an OpenID provider: npm's oidc-provider."""
import subprocess
import time
import unittest
import urllib.parse

import case
from oidc_case import ANA, OidcCase
from process import wait_until
from providers import HERE, SECRET, answer_action, path_of
from ptsite import ADMIN, CLIENT, TECHNICIAN


class Login(OidcCase):
    """With a right provider; the secret is a file."""

    CONF = {"secret": ""}

    @classmethod
    def prepare(cls):
        path = cls.provider.write("secret", "")
        with open(path, "w", encoding="utf-8") as f:
            f.write(SECRET + "\n")
        cls.site.env["OIDC_CLIENT_SECRET_FILE"] = path

    def setUp(self):
        self.provider.people({"ana": ANA})

    def tearDown(self):
        self.site.sql("UPDATE app_user SET status = 'active'")

    def test_button_and_policy(self):
        page = self.site.get("/cuenta/entrar/")
        self.assertIn("Entrar con Microsoft", page.text)
        self.assertIn("Log in with Microsoft",
                      self.site.get("/en/cuenta/entrar/").text)
        policy = page.headers["Content-Security-Policy"]
        self.assertTrue(policy.endswith(
            f"; form-action 'self' {self.provider.issuer}"), policy)
        for path in ("/", "/cuenta/recuperar/", "/cuenta/oidc/retorno/"):
            policy = self.site.get(path).headers["Content-Security-Policy"]
            self.assertTrue(policy.endswith("; form-action 'self'"), policy)
        self.assertEqual(self.site.get("/cuenta/oidc/").status, 405)

    def test_what_the_provider_is_asked(self):
        answer = self.person().press()
        self.assertEqual(answer.status, 303)
        url = urllib.parse.urlsplit(answer.location)
        asked = dict(urllib.parse.parse_qsl(url.query))
        self.assertEqual(f"{url.scheme}://{url.netloc}", self.provider.issuer)
        for name in ("state", "nonce", "code_challenge"):
            self.assertRegex(asked.pop(name), r"^[\w-]{43}$")
        self.assertEqual(asked, {
            "response_type": "code", "client_id": "pt",
            "scope": "openid profile email", "code_challenge_method": "S256",
            "redirect_uri":
            f"http://127.0.0.1:{self.site.port}/cuenta/oidc/retorno/"})

    def test_first_and_second_login(self):
        self.provider.people({"eva": {**ANA, "email": "eva@org.example",
                                      "name": "Eva <i>"}})
        before, p = self.last(), self.person()
        p.here.get("/cuenta/entrar/")
        p.here.cookies["pt_session"] = "A" * 43
        answer = p.log_in("eva", "/clientes/?q=x")
        self.assertEqual((answer.status, answer.location),
                         (303, "/clientes/?q=x"), answer.text)
        self.assertNotEqual(p.here.cookies["pt_session"], "A" * 43)
        page = p.here.get("/cuenta/")
        self.assertIn("Eva &lt;i&gt;", page.text)
        self.assertIn("eva@org.example", page.text)
        self.assertIn("Soporte técnico", page.text)
        self.assertNotIn('href="/cuenta/clave/"', page.text)
        me = self.id_of("eva@org.example")
        self.assertEqual(self.audited(before),
                         [("create", "system", me), ("link", "system", me),
                          ("login", "technician", me)])
        first, before = p.here.cookies["pt_session"], self.last()
        self.assertEqual(p.log_in("eva").status, 303)
        self.assertNotEqual(p.here.cookies["pt_session"], first)
        self.assertEqual(self.audited(before), [("login", "technician", me)])
        p.here.cookies["pt_session"] = first
        self.assertFalse(p.is_in())
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM app_user WHERE oidc_subject = 'eva'"), "1")
        self.assertEqual(self.site.ctl("audit", "verify").returncode, 0)

    def test_next_stays_here(self):
        for following in ("//evil.example/", "https://evil.example/",
                          "/\\evil.example", "\t//evil.example"):
            answer = self.person().log_in("ana", following)
            self.assertEqual(answer.status, 303)
            self.assertEqual(answer.location, "/clientes/", following)

    def test_english_comes_back_in_english(self):
        self.provider.people({"ana": {**ANA, "roles": []}})
        answer = self.person().log_in("ana", prefix="/en")
        self.assertIn("has no role in this system", answer.text)
        self.assertIn('href="/en/cuenta/entrar/"', answer.text)

    def test_roles_follow_the_claims(self):
        p = self.person()
        for roles, want in ((["App.Tech"], "technician"),
                            (["App.Tech", "App.Office"], "office"),
                            (["Other", "App.Admin", "App.Tech"], "admin"),
                            ("App.Tech", "technician")):
            self.provider.people({"ana": {**ANA, "roles": roles}})
            before = self.last()
            self.assertEqual(p.log_in("ana").status, 303)
            me = self.id_of("ana@org.example")
            self.assertEqual(self.site.sql(
                f"SELECT role FROM app_user WHERE id = {me}"), want)
            self.assertEqual(self.audited(before)[-1], ("login", want, me))
        self.assertIn(("update", "system", me), self.audited(before))

    def test_no_role_no_entry(self):
        for roles in ([], ["App.tech"], ["App.Tech=technician"], [7], "", None):
            self.provider.people({"ana": {**ANA, "roles": roles}})
            before, p = self.last(), self.person()
            self.assert_refused(p, p.log_in("ana"), 403,
                                "no tiene un rol en este sistema")
            self.assertEqual(self.audited(before),
                             [("oidc_refused", "visitor", "0")])

    def test_last_administrator_stays(self):
        self.provider.people({"root": {**ANA, "email": "root@org.example",
                                       "roles": ["App.Admin"]}})
        p = self.person()
        self.assertEqual(p.log_in("root").status, 303)
        self.site.sql("UPDATE app_user SET status = 'inactive' WHERE"
                      " email <> 'root@org.example'")
        self.provider.people({"root": {**ANA, "roles": ["App.Tech"]}})
        p = self.person()
        self.assert_refused(p, p.log_in("root"), 403, "última cuenta de")
        self.site.sql("UPDATE app_user SET status = 'active'")
        self.assertEqual(p.log_in("root").status, 303)

    def test_deactivated(self):
        p = self.person()
        p.log_in("ana")
        self.site.sql("UPDATE app_user SET status = 'inactive'"
                      " WHERE email = 'ana@org.example'")
        self.assertFalse(p.is_in())
        self.assert_refused(p, p.log_in("ana"), 403, "no está activa")

    def test_no_password_leads_past_the_provider(self):
        self.person().log_in("ana")
        b = self.site.browser()
        for password in ("", "x"):
            answer = b.submit("/cuenta/entrar/", {
                "email": "ana@org.example", "password": password})
            self.assertEqual(answer.status, 422)

    def test_other_accounts_are_not_taken_over(self):
        for email in (TECHNICIAN, CLIENT, ADMIN.upper()):
            self.provider.people({"thief": {**ANA, "email": email}})
            p = self.person()
            self.assert_refused(p, p.log_in("thief"), 403,
                                "Ya hay aquí una cuenta con su correo")

    def test_without_an_address(self):
        for email in (None, "no address", "a@b.co\n", "x" * 300 + "@b.co"):
            self.provider.people({"anon": {**ANA, "email": email}})
            p = self.person()
            if email == "a@b.co\n":  # as if typed so
                self.assertEqual(p.log_in("anon").status, 303)
                self.site.sql("UPDATE app_user SET oidc_subject = 'gone'"
                              " WHERE email = 'a@b.co'")
                continue
            self.assert_refused(p, p.log_in("anon"), 403, "no envió un correo")

    def test_a_way_back_works_once(self):
        p = self.person()
        back = p.come_back("ana")
        self.assertEqual(p.here.get(back).status, 303)
        p.here.cookies.pop("pt_session")
        self.assert_refused(p, p.here.get(back), 400, "ya se usó")

    def test_a_code_works_once(self):
        """With a state that is right, the provider refuses it."""
        p = self.person()
        back = p.come_back("ana")
        self.assertEqual(p.here.get(back).status, 303)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"]
        q = self.person()
        url = urllib.parse.urlsplit(q.press().location)
        state = urllib.parse.parse_qs(url.query)["state"]
        answer = q.here.get("/cuenta/oidc/retorno/?" + urllib.parse.urlencode(
            {"code": code[0], "state": state[0]}))
        self.assert_refused(q, answer, 403, "no se pudo comprobar")
        self.site.pool.wait_for("invalid_grant")

    def test_another_browser_gets_nothing(self):
        p, thief = self.person(), self.person()
        thief.press()
        back = p.come_back("ana")
        self.assert_refused(thief, thief.here.get(back), 400, "otro navegador")
        nobody = self.person()
        self.assert_refused(nobody, nobody.here.get(back), 400, "venció")
        self.assertEqual(p.here.get(back).status, 303)

    def test_an_old_login_is_over(self):
        p = self.person()
        back = p.come_back("ana")
        self.site.sql("UPDATE oidc_login SET expires_at = expires_at - 600")
        self.assert_refused(p, p.here.get(back), 400, "venció")

    def test_two_tabs(self):
        p = self.person()
        backs = [p.come_back("ana") for _ in range(2)]
        for back in backs:
            self.assertEqual(p.here.get(back).status, 303)

    def test_states_that_are_none(self):
        p = self.person()
        p.press()
        for query in ("", "state=", "state=x&code=y", "code=y",
                      "state=" + "A" * 43, "state=" + "A" * 3000,
                      "state=%00", "error=x&state=%FF"):
            answer = p.here.get(f"/cuenta/oidc/retorno/?{query}")
            self.assertIn(answer.status, (400,), query)
            self.assertFalse(p.is_in())

    def test_the_person_changes_their_mind(self):
        p = self.person()
        back = p.authenticate(p.press().location, "ana", refuse=True)
        self.assertIn("error=access_denied", back)
        self.assert_refused(p, p.here.get(back), 403, "no confirmó el ingreso")

    def test_the_answer_of_another_provider(self):
        p = self.person()
        back = p.come_back("ana")
        self.assertIn("iss=", back)
        back = back.replace("iss=http", "iss=https")
        self.assert_refused(p, p.here.get(back), 403, "no confirmó el ingreso")

    def test_logout(self):
        p = self.person()
        p.log_in("ana")
        page = p.here.get("/cuenta/")
        answer = p.here.post("/cuenta/salir/", page.form("/cuenta/salir/"))
        self.assertEqual(answer.location, "/cuenta/oidc/salida/")
        page = p.here.follow(answer)
        self.assertIn("Cerró la sesión.", page.text)
        url = page.headers["Refresh"].removeprefix("0; url=")
        self.assertTrue(url.startswith(self.provider.issuer), url)
        self.assertIn("Cerrar también esa sesión", page.text)
        self.assertFalse(p.is_in())
        asked = p.there.get(path_of(url))
        self.assertEqual(asked.status, 200, asked.text)
        fields = asked.form()
        fields["logout"] = "yes"
        done = p.there.post(path_of(answer_action(asked)), fields)
        self.assertEqual(done.location, f"http://127.0.0.1:{self.site.port}/")
        # whoever came by a password only leaves here
        b = self.site.browser(TECHNICIAN)
        page = b.get("/cuenta/")
        answer = b.post("/cuenta/salir/", page.form("/cuenta/salir/"))
        self.assertEqual(answer.location, "/")

    def test_in_chromium(self):
        for scripts in ("on", "off"):
            self.provider.people({"ana": ANA, "nobody": {}})
            done = subprocess.run(
                ["node", f"{HERE}/browser.mjs",
                 f"http://127.0.0.1:{self.site.port}", self.provider.issuer,
                 scripts], capture_output=True, text=True, timeout=300)
            self.assertEqual(done.stdout.splitlines(), [
                "Mi cuenta", "Entrar", "No fue posible entrar"], done.stderr)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_rotated_keys(self):
        p = self.person()
        p.log_in("ana")
        self.site.sql("UPDATE oidc_provider SET renewed_at = 0")
        self.provider.stop()
        self.provider.start("second")
        self.assertEqual(self.person().log_in("ana").status, 303)

    def test_secrets_are_not_in_the_log(self):
        p = self.person()
        back = p.come_back("ana")
        came = p.here.get(back)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
        text = self.site.access_log(came.headers["X-Request-Id"])
        text += self.site.log_so_far() + self.site.nginx.text()
        for secret in (SECRET, query["code"][0], query["state"][0]):
            self.assertNotIn(secret, text)
        self.assertIn("/cuenta/oidc/retorno/", text)
        self.assertNotIn(SECRET, self.site.ctl("check").stdout)


class Public(OidcCase):
    """A client without a secret; e-mails may link; the provider goes away."""

    CONF = {"client": "public", "secret": "", "link_by_email": "on",
            "label": '"Entrar con la <Organización>"'}

    def test_link_by_email(self):
        self.assertIn("Entrar con la &lt;Organización&gt;",
                      self.site.get("/cuenta/entrar/").text)
        me = self.id_of(TECHNICIAN)
        linked = {**ANA, "email": TECHNICIAN}
        self.provider.people({"t": {**linked, "email_verified": False},
                              "u": {**linked, "email_verified": "true"},
                              "v": linked, "w": linked,
                              "c": {**ANA, "email": CLIENT}})
        for name in ("t", "u", "c"):
            p = self.person()
            self.assert_refused(p, p.log_in(name), 403, "Ya hay aquí")
        before = self.last()
        self.assertEqual(self.person().log_in("v").status, 303)
        self.assertEqual(self.audited(before), [("link", "system", me),
                                                ("login", "technician", me)])
        # it belongs to that person now
        p = self.person()
        self.assert_refused(p, p.log_in("w"), 403, "Ya hay aquí")
        # the password is still its own
        self.site.browser(TECHNICIAN)

    def test_provider_down(self):
        self.provider.people({"ana": ANA})
        p = self.person()
        back = p.come_back("ana")
        self.provider.stop()
        began = time.monotonic()
        answer = p.here.get(back)
        self.assertLess(time.monotonic() - began, 6)
        self.assert_refused(p, answer, 503, "no responde")
        self.site.pool.wait_for("oidc.failed")
        self.site.sql("UPDATE oidc_provider SET fetched_at = 0")
        self.assert_refused(p, p.press(), 503, "no responde")
        self.site.browser(ADMIN)  # the other way in is open
        self.provider.start()
        self.assertEqual(p.log_in("ana").status, 303)


class Off(unittest.TestCase):
    def test_without_a_provider(self):
        with case.new_site(workers=1) as site:
            self.assertNotIn("/cuenta/oidc/", site.get("/cuenta/entrar/").text)
            for path in ("/cuenta/oidc/retorno/?state=x",):
                self.assertEqual(site.get(path).status, 404)
            self.assertEqual(site.get("/cuenta/oidc/salida/").location, "/")
            b = site.browser()
            form = b.get("/cuenta/entrar/").form("/cuenta/entrar/")
            answer = b.post("/cuenta/oidc/", {"csrf": form["csrf"]})
            self.assertEqual(answer.status, 404)
            # the worker does not even carry libcurl
            with open(f"/proc/{site.workers_running()[0]}/maps",
                      encoding="utf-8") as f:
                self.assertNotIn("libcurl", f.read())


class Recovery(unittest.TestCase):
    """A new password by mail would lead past the provider."""

    MAIL = ("site:\n  url: http://site.example\nmail:\n"
            "  url: smtp://127.0.0.1:1\n  from: x@site.example\n")

    def test_no_link_for_who_has_no_password(self):
        with case.new_site(workers=1, jobs=1, extra=self.MAIL) as site:
            site.sql("UPDATE app_user SET pass_hash = '', oidc_subject = 's',"
                     f" oidc_issuer = 'i' WHERE email = '{TECHNICIAN}'")
            for email in (TECHNICIAN, CLIENT):
                answer = site.browser().submit("/cuenta/recuperar/",
                                               {"email": email})
                self.assertEqual(answer.status, 303)
            wait_until(lambda: site.sql(
                "SELECT count(*) FROM job WHERE kind = 'account.reset'"
                " AND state = 'done'") == "2", why="both jobs are done")
            self.assertEqual(site.sql("SELECT to_addr FROM mail_message"),
                             CLIENT)
