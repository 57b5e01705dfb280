"""Deny by default, CSRF on every write, limits, headers."""
import http.client
import subprocess
import urllib.parse

import case
from case import SiteCase
from ptsite import (ADMIN, CLIENT, PASSWORD, TECHNICIAN, Browser,
                    wait_until)

ROLE_OF = {ADMIN: "admin", TECHNICIAN: "technician", CLIENT: "client"}
# who holds a permission, beside the administrator, who holds them all
HOLDERS = {"public": {"admin", "technician", "client"},
           "own": {"admin", "technician", "client"},
           "client_view": {"admin", "technician"},
           "client_create": {"admin"},
           "client_export": {"admin"},
           "client_merge": {"admin"},
           "client_import": {"admin"},
           "client_edit": {"admin"},
           "client_own": {"client"},
           "client_own_edit": {"client"},
           "file_view": {"admin", "technician", "client"},
           "file_edit": {"admin"},
           "file_own": {"client"},
           "contact_view": {"admin"},
           "contact_attend": {"admin"},
           "audit_view": {"admin"},
           "audit_history": {"admin"},
           "queue_view": {"admin"},
           "queue_retry": {"admin"},
           "operation_view": {"admin"},
           "backup_view": {"admin"},
           "backup_make": {"admin"},
           "user_view": {"admin"},
           "user_admin": {"admin"}}
# what a row of the database decides: test_files.py
# … and what the configuration does: test/oidc
ROWS_DECIDE = ("/health/", "/archivos/1/", "/cuenta/oidc/retorno/",
               "/cuenta/oidc/salida/")
# addresses of the earlier application
MOVED = ("/services/", "/accounts/")


def routes():
    """(methods, path, permission) of every page, with {id} filled in."""
    text = subprocess.run([f"{case.BUILD}/ptworker", "--routes"], check=True,
                          capture_output=True, text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return [(r[0].split(","), r[1].replace("{id}", "1"), r[2]) for r in rows]


class Access(SiteCase):
    def test_every_route_as_everybody(self):
        rows = routes()
        self.assertGreater(len(rows), 8)
        people = {None: self.site.browser()}
        for email, role in ROLE_OF.items():
            people[role] = self.site.browser(email)
        form = "/clientes/importar/"  # makes the first one
        people["admin"].post_files(
            form, people["admin"].get(form).form(form),
            [("file", "a.csv", b"Name,Kind,Relation\nAna,Person,contract\n")])
        for methods, path, permission in rows:
            if path in ROWS_DECIDE or "GET" not in methods:
                continue
            for role, browser in people.items():
                status = browser.get(path).status
                if path.startswith(MOVED):
                    want = 301
                elif permission == "public":
                    want = 200
                elif role is None:
                    want = 303
                else:
                    want = 200 if role in HOLDERS[permission] else 403
                self.assertEqual(status, want, f"{path} as {role}")

    def test_writes_need_the_permission_too(self):
        """A right token of one's own does not open another's door."""
        for email in (ADMIN, TECHNICIAN, CLIENT):
            b = self.site.browser(email)
            token = b.get("/cuenta/").form("/cuenta/salir/")["csrf"]
            for methods, path, permission in routes():
                if "POST" not in methods or (
                        ROLE_OF[email] in HOLDERS[permission]):
                    continue
                answer = b.post(path, {"csrf": token, "version": "1"})
                self.assertEqual(answer.status, 403, f"{path} as {email}")
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE version <> 1"), "0")

    def test_every_post_without_or_with_a_wrong_token(self):
        admin, nobody = self.site.browser(ADMIN), self.site.browser()
        other = self.site.browser(TECHNICIAN)
        foreign = other.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        for methods, path, _ in routes():
            if "POST" not in methods:
                continue
            for browser in (admin, nobody):
                for fields in ({}, {"csrf": ""}, {"csrf": "0" * 64},
                               {"csrf": foreign}, {"csrf": "x" * 5000}):
                    fields = {"email": ADMIN, "password": PASSWORD,
                              "version": "1", "name": "X", **fields}
                    answer = browser.post(path, fields)
                    self.assertEqual(answer.status, 403, f"{path} {fields}")
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE version <> 1"), "0")
        self.assertEqual(admin.get("/cuenta/").status, 200)

    def test_stale_token_keeps_what_was_typed(self):
        b = self.site.browser(ADMIN)
        fields = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        fields.update(name="No se pierde", city="Bello", csrf="0" * 64)
        answer = b.post("/clientes/nuevo/", fields)
        self.assertEqual(answer.status, 403)
        self.assertIn('value="No se pierde"', answer.text)
        again = b.post("/clientes/nuevo/", answer.form("/clientes/nuevo/"))
        self.assertEqual(again.status, 303)

    def test_token_of_an_earlier_session_is_void(self):
        b = self.site.browser(ADMIN)
        old = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        b.login(ADMIN)
        old["name"] = "X"
        self.assertEqual(b.post("/clientes/nuevo/", old).status, 403)

    def test_get_changes_nothing(self):
        b = self.site.browser(ADMIN)
        for path in ("/clientes/1/archivar/", "/cuenta/salir/"):
            answer = b.get(path)
            self.assertEqual(answer.status, 405)
            self.assertEqual(answer.headers["Allow"], "POST")
        self.assertEqual(b.get("/cuenta/").status, 200)

    def test_without_the_final_slash_nothing_is_run(self):
        """308: the browser asks again, with the same method and body."""
        b = self.site.browser(ADMIN)
        fields = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        fields["name"] = "Sin barra"
        for methods, path, _ in routes():
            if "POST" in methods:
                answer = b.post(path.rstrip("/") + "?a=b%20c", fields)
                self.assertEqual((answer.status, answer.location),
                                 (308, path + "?a=b%20c"))
        count = "SELECT count(*) FROM client WHERE name = 'Sin barra'"
        self.assertEqual(self.site.sql(count), "0")
        self.assertEqual(b.get("/cuenta/").status, 200)
        answer = b.post("/clientes/nuevo", fields)
        self.assertEqual(b.post(answer.location, fields).status, 303)
        self.assertEqual(self.site.sql(count), "1")


class Sessions(SiteCase):
    def test_token_is_rotated_and_only_its_hash_stored(self):
        b = self.site.browser(ADMIN)
        first = b.cookies["pt_session"]
        b.login(ADMIN)
        second = b.cookies["pt_session"]
        self.assertNotEqual(first, second)
        stored = self.site.sql("SELECT token_hash FROM session")
        self.assertNotIn(first, stored)
        self.assertNotIn(second, stored)
        b.cookies["pt_session"] = first
        self.assertEqual(b.get("/cuenta/").status, 303)

    def test_planted_token_is_not_adopted(self):
        b = self.site.browser()
        b.cookies["pt_session"] = "A" * 43
        b.login(ADMIN)
        self.assertNotEqual(b.cookies["pt_session"], "A" * 43)

    def test_idle_and_absolute_end(self):
        for change in ("seen_at = seen_at - 1801", "expires_at = 1"):
            b = self.site.browser(ADMIN)
            self.assertEqual(b.get("/cuenta/").status, 200)
            self.site.sql(f"UPDATE session SET {change}")
            self.assertEqual(b.get("/cuenta/").status, 303, change)

    def test_use_keeps_a_session_alive(self):
        b = self.site.browser(ADMIN)
        self.site.sql("UPDATE session SET seen_at = seen_at - 1700")
        self.assertEqual(b.get("/cuenta/").status, 200)
        # it is written when the page has been sent
        wait_until(lambda: self.site.sql(
            "SELECT min(seen_at) FROM session s"
            " WHERE expires_at > 1 AND user_id = 1"
            " AND seen_at > created_at - 10") != "", why="a session seen")

    def test_deactivation_ends_sessions_at_once(self):
        b = self.site.browser(TECHNICIAN)
        self.site.sql("UPDATE app_user SET status = 'inactive'"
                      " WHERE role = 'technician'")
        self.assertEqual(b.get("/clientes/").status, 303)
        self.site.sql("UPDATE app_user SET status = 'active'"
                      " WHERE role = 'technician'")

    def test_remember_makes_a_lasting_cookie(self):
        b = self.site.browser()
        answer = b.submit("/cuenta/entrar/",
                          {"email": ADMIN, "password": PASSWORD,
                           "remember": "1"})
        cookie = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Lax", "Max-Age=1209600"):
            self.assertIn(word, cookie)

    def test_garbage_cookies(self):
        for value in ("", "x", "A" * 43, "é" * 20, "A" * 4000, "a;b=c"):
            b = Browser(self.site.port)
            answer = b.get("/cuenta/", Cookie=f"pt_session={value}".encode()
                           .decode("latin-1"))
            self.assertEqual(answer.status, 303)


class Throttle(SiteCase):
    OPTIONS = {"extra": "login: {attempts: 3, window: 15m}\n"}

    def test_wrong_passwords_make_one_wait(self):
        b = self.site.browser()
        for _ in range(3):
            answer = b.submit("/cuenta/entrar/",
                              {"email": ADMIN, "password": "mala-contra"})
            self.assertEqual(answer.status, 422)
        answer = b.submit("/cuenta/entrar/",
                          {"email": ADMIN, "password": PASSWORD})
        self.assertEqual(answer.status, 429)
        self.assertIn("Espere unos minutos", answer.text)
        self.site.browser(TECHNICIAN)  # another account still may
        self.site.sql("UPDATE login_failure SET at = at - 901")
        self.site.browser(ADMIN)


class Limits(SiteCase):
    def raw(self, method, target, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.site.port)
        c.putrequest(method, target, skip_host=False)
        for name, value in (headers or {}).items():
            c.putheader(name, value)
        if body is not None:
            c.putheader("Content-Length", str(len(body)))
        c.endheaders(body)
        answer = c.getresponse()
        text = answer.read().decode()
        c.close()
        return answer.status, text, answer.headers

    def test_unknown_and_malformed_paths(self):
        for target, want in (("/nada/", 404), ("/clientes/abc/", 404),
                             ("/clientes/0/", 404), ("/en/", 200),
                             ("/clientes/99999999999999999999/", 404),
                             ("/%ff/", 400), ("/%00/", 400), ("/%zz/", 400),
                             ("/a%2f..%2f..%2fetc/passwd", 400),
                             ("/" + "a" * 1100, 400),
                             ("/?q=" + "a" * 5000, 400)):
            status, text, _ = self.raw("GET", target)
            self.assertEqual(status, want, target)
            if want != 200 and "nginx" not in text:
                self.assertIn("Personal Technology", text, target)

    def test_methods(self):
        status, _, headers = self.raw("DELETE", "/")
        self.assertEqual(status, 405)
        self.assertIn("GET", headers["Allow"])
        status, _, headers = self.raw("POST", "/", b"")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, text, _ = self.raw("HEAD", "/")
        self.assertEqual((status, text), (200, ""))

    def test_bodies(self):
        b = self.site.browser(ADMIN)
        cookie = "; ".join(f"{k}={v}" for k, v in b.cookies.items())
        form = {"Content-Type": "application/x-www-form-urlencoded",
                "Cookie": cookie}
        for body, want in ((b"a" * (1 << 20 | 1), 413),
                           (b"name=%00", 400), (b"name=%ff%fe", 400),
                           (b"name=%c0%80", 400), (b"name=%g1", 400),
                           (b"&".join(b"a=1" for _ in range(300)), 400)):
            status, text, _ = self.raw("POST", "/clientes/nuevo/", body, form)
            self.assertEqual(status, want, body[:20])
            self.assertIn("Personal Technology", text)
        status, _, _ = self.raw("POST", "/clientes/nuevo/", b"{}",
                                {**form, "Content-Type": "application/json"})
        self.assertEqual(status, 400)

    def test_security_headers(self):
        for path in ("/", "/cuenta/entrar/", "/nada/"):
            headers = self.site.get(path).headers
            csp = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", csp)
            self.assertNotIn("unsafe", csp)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "same-origin")
            self.assertIn("no-store", headers["Cache-Control"])
            self.assertRegex(headers["X-Request-Id"], "^[0-9a-f]{32}$")

    def test_no_inline_script_or_style(self):
        b = self.site.browser(ADMIN)
        for path in ("/", "/clientes/", "/clientes/1/", "/clientes/nuevo/",
                     "/cuenta/", "/cuenta/perfil/", "/cuenta/clave/",
                     "/cuenta/sesiones/", "/admin/usuarios/",
                     "/admin/usuarios/1/", "/admin/usuarios/nuevo/",
                     "/nada/"):
            text = b.get(path).text
            self.assertNotRegex(text, r"<style|style=|<script>|\son\w+=")

    def test_text_from_people_is_escaped(self):
        b = self.site.browser(ADMIN)
        evil = "\"><script>alert(1)</script>'&"
        answer = b.submit("/clientes/nuevo/",
                          {"name": evil, "company": evil, "notes": evil,
                           "address": evil, "city": evil})
        for path in (answer.location, answer.location + "editar/",
                     "/clientes/?q=" + urllib.parse.quote(evil)):
            self.assertNotIn("<script>alert", b.get(path).text)
