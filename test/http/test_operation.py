"""The page that shows how the system is doing."""
import os
import re
import signal

from case import SiteCase
from ptsite import ADMIN, CLIENT, TECHNICIAN, wait_until

PAGE = "/admin/operacion/"


def cells(html, row):
    """The texts of the row that begins with this."""
    for line in re.findall(r"<tr>(.*?)</tr>", html, re.S):
        found = [re.sub(r"<[^>]*>", "", cell).strip() for cell in
                 re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)]
        if found and found[0] == row:
            return found
    return None


def fact(html, name):
    return re.search(rf"<dt>{name}</dt><dd>([^<]*)</dd>", html).group(1)


class Operation(SiteCase):
    OPTIONS = {"workers": 2, "jobs": 1}

    def at_rest(self, b):
        """The page when only the worker that makes it is busy: one that has
        answered tells the scoreboard after its answer."""
        answer = None

        def look():
            nonlocal answer
            answer = b.get(PAGE)
            return cells(answer.text, "web")[1:4] == ["2 de 2", "1", "0"]
        wait_until(look, why="two workers, of which one is busy")
        return answer

    def test_workers_requests_and_jobs(self):
        b = self.site.browser(ADMIN)
        for _ in range(5):
            b.get("/clientes/")
        answer = self.at_rest(b)
        self.assertIn("Todo funciona.", answer.text)
        web = cells(answer.text, "web")
        self.assertGreaterEqual(int(web[4]), 5)
        self.assertEqual(cells(answer.text, "jobs")[1], "1 de 1")
        self.assertEqual(cells(answer.text, f"GET {PAGE}")[2], "handler")
        row = cells(answer.text, "clients.list")
        self.assertGreaterEqual(int(row[1]), 5)
        self.assertRegex(row[2], r"^\d+(,\d\d)? ms$")
        self.assertRegex(fact(answer.text, "Espacio libre para archivos"),
                         r"^[\d,]+ [GMT]B$")
        self.assertEqual(
            fact(answer.text, "Base de datos"),
            "PostgreSQL" if self.site.pg else "SQLite")
        # jobs, mail, the newest backup and the last restore test; a worker's
        # first page reads the epoch of the cache too
        self.assertLessEqual(min(int(b.get(PAGE).headers["X-Statements"])
                                 for _ in range(4)), 4)
        for name in ("Último respaldo bueno", "Última prueba de restauración"):
            self.assertEqual(fact(answer.text, name), "Nunca")

    def test_what_waits_is_counted(self):
        b = self.site.browser(ADMIN)
        # what is owed by the clock is made when ptjobs begins
        wait_until(lambda: self.site.sql(
            "SELECT count(*) FROM job") != "0" and self.site.sql(
            "SELECT count(*) FROM job WHERE state <> 'done'") == "0",
            why="no job waits")
        before = b.get(PAGE).text
        self.site.sql(
            "INSERT INTO job (kind, payload, state, due_at, created_at,"
            " finished_at) VALUES ('no.such', '{}', 'dead', 0, 1, 1)")
        after = b.get(PAGE).text
        for name, more in (("Trabajos fallidos", 1), ("Trabajos en espera", 0)):
            self.assertEqual(int(fact(after, name)),
                             int(fact(before, name)) + more)

    def test_only_for_administrators(self):
        for email in (TECHNICIAN, CLIENT):
            self.assertEqual(self.site.browser(email).get(PAGE).status, 403)
        self.assertEqual(self.site.get(PAGE).status, 303)


class Alone(SiteCase):
    """A worker without a supervisor."""

    OPTIONS = {"form": "spawn-worker"}

    def test_it_says_that_nobody_answers(self):
        answer = self.site.browser(ADMIN).get(PAGE)
        self.assertEqual(answer.status, 200)
        self.assertIn("El supervisor no responde", answer.text)
        self.assertNotIn("Procesos</h2>", answer.text)
        self.assertEqual(int(fact(answer.text, "Trabajos en espera")), 0)

    def test_without_a_key_no_backup_is_promised(self):
        page = self.site.browser(ADMIN).get("/admin/respaldos/").text
        self.assertIn("No se hacen respaldos", page)
        self.assertIn("Todavía no hay respaldos", page)
        self.assertNotIn("con el botón de arriba", page)


class Crippled(SiteCase):
    OPTIONS = {"workers": 1, "jobs": 1}

    def test_it_says_what_is_missing(self):
        b = self.site.browser(ADMIN)
        program = f"{self.site.folder}/bin/ptjobs"
        os.rename(program, f"{program}.away")
        for pid in self.site.workers_running("ptjobs"):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: "faltan procesos" in b.get(PAGE).text,
                   why="a page that says it")
        # first of the one that died, then of the one that cannot start
        wait_until(lambda: "ptjobs" in cells(b.get(PAGE).text, "jobs")[7],
                   why="its last error")
        jobs = cells(b.get(PAGE).text, "jobs")
        self.assertEqual((jobs[1], jobs[6]), ("0 de 1", "1"))
