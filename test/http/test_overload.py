"""Too much to do: requests that take too long, waited too long, or whose
visitor has left."""
import json
import os
import re
import signal
import subprocess
import time

import fastcgi as f
from case import SiteCase
from ptsite import ADMIN, ROOT, wait_until
from test_faults import Background, DatabaseLock, at_rest, only

BUSY = "El servicio está ocupado"


def metric(site, name, labels="", pool="web"):
    """None: there is no such one."""
    with f.connect(f"{site.folder}/health.sock") as s:
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        text = b""
        while block := s.recv(65536):
            text += block
    found = re.search(rf'^ptpool_{name}{{pool="{pool}"{labels}}} (\d+)$',
                      text.decode(), re.M)
    return int(found.group(1)) if found else None


class Late(SiteCase):
    """request_timeout: the worker answers 503 itself, and goes on."""

    OPTIONS = {"workers": 1, "web": "request_timeout: 500ms"}

    def new_client(self, name):
        """A browser and the form; on a slow machine the check of a password
        takes longer than a request may, so that is tried again."""
        found = []

        def logged_in():
            try:
                b = self.site.browser(ADMIN)
                form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
                found.extend((b, {**form, "name": name}))
            except AssertionError:
                pass
            return found
        wait_until(logged_in, why="a login in time")
        at_rest(self.site)
        return found

    def test_answered_in_time_by_a_worker_that_lives(self):
        b, form = self.new_client("Guardado después")
        pids = self.site.workers_running()
        late = metric(self.site, "requests_late_total")
        with DatabaseLock(self.site):
            begin = time.monotonic()
            answer = b.post("/clientes/nuevo/", form)
            self.assertEqual(answer.status, 503)
            self.assertEqual(answer.headers["Retry-After"], "5")
            self.assertIn(BUSY, answer.text)
            self.assertLess(time.monotonic() - begin, 2)
        # what it was about to do it does; nothing is half done
        wait_until(lambda: self.site.sql(
            "SELECT count(*) FROM client WHERE name = 'Guardado después'")
            == "1", why="saved")
        self.assertEqual(b.get("/clientes/").status, 200)
        self.assertEqual(self.site.workers_running(), pids)
        at_rest(self.site)
        self.assertEqual(metric(self.site, "requests_late_total"), late + 1)
        self.site.pool.wait_for("request.timeout", "method=POST",
                                "path=/clientes/nuevo/")

    def test_worker_that_never_comes_back_is_ended(self):
        b, form = self.new_client("Nunca guardado")
        pid = self.site.workers_running()[0]
        with DatabaseLock(self.site):
            self.assertEqual(b.post("/clientes/nuevo/", form).status, 503)
            wait_until(lambda: pid not in self.site.workers_running(),
                       why="the end of the worker")
        self.site.pool.wait_for("request.killed", "path=/clientes/nuevo/")
        self.assertEqual(b.get("/clientes/").status, 200)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE name = 'Nunca guardado'"), "0")


class Slow(SiteCase):
    """slow_request: the page is asked where it is, and goes on."""

    OPTIONS = {"workers": 1, "web": "slow_request: 1s"}
    # others, as the login, may be slow where the machine is
    WORDS = ("request.slow", "method=POST", "path=/clientes/nuevo/")

    def test_named_with_the_function_that_waits(self):
        b = self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        form["name"] = "Guardado despacio"
        with DatabaseLock(self.site):
            waiting = Background(lambda: b.post("/clientes/nuevo/", form))
            self.site.pool.wait_for(*self.WORDS)
        # its statement was interrupted by the question, and went on
        self.assertIn(waiting.value().status, (302, 303))
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE name = 'Guardado despacio'"),
            "1")
        self.site.log_so_far()
        lines = self.site.pool.lines(*self.WORDS)
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r" route=clients\.new request=\S+ "
                                   r"method=POST path=/clientes/nuevo/ "
                                   r"phase=database phase_ms=\d+ age_ms=\d+ ")
        done = subprocess.run(
            [f"{ROOT}/scripts/frames", f"{self.site.build}/ptworker"],
            input=lines[0] + "\n", text=True, capture_output=True, timeout=60,
            check=True)
        names = re.findall(r"(?m)^ +(?:ptworker:|\(inlined by\)) (\S+) at ",
                           done.stdout)
        # each caller of another, down to the last; and nothing after it
        found = [name for name in names if name in
                 ("call", "new_post", "run_post", "dispatch", "worker_run")]
        found.reverse()
        self.assertEqual(found[:4], ["worker_run", "dispatch", "run_post",
                                     "new_post"], done.stdout)
        self.assertEqual(names[-1], "worker_run", done.stdout)
        self.assertIn("call", found, done.stdout)


@only("sqlite")
class Seen(SiteCase):
    """38: that a session was seen is noted when its page has been sent."""

    OPTIONS = {"workers": 1}

    def worker(self):
        status = json.loads(self.site.ctl("status", "--json").stdout)
        return status["pools"][0]["list"][0]["request"] or {}

    def test_being_seen_waits_for_no_lock(self):
        b = self.site.browser(ADMIN)
        self.site.sql("UPDATE session SET seen_at = seen_at - 90")
        with DatabaseLock(self.site):
            begin = time.monotonic()
            self.assertEqual(b.get("/cuenta/").status, 200)
            # the lock is waited for up to 5 s
            self.assertLess(time.monotonic() - begin, 3)
            wait_until(lambda: self.worker().get("phase") == "after",
                       why="the worker goes on")
        wait_until(lambda: int(self.site.sql(
            "SELECT max(seen_at) FROM session")) > time.time() - 60,
            why="noted")
        self.assertEqual(b.get("/cuenta/").status, 200)
        self.assertNotIn("after.failed", self.site.log_so_far())


class Waiting(SiteCase):
    """queue_timeout, and visitors who have left."""

    OPTIONS = {"nginx": False, "workers": 1, "web": "queue_timeout: 20s"}

    def setUp(self):
        self.socket = f"{self.site.folder}/web.sock"
        self.pid = self.site.workers_running()[0]
        # a worker counts a request after its client has the answer
        at_rest(self.site)

    def test_old_request_is_refused_at_once(self):
        shed = metric(self.site, "requests_shed_total")
        for age, status in ((300, 503), (20.5, 503), (10, 200), (0, 200),
                            (-60, 200), (1e9, 200)):
            start = f"{time.time() - age:.3f}"
            out = f.ask(self.socket, f.request("/", REQUEST_START=start))
            self.assertIn(f"Status: {status}", out, age)
        self.assertIn("Retry-After: 5", f.ask(self.socket, f.request(
            "/", REQUEST_START=f"{time.time() - 90:.3f}")))
        self.assertIn("Status: 200", f.ask(self.socket, f.request(
            "/", REQUEST_START="rubbish")))
        self.assertEqual(metric(self.site, "requests_shed_total"), shed + 3)

    def test_what_was_refused_is_in_the_log_by_its_id(self):
        f.ask(self.socket, f.request(
            "/", REQUEST_ID="late-id-7",
            REQUEST_START=f"{time.time() - 90.1:.3f}"))
        line, = self.site.pool.wait_for("request.shed", "late-id-7")
        self.assertRegex(line, r"waited_ms=9\d{4}\b")

    def test_nobody_works_for_who_has_left(self):
        """64: four dead requests hold a live one up by nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        gone = metric(self.site, "requests_gone_total")
        done = metric(self.site, "requests_total")
        for _ in range(4):
            with f.connect(self.socket) as s:
                s.sendall(f.request("/"))
        live = Background(lambda: f.ask(self.socket, f.request("/")))
        time.sleep(0.1)
        os.kill(self.pid, signal.SIGCONT)
        self.assertIn("Status: 200", live.value())
        self.assertEqual(metric(self.site, "requests_gone_total"), gone + 4)
        wait_until(lambda: metric(self.site, "requests_total") == done + 1,
                   why="one request was answered")

    def test_workers_do_not_interrupt_nginx(self):
        self.assertEqual(os.sched_getscheduler(self.pid), os.SCHED_BATCH)

    def test_half_closed_connection_is_answered(self):
        with f.connect(self.socket) as s:
            s.sendall(f.request("/"))
            s.shutdown(1)
            self.assertEqual(f.read_record(s)[0], f.STDOUT)


class Jobs(SiteCase):
    """ptjobs counts what each kind of job takes, as workers do for pages."""

    OPTIONS = {"workers": 1, "jobs": 1}

    def test_kinds(self):
        for kind in ("mail.prune", "job.prune"):
            wait_until(lambda kind=kind: metric(
                self.site, "request_seconds_count", f',route="{kind}"',
                pool="jobs"), why=kind)
            wait_until(lambda kind=kind: metric(
                self.site, "request_phase_seconds_count",
                f',route="{kind}",phase="database"', pool="jobs"),
                why=f"its time in the database: {kind}")
            self.assertIsNone(metric(
                self.site, "request_seconds_count", f',route="{kind}"'))
        self.assertRegex(self.site.ctl("status").stdout,
                         r"(?m)^  mail\.prune +\d+ +[\d.]+m?s ")


class Phases(SiteCase):
    """What the supervisor tells of the time of requests."""

    OPTIONS = {"workers": 1}

    def test_where_the_time_goes(self):
        b = self.site.browser(ADMIN)
        for _ in range(3):
            self.assertEqual(b.get("/clientes/").status, 200)
        at_rest(self.site)
        for phase in ("queue", "handler", "database", "cache", "write"):
            self.assertGreaterEqual(metric(
                self.site, "request_phase_seconds_count",
                f',route="clients.list",phase="{phase}"'), 1, phase)
        self.assertGreaterEqual(metric(self.site, "request_seconds_count",
                                       ',route="clients.list"'), 3)

    def test_who_waits_for_the_database_is_seen(self):
        b = self.site.browser(ADMIN)
        form = b.get("/clientes/nuevo/").form("/clientes/nuevo/")
        form["name"] = "Quien espera"
        with DatabaseLock(self.site):
            saved = Background(lambda: b.post("/clientes/nuevo/", form))
            wait_until(lambda: self.now().get("phase") == "database",
                       why="the phase")
            self.assertEqual(self.now()["path"], "/clientes/nuevo/")
        self.assertEqual(saved.value().status, 303)

    def now(self):
        status = json.loads(self.site.ctl("status", "--json").stdout)
        return status["pools"][0]["list"][0]["request"] or {}
