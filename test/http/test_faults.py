"""What happens when a part is taken away (design: when a part is down)."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

import case
from case import SiteCase, new_site
from ptsite import ADMIN, as_user, wait_until



def only(db):
    """Leaves out what the other database cannot show."""
    return lambda thing: thing if case.DB == db else None


def busy_workers(site):
    """pid and request of the workers that are on one. They are that for a
    moment after their answer, too."""
    status = json.loads(site.ctl("status", "--json").stdout)
    return {worker["pid"]: worker["request"] or {} for of in status["pools"]
            if of["name"] == "web" for worker in of["list"] if worker["busy"]}


def wait_for_worker(site, method, path, but=None):
    """The pid of the worker that is on this request."""
    found = []

    def look():
        found[:] = [pid for pid, on in busy_workers(site).items()
                    if (on.get("method"), on.get("path")) == (method, path)
                    and pid != but]
        return found
    wait_until(look, why=f"a worker on {method} {path}")
    return found[0]


def at_rest(site):
    """Until every worker has ended its page, which it does after its answer.
    """
    wait_until(lambda: not busy_workers(site), why="no worker is busy")


class DatabaseLock:
    """Holds a lock that makes every write (PostgreSQL: every use, or what the
    mode says) of the clients wait."""

    def __init__(self, site, mode="AccessExclusive"):
        self.site, self.mode = site, mode

    def __enter__(self):
        if self.site.pg is not None:
            self.psql = subprocess.Popen(
                self.site.pg.psql(self.site.database),
                stdin=subprocess.PIPE, text=True)
            words = re.sub("(?!^)([A-Z])", r" \1", self.mode)
            self.psql.stdin.write(f"BEGIN; LOCK TABLE client IN {words} "
                                  "MODE;\n")
            self.psql.stdin.flush()
            wait_until(lambda: self.site.sql(
                "SELECT count(*) FROM pg_locks WHERE mode = "
                f"'{self.mode}Lock' AND granted AND relation = "
                "'client'::regclass") == "1", why="locked")
        else:
            self.db = sqlite3.connect(f"{self.site.folder}/pt.db",
                                      isolation_level=None)
            self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *exc):
        if self.site.pg is not None:
            self.psql.communicate("ROLLBACK;\n")
        else:
            self.db.execute("ROLLBACK")
            self.db.close()


class Background(threading.Thread):
    """Runs call() and keeps what it returns or raises."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.result, self.error = call, None, None
        self.start()

    def run(self):
        try:
            self.result = self.call()
        except Exception as e:  # kept for the test to look at
            self.error = e

    def value(self, seconds=60):
        self.join(seconds)
        if self.is_alive():
            raise AssertionError(f"still at it after {seconds} s")
        if self.error is not None:
            raise self.error
        return self.result


class Killed(SiteCase):
    """kill -9 of a worker in a request."""

    def test_post_gets_502_others_nothing_and_the_log_names_it(self):
        b, other = self.site.browser(ADMIN), self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        form["name"] = "Nunca guardado"
        before = self.site.sql("SELECT count(*) FROM client")
        with DatabaseLock(self.site):
            post = Background(lambda: b.post("/clientes/nuevo/", form))
            pid = wait_for_worker(self.site, "POST", "/clientes/nuevo/")
            os.kill(pid, signal.SIGKILL)
            answer = post.value()
            self.assertEqual(answer.status, 502)
            self.assertIn("Retry-After", answer.headers)
            self.assertEqual(other.get("/cuenta/").status, 200)

        def death():
            return [line for line in self.site.pool.text().splitlines()
                    if str(pid) in line and "/clientes/nuevo/" in line]
        wait_until(death, why="the death in the log")  # then it is reaped
        wait_until(lambda: len(self.site.workers_running()) == 3,
                   why="a new worker")
        self.assertEqual(self.site.sql("SELECT count(*) FROM client"), before)
        self.assertIn("POST", death()[0])

    @only("pg")  # SQLite's readers wait for nobody
    def test_get_is_tried_again_on_another_worker(self):
        b = self.site.browser(ADMIN)
        with DatabaseLock(self.site):
            get = Background(lambda: b.get("/clientes/"))
            pid = wait_for_worker(self.site, "GET", "/clientes/")
            os.kill(pid, signal.SIGKILL)
            wait_for_worker(self.site, "GET", "/clientes/", but=pid)
        self.assertEqual(get.value().status, 200)


@only("pg")
class Cut(SiteCase):
    """The database ends a connection in the middle of a save."""

    def cut(self, b, form):
        with DatabaseLock(self.site, "Share"):
            post = Background(lambda: b.post("/clientes/nuevo/", form))
            waiting = ("FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                       " AND application_name = 'personal-tech'")
            wait_until(lambda: self.site.sql(
                f"SELECT count(*) {waiting}") == "1", why="it waits")
            first = self.site.sql(f"SELECT pid {waiting}")
            self.site.sql(f"SELECT pg_terminate_backend({first})")
            wait_until(lambda: self.site.sql(
                f"SELECT pid {waiting}") not in ("", first),
                why="another connection waits")
        return post.value()

    def test_it_is_done_again_and_once(self):
        b = self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        form["name"] = "Guardado al segundo intento"
        self.assertEqual(self.cut(b, form).status, 303)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE name ="
            " 'Guardado al segundo intento'"), "1")
        self.site.pool.wait_for("request.again")


class Reload(SiteCase):
    """wrk against the client list while the pool is reloaded 20 times."""

    def test_no_request_fails_and_generations_have_no_gap(self):
        b = self.site.browser(ADMIN)
        cookie = "; ".join(f"{k}={v}" for k, v in b.cookies.items())
        seen, statuses, stop = [], set(), threading.Event()

        def watch():
            while not stop.is_set():
                answer = b.get("/clientes/")
                statuses.add(answer.status)
                seen.append(int(answer.headers["X-Generation"]))
        watcher = Background(watch)
        wait_until(lambda: seen, why="the first generation is seen")
        # what is slow is not lost: by itself wrk counts that after 2 s
        wrk = subprocess.Popen(
            ["wrk", "-t1", "-c8", "-d60s", "--timeout", "30s", "-H",
             f"Cookie: {cookie}",
             f"http://127.0.0.1:{self.site.port}/clientes/"],
            stdout=subprocess.PIPE, text=True)
        for generation in range(2, 22):
            self.site.ctl("reload")
            wait_until(lambda: seen[-1] >= generation, why="it is seen")
        wrk.send_signal(signal.SIGINT)
        report = wrk.communicate()[0]
        stop.set()
        watcher.value()
        self.assertNotIn("Non-2xx", report)
        self.assertNotIn("Socket errors", report)
        self.assertGreater(
            int(re.search(r"(\d+) requests in", report).group(1)), 1000)
        self.assertEqual(statuses, {200})
        self.assertEqual(max(seen), 21)
        self.assertEqual(min(seen), 1)
        self.assertEqual(set(seen), set(range(1, 22)))

    def test_scaling_by_the_conf_under_load(self):
        b = self.site.browser(ADMIN)
        statuses, stop = set(), threading.Event()

        def watch():
            while not stop.is_set():
                statuses.add(b.get("/clientes/").status)
        watcher = Background(watch)
        for n in (8, 2, 3):
            self.site.write_conf(workers=n)
            self.site.ctl("reload")
            wait_until(lambda: len(self.site.workers_running()) == n,
                       why=f"{n} workers")
        stop.set()
        watcher.value()
        self.assertEqual(statuses, {200})


class PostgresCase(SiteCase):
    OPTIONS = {"level": "warning"}

    def create(self, b, name):
        form = b.get("/clientes/nuevo/")
        if form.status != 200:
            return form.status
        fields = form.form("/clientes/nuevo/")
        fields["name"] = name
        return b.post("/clientes/nuevo/", fields).status

    def hammer(self, restart):
        """Two people read, one writes, while restart() runs."""
        stop, statuses, acknowledged = threading.Event(), [], []
        readers = [self.site.browser(ADMIN) for _ in range(2)]
        writer = self.site.browser(ADMIN)

        def read(b):
            while not stop.is_set():
                statuses.append(b.get("/clientes/").status)

        def write():
            n = 0
            while not stop.is_set():
                n += 1
                name = f"Reinicio {id(stop)} {n}"
                status = self.create(writer, name)
                statuses.append(status)
                if status == 303:
                    acknowledged.append(name)
        threads = [Background(lambda b=b: read(b)) for b in readers]
        threads.append(Background(write))
        try:
            wait_until(lambda: len(acknowledged) > 2 and len(statuses) > 10,
                       why="all are at work")
            restart()
            before = len(acknowledged), len(statuses)
            wait_until(lambda: len(acknowledged) > before[0] + 2 and
                       len(statuses) > before[1] + 10,
                       why="all are at work again")
        finally:
            stop.set()
        for t in threads:
            t.value()
        stored = self.site.sql("SELECT name FROM client").splitlines()
        for name in acknowledged:
            self.assertEqual(stored.count(name), 1, name)
        self.assertLessEqual(
            set(statuses), {200, 303, 503},
            [line for line in self.site.pool.text().splitlines()
             if "status=500" in line][:3])
        return statuses


@only("pg")
class QuickRestart(PostgresCase):
    # longer than a restart takes where everything is slow
    OPTIONS = {"level": "warning", "extra": "database: {reconnect: 20s}\n"}

    def test_it_is_waited_for(self):
        def restart():
            self.site.pg.stop(signal.SIGINT)
            self.site.pg.start()
        statuses = self.hammer(restart)
        # reads wait and are tried again; only a write cut short says 503
        self.assertLessEqual(statuses.count(503), 3)


@only("pg")
class PostgresRestart(PostgresCase):
    def test_a_crash_loses_nothing_acknowledged(self):
        def restart():
            self.site.pg.stop(signal.SIGQUIT)
            self.site.pg.start()
        self.hammer(restart)

    def test_while_it_is_away(self):
        b = self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        self.site.pg.stop()
        try:
            begin = time.monotonic()
            answer = b.get("/clientes/?q=not-in-the-cache")
            waited = time.monotonic() - begin
            self.assertEqual(answer.status, 503)
            self.assertIn("Retry-After", answer.headers)
            self.assertIn("Volvemos en un momento", answer.text)
            self.assertLess(waited, 4)
            self.assertGreater(waited, 1)
            self.assertEqual(self.site.get("/").status, 200)
            self.assertEqual(self.site.health()[0], 200)
            form["name"] = "Mientras no estaba"
            self.assertEqual(b.post("/clientes/nuevo/", form).status, 503)
        finally:
            self.site.pg.start()
        self.assertEqual(b.get("/clientes/").status, 200)
        self.assertNotIn("Mientras no estaba",
                         self.site.sql("SELECT name FROM client"))


@only("sqlite")  # PostgreSQL's disk is not the workers'
class FullDisk(SiteCase):
    """A file-size limit on the workers stands in for a full disk."""

    def limit(self, size):
        for pid in self.site.workers_running():
            subprocess.run(as_user(["prlimit", f"--pid={pid}",
                                    f"--fsize={size}:"]), check=True)

    def test_a_write_fails_whole_and_reading_goes_on(self):
        b = self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        before = self.site.sql("SELECT count(*) FROM client")
        self.limit(4096)
        try:
            form["name"] = "No cabe"
            answer = b.post("/clientes/nuevo/", form)
            self.assertEqual(answer.status, 503, answer.text)
            self.assertEqual(b.get("/clientes/").status, 200)
        finally:
            self.limit("unlimited")
        self.assertEqual(self.site.sql("SELECT count(*) FROM client"), before)
        form["name"] = "Ya cabe"
        self.assertEqual(b.post("/clientes/nuevo/", form).status, 303)
        self.assertEqual(self.site.sql("PRAGMA integrity_check"), "ok")


class StartFaults(unittest.TestCase):
    """Each fault is one line that names the thing and the remedy."""

    def setUp(self):
        self.site = new_site(nginx=False)
        self.site.install()
        self.site.open_database()
        self.addCleanup(self.site.stop)

    def worker(self, env=None, stdin=None):
        return subprocess.run(
            as_user([f"{self.site.folder}/bin/ptworker"]),
            env={**self.site.env, **(env or {})}, cwd=self.site.folder,
            stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True,
            timeout=20)

    def complaint(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_no_listener(self):
        self.site.ctl("migrate")
        self.complaint(self.worker(), 71, "not a listening socket",
                       "spawn-fcgi")

    def test_no_schema(self):
        self.complaint(self.worker(), 78, "sql/0001_users", "ptctl migrate")

    def test_no_secret(self):
        self.complaint(self.worker({"SECRET_KEY": ""}), 78, "secret_key",
                       "SECRET_KEY_FILE")
        self.complaint(self.worker({"SECRET_KEY": "short"}), 78, "too short")
        self.complaint(self.worker({"AUDIT_KEY": ""}), 78, "audit.key",
                       "AUDIT_KEY_FILE")
        self.complaint(self.worker({"AUDIT_KEY": "short"}), 78, "too short")

    def test_unreachable_database(self):
        self.complaint(
            self.worker({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}),
            69, "database.url", "PostgreSQL", "DATABASE_URL")
        self.complaint(self.worker({"DATABASE_URL": "sqlite:/no/where/x.db"}),
                       69, "database.url", "/no/where/x.db", "directory")
        self.complaint(self.worker({"DATABASE_URL": "mysql://x"}), 78,
                       "database.url", "sqlite:")

    def test_wrong_conf(self):
        for text, words in (
                ("poools: {}\n", (":1: poools", "unknown key")),
                ("database:\n  ur1: x\n", (":2: database.ur1", "unknown")),
                ("debug: maybe\n", ("debug", "maybe", "on or off")),
                ("log: {level: [}\n", ("not valid YAML",))):
            with open(f"{self.site.folder}/conf.yaml", "w",
                      encoding="utf-8") as f:
                f.write(text)
            self.complaint(self.worker(), 78, "conf.yaml", *words)
            pool = subprocess.run(
                as_user([f"{self.site.folder}/bin/ptpool", "-t", "-c",
                         f"{self.site.folder}/conf.yaml"]),
                env=self.site.env, capture_output=True, text=True)
            self.assertNotEqual(pool.returncode, 0)
            for word in words:
                self.assertIn(word, pool.stderr)

    def test_log_that_cannot_be_written(self):
        self.site.ctl("migrate")
        self.site.write_conf(extra="")
        with open(f"{self.site.folder}/conf.yaml", "a",
                  encoding="utf-8") as f:
            f.write("  file: /no/where/x.log\n")
        self.complaint(self.worker(), 78, "log.file", "/no/where/x.log")

    def test_users_from_the_command_line(self):
        self.site.ctl("migrate")
        ctl = self.site.ctl
        done = ctl("user", "add", "ops@example.com", "admin", "Olga Ops",
                   text="una-clave-larga\n")
        self.assertEqual(done.returncode, 0)
        for arguments, text, word in (
                (("add", "ops@example.com", "admin", "Otra"),
                 "una-clave-larga\n", "already"),
                (("add", "o2@example.com", "king", "X"), "una-clave-larga\n",
                 "king"),
                (("add", "o3@example.com", "admin", "X"), "corta\n",
                 "characters"),
                (("password", "no@example.com"), "una-clave-larga\n",
                 "no account")):
            done = ctl("user", *arguments, check=False, text=text)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stderr)
        refused = ctl("seed", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("empty", refused.stderr)

    def test_more_workers_than_connections(self):
        self.site.ctl("migrate")
        # (3 workers + 1) of two instances
        for have, answer in ((8, 0), (7, 0 if self.site.db == "sqlite" else 1)):
            self.site.write_conf(extra="database: {connections: %d,"
                                 " instances: 2}" % have)
            done = self.site.ctl("check", check=False)
            self.assertEqual(done.returncode, answer, done.stderr)
            if answer:
                self.assertIn("are 8, the database has 7", done.stderr)


class NoViews(SiteCase):
    """Templates are compiled in: nothing of views/ is needed to run."""

    def test_worker_runs_without_templates_on_disk(self):
        names = []
        for _, _, files in os.walk(self.site.folder):
            names += [n for n in files if n.endswith(".tpl")]
        self.assertEqual(names, [])
        self.assertEqual(self.site.get("/").status, 200)
        with open(f"{self.site.folder}/bin/ptworker", "rb") as f:
            binary = f.read()
        for mark in (b"{{%AUTOESCAPE", b"{{#", b"{{T_", b"{{>"):
            self.assertNotIn(mark, binary)


class Logs(SiteCase):
    OPTIONS = {"level": "debug", "workers": 1}

    def test_request_id_is_on_every_line_of_a_request(self):
        answer = self.site.get("/nada/")
        rid = answer.headers["X-Request-Id"]
        wait_until(lambda: rid in self.site.pool.text(), why="logged")
        self.assertIn(rid, answer.text)

    def test_no_secret_in_the_log(self):
        b = self.site.browser(ADMIN)
        b.submit("/cuenta/entrar/", {"email": ADMIN,
                                     "password": "clave-equivocada"})
        b.get("/clientes/?q=texto-privado")
        text = self.site.log_so_far()
        for secret in ("clave-equivocada", "Demostracion-2026",
                       b.cookies["pt_session"], "texto-privado"):
            self.assertNotIn(secret, text)


@only("pg")  # SQLite has no log of its own
class Statements(SiteCase):
    OPTIONS = {"extra": "database: {prepare: off}\n"}

    def test_a_statement_names_the_request_of_nginx(self):
        b = self.site.browser(ADMIN)
        with DatabaseLock(self.site):
            get = Background(lambda: b.get("/clientes/1/"))

            def waiting():
                return self.site.sql(
                    "SELECT query FROM pg_stat_activity WHERE query LIKE"
                    " '%FROM client %' AND wait_event_type = 'Lock'")
            wait_until(waiting, why="a statement that waits")
            statement = waiting()
        rid = get.value().headers["X-Request-Id"]
        self.assertTrue(statement.endswith(f"/*request_id='{rid}'*/"),
                        statement)
