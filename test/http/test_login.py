"""A login, and a change of its account while that login is under way."""
import sqlite3
import time

from ptsite import PASSWORD, wait_until
from servers import PgShell
from test_faults import Background, wait_for_worker
from test_totp import (CODE, LOGIN, MAIL, SETUP, VOID, TotpCase, code_of,
                       secret_in)

CHANGES = ("pass_hash = ''", "role = 'client'", "status = 'inactive'")


class Change:
    """One of an account that another transaction makes; a login that comes
    between waits for its end."""

    def __init__(self, site, email, change):
        self.site = site
        self.sql = (f"UPDATE app_user SET version = version + 1, {change}"
                    f" WHERE email = '{email}'")

    def __enter__(self):
        if self.site.pg is not None:
            self.shell = PgShell(self.site.pg.psql(self.site.database))
            self.shell.run("BEGIN")
            self.shell.run(self.sql)
        else:
            self.db = sqlite3.connect(f"{self.site.folder}/pt.db",
                                      isolation_level=None)
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute(self.sql)
        return self

    def await_login(self, path):
        """Until it has read the account as it was and wants to write."""
        if self.site.pg is not None:
            wait_until(lambda: self.site.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE"
                " wait_event_type = 'Lock' AND application_name ="
                " 'personal-tech'") == "1", why="it waits")
        else:
            wait_for_worker(self.site, "POST", path)
            time.sleep(.5)  # nobody sees SQLite wait

    def __exit__(self, *exc):
        if self.site.pg is not None:
            self.shell.run("COMMIT" if exc[0] is None else "ROLLBACK")
            self.shell.close()
        else:
            self.db.execute("COMMIT" if exc[0] is None else "ROLLBACK")
            self.db.close()


class Login(TotpCase):
    OPTIONS = {"extra": MAIL + "login: {totp_required: [office]}\n"}

    def ways_in(self, email):
        """(sessions, logins that were noted)"""
        sessions = self.site.sql("SELECT count(*) FROM session WHERE user_id ="
                                 f" {self.id_of(email)}")
        return int(sessions), self.audit(email).count("login")

    def beside(self, who, change, b, path, **typed):
        """The answer to the form of path, sent while the account changes: it
        lets nobody in."""
        fields = {**b.get(path).form(path), **typed}
        before = self.ways_in(who)
        with Change(self.site, who, change) as other:
            post = Background(lambda: b.post(path, fields))
            other.await_login(path)
        answer = post.value()
        self.assertEqual(self.ways_in(who), before)
        self.assertNotIn("pt_session", b.cookies)
        return answer

    def test_by_password(self):
        for change in CHANGES:
            email = self.new_user()
            answer = self.beside(email, change, self.site.browser(), LOGIN,
                                 email=email, password=PASSWORD)
            self.assertEqual(answer.status, 422, change)
            self.assertIn("no coinciden", answer.text)

    def test_by_code(self):
        for change in CHANGES:
            email, secret, _ = self.person()
            answer = self.beside(email, change, self.half_login(email), CODE,
                                 code=code_of(secret))
            self.assertEqual(answer.status, 409, change)
            self.assertIn(VOID, answer.text)

    def test_by_setting_up_the_second_step(self):
        email, b = self.new_user("office"), self.site.browser()
        self.assertEqual(b.login(email).location, SETUP)
        page = b.get(SETUP)
        answer = self.beside(email, CHANGES[0], b, SETUP,
                             secret=page.form(SETUP)["secret"],
                             code=code_of(secret_in(page)))
        self.assertEqual(answer.status, 409)
        self.assertIn(VOID, answer.text)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM user_totp WHERE user_id ="
            f" {self.id_of(email)}"), "0")
