"""Mail that leaves: a real SMTP server, its failures and ours."""
import os
import random
import re
import signal
import time

from case import SiteCase, new_site
from ptsite import ADMIN, TECHNICIAN, wait_until
from smtpd import SmtpServer

FROM = "Personal Technology <sistema@pt.example>"
OFFICE = "oficina@pt.example"
# short waits, so that a test sees a job come back
QUICK = """
site: {{url: "https://pt.example", office_email: {office}}}
mail:
  url: {url}
  from: {sender}
  timeout: 3s
  per_hour: 100000
  {more}
jobs: {{lease: 3s, retry: 1s}}
"""


def mail_conf(server, office=OFFICE, more="starttls: off", host="127.0.0.1"):
    return QUICK.format(url=f"smtp://{host}:{server.port}", sender=FROM,
                        office=office, more=more)


def write_contact(site, name="Ana Ñúñez", message="Se cayó la red.\nHoy.",
                  email="ana@example.com"):
    answer = site.browser().submit(
        "/contacto/", {"name": name, "email": email, "subject": "networks",
                       "message": message, "phone": "3001234567",
                       "consent": "1"})
    if answer.status != 303:
        raise AssertionError(answer.text)


def parts(message):
    """The text and the HTML of a message."""
    return [p.get_content().replace("\r\n", "\n")
            for p in message.iter_parts()]


def state(site):
    return site.sql("SELECT state, count(*) FROM mail_message GROUP BY state"
                    " ORDER BY state")


class Mail(SiteCase):
    """One site without a pool of jobs at first; each test has a server."""

    def setUp(self):
        self.server = SmtpServer()
        self.addCleanup(self.server.remove)
        self.site = new_site(jobs=1, workers=1, nginx=True,
                             extra=mail_conf(self.server))
        self.addCleanup(self.site.stop)

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def wait_for(self, *states):
        wait_until(lambda: state(self.site) == "\n".join(states),
                   why=f"mail is {states}: it is "
                   f"{state(self.site)}\n{self.site.pool.text()}")

    def test_what_a_visitor_writes_reaches_the_office(self):
        self.server.start()
        self.site.start()
        write_contact(self.site)
        self.wait_for("sent|1")
        [m] = self.server.messages()
        self.assertEqual(m.sender, "sistema@pt.example")
        self.assertEqual(m.recipients, [OFFICE])
        self.assertEqual(m["From"], FROM)
        self.assertEqual(m["To"], OFFICE)
        self.assertEqual(m["Reply-To"], "ana@example.com")
        self.assertEqual(m["Subject"], "Mensaje de contacto: Ana Ñúñez")
        self.assertEqual(m["Auto-Submitted"], "auto-generated")
        self.assertEqual(m["X-Auto-Response-Suppress"], "All")
        self.assertEqual(m["Content-Language"], "es")
        self.assertEqual(m["MIME-Version"].lower(), "1.0")
        self.assertLess(abs(m["Date"].datetime.timestamp() - time.time()), 60)
        self.assertEqual(m.get_content_type(), "multipart/alternative")
        self.assertEqual(
            m["Message-ID"].strip("<>"),
            self.site.sql("SELECT message_id FROM mail_message"))
        self.assertTrue(m["Message-ID"].endswith("@pt.example>"))
        text, html = parts(m)
        for part in (text, html):
            for word in ("Ana Ñúñez", "Se cayó la red.", "ana@example.com",
                         "https://pt.example/contacto/mensajes/"):
                self.assertIn(word, part)
        self.assertIn("> Se cayó la red.\n> Hoy.", text)
        # what it said is not kept
        self.assertEqual(self.site.sql(
            "SELECT body_text || body_html FROM mail_message"), "")

    def test_markup_and_headers_cannot_be_planted(self):
        self.server.start()
        self.site.start()
        evil = "Eva <script>alert(1)</script>"
        write_contact(self.site, name=evil + " Bcc: x@y.co",
                      message="a\n.\nQUIT\n<b>no</b>\n..\nend")
        self.wait_for("sent|1")
        [m] = self.server.messages()
        self.assertEqual(m.recipients, [OFFICE])
        self.assertIsNone(m["Bcc"])
        self.assertIn(evil, m["Subject"])
        text, html = parts(m)
        self.assertIn("> .\n> QUIT\n", text)
        self.assertIn("> ..\n> end", text)
        self.assertNotIn("<script>", html)
        self.assertNotIn("<b>no", html)

    def test_a_server_that_asks_for_patience(self):
        self.server.start()
        self.server.plan(rcpt="451 4.7.1 greylisted", times=2)
        self.site.start()
        write_contact(self.site)
        wait_until(lambda: re.match(r"queued\|.*greylisted", self.site.sql(
            "SELECT state, last_error FROM mail_message")),
            why="the reason is kept, and the mail")
        self.wait_for("sent|1")
        self.assertEqual(len(self.server.messages()), 1)
        self.assertEqual(self.site.sql(
            "SELECT attempts, last_error FROM mail_message"), "2|")

    def test_a_server_that_falls_silent(self):
        self.server.start()
        self.server.plan(mail="silent", times=1)
        self.site.start()
        [pid] = self.site.workers_running("ptjobs")
        write_contact(self.site)
        self.wait_for("sent|1")
        wait_until(lambda: "timed out" in self.site.pool.text().lower(),
                   why="logged")
        self.assertEqual(self.site.workers_running("ptjobs"), [pid])

    def test_a_refusal_is_final_and_can_be_retried(self):
        self.server.start()
        self.server.plan(data="554 5.6.0 we do not want it", times=1)
        self.site.start()
        write_contact(self.site)
        self.wait_for("dead|1")
        self.assertEqual(self.server.messages(), [])
        admin = self.site.browser(ADMIN)
        page = admin.get("/admin/correo/?estado=dead")
        self.assertIn("554 5.6.0 we do not want it", page.text)
        wait_until(lambda: self.site.sql(
            "SELECT state, attempts FROM job WHERE kind = 'mail.send'")
            == "dead|1", why="its job is over, too")
        token = page.form("/admin/correo/1/reintentar/")
        self.assertEqual(
            admin.post("/admin/correo/1/reintentar/", token).status, 303)
        self.wait_for("sent|1")
        self.assertEqual(len(self.server.messages()), 1)
        # it is not dead any more
        self.assertEqual(
            admin.post("/admin/correo/1/reintentar/", token).status, 404)

    def test_the_server_comes_up_late(self):
        self.site.start()
        write_contact(self.site)
        wait_until(lambda: self.site.sql(
            "SELECT attempts FROM mail_message") != "0", why="it was tried")
        self.assertEqual(state(self.site), "queued|1")
        self.server.start()
        self.wait_for("sent|1")

    def test_the_server_dies_within_a_message(self):
        for how, copies in (("die", 1), ("die-late", 2)):
            with self.subTest(how):
                before = len(self.server.messages())
                self.server.start()
                self.server.plan(data=how, times=1)
                if self.site.pool is None:
                    self.site.start()
                sent = self.site.sql(
                    "SELECT count(*) FROM mail_message WHERE state = 'sent'")
                write_contact(self.site, name=how)
                self.server.process.wait(60)
                self.assertEqual(self.site.sql(
                    "SELECT count(*) FROM mail_message"
                    " WHERE state = 'sent'"), sent)
                self.server.start()
                self.wait_for(f"sent|{int(sent) + 1}")
                # twice, if the first was taken; then it is the same one
                new = self.server.ids()[before:]
                self.assertEqual(len(new), copies)
                self.assertEqual(len(set(new)), 1)
                self.server.stop()

    def test_an_address_gets_so_many_an_hour(self):
        self.site.extra = mail_conf(self.server).replace(
            "per_hour: 100000", "per_hour: 2")
        self.server.start()
        self.site.start()
        for _ in range(3):
            write_contact(self.site)
        self.wait_for("queued|1", "sent|2")
        wait_until(lambda: "per_hour" in self.site.sql(
            "SELECT last_error FROM job WHERE kind = 'mail.send'"
            " AND state = 'ready'"), why="it is put off")
        self.assertEqual(self.site.sql(
            "SELECT attempts FROM job WHERE state = 'ready'"
            " AND kind = 'mail.send'"), "0")

    def test_without_a_server_mail_waits(self):
        self.site.extra = "site: {office_email: o@pt.example}\n"
        self.site.start()
        write_contact(self.site)
        wait_until(lambda: self.site.sql(
            "SELECT last_error FROM job WHERE kind = 'mail.send'") != "",
            why="it was put off")
        wait_until(lambda: "mail.off" in self.site.pool.text(), why="logged")
        self.assertEqual(self.site.pool.text().count("mail.off"), 1)
        page = self.site.browser(ADMIN).get("/admin/correo/")
        self.assertIn("mail.url", page.text)
        # configured, the mail leaves at once
        self.server.start()
        self.site.write_conf(extra=mail_conf(self.server))
        self.site.ctl("reload")
        self.wait_for("sent|1")


class Encrypted(SiteCase):
    LOGIN = "sistema:muy-secreta"

    @classmethod
    def setUpClass(cls):
        cls.server = SmtpServer(starttls=True, login=cls.LOGIN)
        cls.server.start()
        cls.OPTIONS = {"jobs": 1, "workers": 1,
                       "extra": cls.conf(ca_file=cls.server.cert)}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.server.remove()

    @classmethod
    def conf(cls, password="muy-secreta", user="sistema", ca_file=""):
        return mail_conf(cls.server, host="localhost", more=(
            f'user: "{user}"\n  password: "{password}"\n'
            f'  ca_file: "{ca_file}"'))

    def reload(self, **options):
        self.site.write_conf(extra=self.conf(**options))
        self.site.ctl("reload")

    def error_of(self, name):
        return self.site.sql(
            "SELECT coalesce(max(last_error), '') FROM mail_message"
            f" WHERE subject LIKE '%{name}' AND state = 'queued'")

    def check_waits(self, name, word):
        """It is not sent, and will be with the right settings."""
        before = len(self.server.messages())
        self.site.sql("DELETE FROM contact_message")
        write_contact(self.site, name=name)
        wait_until(lambda: word in self.error_of(name),
                   why=f"{word} in {self.error_of(name)}")
        self.assertEqual(len(self.server.messages()), before)
        self.reload(ca_file=self.server.cert)
        wait_until(lambda: len(self.server.messages()) == before + 1,
                   why="sent in the end")
        self.assertTrue(self.server.messages()[-1].auth)

    def test_starttls_and_login(self):
        write_contact(self.site, name="Uno")
        wait_until(lambda: self.server.messages(), why="it arrives")
        self.assertTrue(self.server.messages()[0].auth)
        self.assertNotIn("muy-secreta", self.site.pool.text())

    def test_a_certificate_of_nobody_we_trust(self):
        self.reload()
        self.check_waits("Dos", "certificate")

    def test_a_wrong_password(self):
        self.reload(password="otra", ca_file=self.server.cert)
        self.check_waits("Tres", "535")

    def test_no_login_where_one_is_needed(self):
        self.reload(user="", ca_file=self.server.cert)
        self.check_waits("Cuatro", "530")

    def test_a_server_without_encryption(self):
        plain = SmtpServer()
        plain.start()
        self.addCleanup(plain.remove)
        text = self.conf(ca_file=self.server.cert)
        self.site.write_conf(extra=text.replace(
            f":{self.server.port}", f":{plain.port}"))
        self.site.ctl("reload")
        self.check_waits("Cinco", "STARTTLS")
        self.assertEqual(plain.messages(), [])

    def test_a_password_in_the_clear_is_refused(self):
        text = self.conf().replace("mail:\n", "mail:\n  starttls: optional\n")
        self.site.write_conf(extra=text)
        done = self.site.ctl("reload", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.site.pool.wait_for("mail.starttls")
        self.reload(ca_file=self.server.cert)


class Killed(SiteCase):
    """ptjobs and the server die at random: at least once, and no lie."""

    SECONDS = int(os.environ.get("SOAK_SECONDS", "5"))

    @classmethod
    def setUpClass(cls):
        cls.server = SmtpServer()
        cls.server.start()
        cls.OPTIONS = {"jobs": 2, "workers": 1,
                       "extra": mail_conf(cls.server)}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.server.remove()

    made = 0

    def fill(self, n):
        """n more in the outbox, each with its job, as a page leaves them."""
        first, self.made = self.made, self.made + n
        now = int(time.time())  # what is old goes within the hour
        self.site.sql(
            "INSERT INTO mail_message (uid, message_id, to_addr, to_name,"
            " reply_to, subject, body_text, body_html, lang, class, entity,"
            " entity_id, created_at) WITH RECURSIVE n(i) AS ("
            f"SELECT {first} UNION ALL SELECT i + 1 FROM n"
            f" WHERE i + 1 < {self.made}) SELECT 'u' || i,"
            " i || '@soak.example', 'r' || i || '@pt.example', '', '',"
            " 'soak ' || i, 'text', '', 'es', 'transactional', 'soak',"
            f" {first}, {now} FROM n;"
            "INSERT INTO job (kind, payload, due_at, dedupe_key, created_at)"
            " SELECT 'mail.send', '{\"mail\":' || id || '}', 1,"
            f" 'mail:' || id, {now} FROM mail_message"
            f" WHERE entity = 'soak' AND entity_id = {first}")

    def kill_one(self):
        pids = self.site.workers_running("ptjobs")
        if pids:
            try:
                os.kill(random.choice(pids), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def disturb(self):
        what = random.random()
        if what < 0.85:
            self.kill_one()
        elif what < 0.9:
            self.server.stop(signal.SIGKILL)
            time.sleep(random.random())
            self.server.start()
        elif what < 0.95:
            self.server.plan(data="die-late", times=1)
        else:
            self.server.plan(rcpt="450 later", times=3)
        if self.server.process.poll() is not None:
            self.server.start()

    def sent(self):
        return set(self.site.sql("SELECT message_id FROM mail_message"
                                 " WHERE state = 'sent'").split())

    def check_claims(self):
        """What is marked as sent is no more than what was accepted."""
        claimed = self.sent()  # first: the server's list only grows
        self.assertEqual(claimed - set(self.server.ids()), set())
        if self.made - len(claimed) < 60:
            self.fill(120)

    def test_nothing_is_lost_and_nothing_is_claimed(self):
        end, kills = time.monotonic() + self.SECONDS, 0
        while time.monotonic() < end:
            self.check_claims()
            time.sleep(random.random() / 2)
            self.disturb()
            kills += 1
        self.server.no_plan()

        def all_sent():
            if self.server.process.poll() is not None:  # of the last one
                self.server.start()
            return len(self.sent()) == self.made
        wait_until(all_sent, seconds=180,
                   why=f"all {self.made} are sent: {state(self.site)}")
        ids = self.server.ids()
        self.assertEqual(set(ids), self.sent())
        self.assertEqual(state(self.site), f"sent|{self.made}")
        print(f"    {self.made} messages, {kills} disturbances, "
              f"{len(ids) - self.made} sent twice")
        self.assertGreater(kills, self.SECONDS / 4, "too calm to tell")


class Pages(SiteCase):
    def test_the_lists(self):
        admin = self.site.browser(ADMIN)
        for path in ("/admin/correo/", "/admin/correo/?estado=sent",
                     "/admin/trabajos/"):
            answers = [admin.get(path) for _ in range(4)]
            self.assertEqual({a.status for a in answers}, {200})
            # a worker's first page reads the epoch of the cache too
            self.assertLessEqual(min(int(a.headers["X-Statements"])
                                     for a in answers), 3)
        self.assertEqual(self.site.browser(TECHNICIAN).get(
            "/admin/correo/").status, 403)

    def test_a_failed_job_begins_anew(self):
        self.site.sql(
            "INSERT INTO job (kind, payload, state, due_at, attempts,"
            " last_error, total_n, done_n, created_at, finished_at) VALUES"
            " ('report.make', '{}', 'dead', 1, 3, 'no paper', 10, 4, 1, 2)")
        admin = self.site.browser(ADMIN)
        page = admin.get("/admin/trabajos/")
        for word in ("report.make", "no paper", "4 / 10"):
            self.assertIn(word, page.text)
        path = "/admin/trabajos/" + self.site.sql(
            "SELECT id FROM job WHERE kind = 'report.make'") + "/reintentar/"
        self.assertEqual(admin.post(path, page.form(path)).status, 303)
        self.assertEqual(self.site.sql(
            "SELECT state, attempts FROM job WHERE kind = 'report.make'"),
            "ready|0")
