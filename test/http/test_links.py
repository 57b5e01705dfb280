"""One-time links by mail: a new password, and an invitation."""
import os
import re
import threading

from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN, wait_until
from smtpd import SmtpServer
from test_audit import Rows
from test_mail import mail_conf, parts

NEW = "Otra-Frase-2026"
LINK = re.compile(r"https://pt\.example(/\S+)")


class LinkCase(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SmtpServer()
        cls.server.start()
        cls.OPTIONS = {"jobs": 1, "extra": mail_conf(cls.server)}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.server.remove()

    def setUp(self):
        # what a test before asked for does not count; its mails have come
        self.all_done()
        self.site.sql("DELETE FROM reset_request; DELETE FROM job")

    def all_done(self):
        """Until everything that was asked for is done, and its mail sent."""
        wait_until(lambda: self.site.sql(
            "SELECT count(*) FROM job WHERE state IN ('ready', 'running')")
            == "0", why="no job waits")

    def mails(self, to):
        return [m for m in self.server.messages() if m.recipients == [to]]

    def wait_mail(self, to, n):
        wait_until(lambda: len(self.mails(to)) >= n, why=f"{n} mails to {to}")
        mail = self.mails(to)[-1]
        links = {LINK.search(p).group(1) for p in parts(mail)}
        self.assertEqual(len({link.rstrip('"<') for link in links}), 1)
        return mail, LINK.search(parts(mail)[0]).group(1)

    def ask(self, email, lang=""):
        return self.site.browser().submit(
            f"{lang}/cuenta/recuperar/", {"email": email})

    def reset_link(self, email, lang=""):
        before = len(self.mails(email))
        self.assertEqual(self.ask(email, lang).status, 303)
        return self.wait_mail(email, before + 1)

    def set_password(self, link, password, again=None, browser=None):
        browser = browser or self.site.browser()
        path = link.split("?")[0]
        fields = browser.get(link).form(path)
        fields.update(password=password, again=again or password)
        return browser.post(path, fields)

    def invite(self, email, **more):
        admin = self.site.browser(ADMIN)
        answer = admin.submit("/admin/usuarios/nuevo/", {
            "name": "Beatriz Ríos", "email": email, "role": "office", **more})
        self.assertEqual(answer.status, 303, answer.text)
        return admin, answer.location


class Reset(LinkCase):
    def test_from_the_login_to_a_new_password(self):
        self.assertIn('href="/cuenta/recuperar/"',
                      self.site.get("/cuenta/entrar/").text)
        old = self.site.browser(TECHNICIAN)
        mail, link = self.reset_link(TECHNICIAN)
        self.assertIn("contraseña", mail["Subject"])
        page = self.site.get(link)
        self.assertIn(TECHNICIAN, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(self.set_password(link, "corta").status, 422)
        self.assertEqual(self.set_password(link, NEW, "otra").status, 422)
        self.assertEqual(old.get("/cuenta/").status, 200)
        answer = self.set_password(link, NEW)
        self.assertEqual((answer.status, answer.location),
                         (303, "/cuenta/entrar/"))
        # every session has ended, the old password too
        self.assertEqual(old.get("/cuenta/").status, 303)
        with self.assertRaises(AssertionError):
            self.site.browser(TECHNICIAN)
        self.site.browser().login(TECHNICIAN, NEW)
        # and the link
        self.assertIn("ya no sirve", self.site.get(link).text)

    def test_looking_changes_nothing_and_two_cannot_use_it(self):
        _, link = self.reset_link(CLIENT)
        path = link.split("?")[0]
        forms = []
        for _ in range(6):
            browser = self.site.browser()
            forms.append((browser, browser.get(link).form(path)))
        results = []

        def send(i):
            browser, fields = forms[i]
            fields.update(password=f"{NEW}-{i}", again=f"{NEW}-{i}")
            results.append(browser.post(path, fields).status)
        threads = [threading.Thread(target=send, args=(i,)) for i in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(results), [303] + [422] * 5)

    def test_nobody_learns_who_has_an_account(self):
        known, unknown = self.ask(ADMIN), self.ask("nadie@example.com")
        self.assertEqual((known.status, known.location),
                         (unknown.status, unknown.location))
        wait_until(lambda: self.site.sql(
            "SELECT count(*) FROM job WHERE kind = 'account.reset'"
            " AND state = 'done'") == "2", why="both were looked at")
        self.all_done()
        self.assertEqual(self.mails("nadie@example.com"), [])
        self.site.sql("UPDATE app_user SET status = 'inactive'"
                      " WHERE role = 'client'")
        self.ask(CLIENT)
        wait_until(lambda: self.site.sql(
            "SELECT count(*) FROM job WHERE kind = 'account.reset'"
            " AND state = 'done'") == "3", why="it was looked at")
        self.site.sql("UPDATE app_user SET status = 'active'"
                      " WHERE role = 'client'")
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM user_token t JOIN app_user u"
            " ON u.id = t.user_id WHERE u.role = 'client'"), "0")

    def test_asking_often_sends_little(self):
        before = len(self.mails(ADMIN))
        for _ in range(10):
            self.assertEqual(self.ask(ADMIN).status, 303)
        self.wait_mail(ADMIN, before + 1)
        answer = self.ask(ADMIN)
        self.assertEqual(answer.status, 429)
        # ten askings within five minutes, which may end in between
        self.assertLessEqual(int(self.site.sql(
            "SELECT count(*) FROM job WHERE kind = 'account.reset'")), 2)

    def test_old_wrong_and_replaced_links(self):
        _, first = self.reset_link(ADMIN)
        self.site.sql("DELETE FROM job")
        _, second = self.reset_link(ADMIN)
        for link in (first, first.split("?")[0], first.split("=")[0] + "=x",
                     first.replace("restablecer", "invitacion"),
                     second.replace("restablecer", "invitacion")):
            self.assertIn("ya no sirve", self.site.get(link).text, link)
        self.assertNotIn("ya no sirve", self.site.get(second).text)
        self.site.sql("UPDATE user_token SET expires_at = expires_at - 3601")
        self.assertIn("ya no sirve", self.site.get(second).text)

    def test_in_english(self):
        mail, link = self.reset_link(ADMIN, "/en")
        self.assertTrue(link.startswith("/en/cuenta/restablecer/"))
        self.assertIn("password", mail["Subject"])
        page = self.site.get(link)
        self.assertIn('lang="en"', page.text)
        self.assertNotIn("ya no sirve", page.text)

    def test_the_link_is_in_no_log_and_in_no_table(self):
        _, link = self.reset_link(ADMIN)
        secret = link.split("=")[1]
        self.assertEqual(len(secret), 43)
        self.site.get(link)
        path = link.split("?")[0]
        refused = self.site.browser().post(path, {"enlace": secret})
        for table, columns in (("user_token", "token_hash"),
                               ("mail_message", "body_text || body_html"),
                               ("job", "payload || last_error")):
            self.assertNotIn(secret, self.site.sql(
                f"SELECT {columns} FROM {table}"))
        self.assertNotIn(secret, self.site.log_of(refused))
        self.site.access_log(f'"GET {path}"')
        self.assertNotIn(secret, self.site.access_log(f'"POST {path}"'))

    def test_a_changed_password_ends_the_link(self):
        _, link = self.reset_link(ADMIN)
        b = self.site.browser(ADMIN)
        for present, new in ((PASSWORD, NEW), (NEW, PASSWORD)):
            self.assertEqual(b.submit(
                "/cuenta/clave/",
                {"present": present, "password": new, "again": new}).status,
                303)
        self.assertIn("ya no sirve", self.site.get(link).text)


class Invitation(LinkCase):
    def test_from_the_invitation_to_the_login(self):
        email = "bea@example.com"
        admin, show = self.invite(email)
        self.assertEqual(self.site.sql(
            f"SELECT status, pass_hash FROM app_user WHERE email='{email}'"),
            "invited|")
        mail, link = self.wait_mail(email, 1)
        self.assertIn("Beatriz Ríos", str(mail["To"]))
        self.assertTrue(link.startswith("/cuenta/invitacion/"))
        with self.assertRaises(AssertionError):
            self.site.browser().login(email, NEW)
        # a reset does not open what is not open yet
        self.ask(email)
        self.all_done()
        self.assertEqual(self.set_password(link, NEW).status, 303)
        b = self.site.browser()
        b.login(email, NEW)
        self.assertEqual(b.get("/contacto/mensajes/").status, 200)
        self.assertIn("ya no sirve", self.site.get(link).text)
        self.assertNotIn("reinvitar", admin.get(show).text)

    def test_sent_again_the_first_ends(self):
        email = "carlos@example.com"
        admin, show = self.invite(email)
        _, first = self.wait_mail(email, 1)
        again = f"{show}reinvitar/"
        self.assertEqual(admin.post(
            again, admin.get(show).form(again)).status, 303)
        _, second = self.wait_mail(email, 2)
        self.assertIn("ya no sirve", self.site.get(first).text)
        self.assertNotIn("ya no sirve", self.site.get(second).text)

    def test_revoked_it_opens_nothing(self):
        email = "dario@example.com"
        admin, show = self.invite(email)
        _, link = self.wait_mail(email, 1)
        revoke = f"{show}desactivar/"
        self.assertEqual(admin.post(
            revoke, admin.get(show).form(revoke)).status, 303)
        self.assertIn("ya no sirve", self.site.get(link).text)
        self.assertEqual(self.site.sql(
            f"SELECT status FROM app_user WHERE email = '{email}'"),
            "inactive")

    def test_a_typed_password_needs_no_mail(self):
        email = "elena@example.com"
        self.invite(email, password=NEW)
        self.site.browser().login(email, NEW)
        # a page leaves its mail in its own transaction
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM mail_message WHERE to_addr ="
            f" '{email}'"), "0")
        self.assertEqual(self.mails(email), [])

    def test_it_ends_after_a_week(self):
        email = "fabio@example.com"
        self.invite(email)
        _, link = self.wait_mail(email, 1)
        self.site.sql("UPDATE user_token SET expires_at = expires_at - 604700")
        self.assertNotIn("ya no sirve", self.site.get(link).text)
        self.site.sql("UPDATE user_token SET expires_at = expires_at - 101")
        self.assertIn("ya no sirve", self.site.get(link).text)


class Audited(LinkCase):
    def test_each_step_is_written_down(self):
        rows = Rows(self.site)
        before = rows.last()
        email = "gloria@example.com"
        admin, show = self.invite(email)
        self.wait_mail(email, 1)
        again = f"{show}reinvitar/"
        admin.post(again, admin.get(show).form(again))
        _, link = self.wait_mail(email, 2)
        self.set_password(link, NEW)
        _, link = self.reset_link(email)
        self.set_password(link, PASSWORD)
        self.assertEqual(
            [(r["action"], r["entity"]) for r in rows.all(before)],
            [("login", "user"), ("create", "user"), ("invite", "user"),
             ("invite", "user"), ("accept", "user"), ("reset", "user"),
             ("password", "user")])


class WhenAllIsDown(SiteCase):
    def test_nginx_does_not_quote_the_key(self):
        self.site.pool.stop()
        secret = "S" * 43
        for path in ("/cuenta/restablecer/", "/en/cuenta/invitacion/"):
            answer = self.site.get(f"{path}?enlace={secret}")
            self.assertEqual(answer.status, 502)
        self.assertEqual(self.site.get("/contacto/?q=seen").status, 502)
        self.site.access_log("/contacto/")
        logs = f"{self.site.folder}/nginx/logs"
        text = ""
        for name in os.listdir(logs):
            with open(f"{logs}/{name}", encoding="utf-8") as f:
                text += f.read()
        self.assertIn("q=seen", text)
        self.assertNotIn(secret, text)


class WithoutMail(SiteCase):
    def test_pages_say_so(self):
        page = self.site.get("/cuenta/recuperar/")
        self.assertEqual(page.status, 200)
        self.assertIn("todavía no envía correo", page.text)
        self.assertNotIn('action="/cuenta/recuperar/"', page.text)

    def test_an_account_needs_a_password_then(self):
        admin = self.site.browser(ADMIN)
        fields = {"name": "Gabo", "email": "g@example.com", "role": "office"}
        answer = admin.submit("/admin/usuarios/nuevo/", fields)
        self.assertEqual(answer.status, 422)
        answer = admin.submit("/admin/usuarios/nuevo/",
                              {**fields, "password": NEW})
        self.assertEqual(answer.status, 303)
        self.site.browser().login("g@example.com", NEW)
