"""Telemetry: what a run of the site did reaches the ingestion endpoint, whole,
whatever happens to that or to us meanwhile."""
import collections
import glob
import os
import re
import shutil
import signal
import socket
import tempfile
import time
import unittest

import case
from case import new_site
from ingestion import Ingestion, certificate_for_localhost, seconds_of
from ptsite import ADMIN, TECHNICIAN, Browser, wait_until
from smtpd import SmtpServer
from test_faults import at_rest

OUTAGE_S = float(os.environ.get("OUTAGE_SECONDS", "6"))
BATCH = 500  # items at most, MAX_BATCH_ITEMS
CONF = """
site: {{url: "http://127.0.0.1:{port}", office_email: oficina@pt.example}}
mail:
  url: {mail}
  from: Personal Technology <sistema@pt.example>
  starttls: off
jobs: {{lease: 5s, retry: 1s}}
telemetry:
  connection_string: "{connection}"
  folder: {folder}
  every: 200ms
  check_every: 500ms
  timeout: {timeout}
  {more}
"""


class Noting(Browser):
    """Keeps of each answer its request id, with what was asked."""

    def __init__(self, port, seen):
        super().__init__(port)
        self.seen = seen

    def request(self, method, path, body=None, headers=None):
        begun = time.monotonic()
        answer = super().request(method, path, body, headers)
        self.seen[answer.headers["X-Request-Id"]] = (
            method, path, answer, time.monotonic() - begun)
        return answer


class Telemetry(unittest.TestCase):
    def setUp(self):
        self.seen = {}
        self.server = Ingestion()
        self.server.start()
        self.addCleanup(self.server.stop)

    def start(self, mail="", more="", timeout="20s", folder="telemetry",
              **options):
        """timeout: what took longer would be sent twice."""
        options.setdefault("workers", 2)
        site = new_site(jobs=1, **options)
        site.extra = CONF.format(
            port=site.port, folder=f"{site.folder}/{folder}", more=more,
            timeout=timeout,
            mail=mail or '""', connection=self.server.connection_string)
        self.addCleanup(site.stop)
        site.start()
        self.site = site
        return site

    def browser(self, email=None):
        browser = Noting(self.site.port, self.seen)
        if email is not None:
            browser.login(email)
        return browser

    # --- what has come ---

    def pages(self):
        """Request items of the workers, by operation."""
        found = collections.defaultdict(list)
        for item, data in self.server.of("Request"):
            if item["tags"]["ai.cloud.role"] == "ptworker":
                found[item["tags"]["ai.operation.id"]].append((item, data))
        return found

    def log(self):
        return self.site.pool.text()

    def reload(self):
        """Until those of before have ended, with what they were sending."""
        def running():
            return {pid for program in ("ptworker", "ptjobs")
                    for pid in self.site.workers_running(program)}
        before = running()
        self.site.ctl("reload")
        wait_until(lambda: not before & running(), why="the old ones end")

    def wait_for_all(self, seconds=60):
        wait_until(lambda: not self.missing(), seconds=seconds,
                   why=f"all has come; {len(self.missing())} of "
                   f"{len(self.seen)} is missing\n{self.log()[-3000:]}")

    def missing(self):
        return self.seen.keys() - self.pages().keys()

    def leftovers(self):
        """Records in the spool of which nobody has taken anything."""
        return glob.glob(f"{self.site.folder}/telemetry/*.spool")

    # --- tests ---

    def check_requests(self):
        pages = self.pages()
        self.assertEqual(pages.keys(), self.seen.keys())
        longer = []
        for identity, (method, path, answer, took) in self.seen.items():
            self.assertEqual(len(pages[identity]), 1, path)
            item, data = pages[identity][0]
            self.assertEqual(data["responseCode"], str(answer.status), path)
            self.assertEqual(data["success"], answer.status < 400, path)
            self.assertEqual(data["name"].split()[0], method)
            seconds = seconds_of(data["duration"])
            # the client may have read all before the worker looks up, and
            # where others work that may stand still in between
            self.assertTrue(0 < seconds <= took + 5, (path, seconds, took))
            if seconds > took + 0.05:
                longer.append((path, seconds, took))
            self.assertEqual(data["measurements"]["statements"],
                             int(answer.headers["X-Statements"]), path)
            self.assertEqual(item["tags"]["ai.location.ip"], "127.0.0.0")
            self.assertNotIn("sampleRate", item)
        self.assertLessEqual(len(longer), 1 + len(self.seen) // 10, longer)

    def check_calls(self):
        """Of the database where there was a statement; of Redis."""
        calls = collections.defaultdict(dict)
        for item, data in self.server.of("RemoteDependency"):
            calls[item["tags"]["ai.operation.id"]][data["type"]] = (item, data)
        kind = "PostgreSQL" if case.DB == "pg" else "SQLite"
        for identity, (_, path, answer, _) in self.seen.items():
            n = int(answer.headers["X-Statements"])
            _, request = self.pages()[identity][0]
            self.assertEqual(kind in calls[identity], n > 0, path)
            if n > 0:
                item, data = calls[identity][kind]
                self.assertEqual(data["measurements"]["statements"], n)
                self.assertEqual(item["tags"]["ai.operation.parentId"],
                                 request["id"])
                self.assertLessEqual(seconds_of(data["duration"]),
                                     seconds_of(request["duration"]))
        redis = [d for c in calls.values() for k, (_, d) in c.items()
                 if k == "Redis"]
        if case.CACHE == "redis":
            self.assertGreater(len(redis), 0)
            self.assertTrue(redis[0]["target"].startswith("127.0.0.1:"))
        else:
            self.assertEqual(redis, [])

    def check_secrets(self):
        sent = "".join(self.server.raw)
        for secret in (ADMIN, "Demostracion", "ana@example.com", "127.0.0.1\"",
                       "?q=", "zebra", "k" * 40, "oficina@"):
            self.assertNotIn(secret, sent)

    def test_what_a_run_did(self):
        smtp = SmtpServer()
        self.addCleanup(smtp.remove)
        smtp.start()
        site = self.start(mail=f"smtp://127.0.0.1:{smtp.port}")
        visitor, admin = self.browser(), self.browser(ADMIN)
        client = site.sql("SELECT min(id) FROM client")
        for path in ("/", "/en/", "/nowhere/", f"/clientes/{client}/",
                     "/clientes"):
            visitor.get(path)
        for path in ("/clientes/", f"/clientes/{client}/",
                     "/clientes/?q=zebra", "/admin/operacion/"):
            admin.get(path)
        visitor.submit("/contacto/", {
            "name": "Ana", "email": "ana@example.com", "subject": "networks",
            "message": "Hola", "phone": "3001234567", "consent": "1"})
        self.wait_for_all()
        self.check_requests()
        by_path = {path: self.pages()[i][0][1]
                   for i, (_, path, _, _) in self.seen.items()}
        self.assertEqual(by_path[f"/clientes/{client}/"]["name"],
                         "GET /clientes/{id}/")
        self.assertEqual(by_path[f"/clientes/{client}/"]["url"],
                         f"http://127.0.0.1:{site.port}/clientes/{{id}}/")
        self.assertEqual(by_path["/clientes/"]["properties"]["route"],
                         "clients.list")
        self.assertEqual(by_path["/nowhere/"]["name"], "GET")
        self.check_calls()
        self.check_job(smtp)
        self.check_availability()
        self.check_secrets()
        self.assertEqual(self.server.of("Exception"), [])

    def check_job(self, smtp):
        """A job is an operation, with the mail that it sent."""
        def jobs():
            return {d["name"]: (i, d) for i, d in self.server.of("Request")
                    if i["tags"]["ai.cloud.role"] == "ptjobs"}

        def mails():
            return [(i, d) for i, d in self.server.of("RemoteDependency")
                    if d["type"] == "SMTP"]
        wait_until(lambda: "JOB mail.send" in jobs() and mails(),
                   why=f"a mail was sent: {self.log()[-2000:]}")
        item, data = jobs()["JOB mail.send"]
        self.assertEqual((data["responseCode"], data["success"]),
                         ("done", True))
        call, sent = mails()[0]
        self.assertEqual(call["tags"]["ai.operation.id"],
                         item["tags"]["ai.operation.id"])
        self.assertEqual((sent["target"], sent["resultCode"],
                          sent["success"]),
                         (f"127.0.0.1:{smtp.port}", "250", True))

    def check_availability(self):
        def good():
            return [d for _, d in self.server.of("Availability")
                    if d["success"]]

        def last_two():
            return {d["success"] for _, d in
                    self.server.of("Availability")[-2:]}
        wait_until(lambda: len(good()) > 1 and last_two() == {True},
                   why="two good checks of the public address, one by one")
        self.assertEqual({d["message"] for d in good()}, {"200"})
        self.assertGreater(seconds_of(good()[0]["duration"]), 0)

    def test_faults(self):
        """An error 5xx, a worker that dies, an address that is gone."""
        site = self.start()
        admin = self.browser(ADMIN)
        site.sql("ALTER TABLE contact_message RENAME TO gone")
        answer = admin.get("/contacto/mensajes/")
        site.sql("ALTER TABLE gone RENAME TO contact_message")
        self.assertEqual(answer.status, 500)
        self.wait_for_all()
        fault = {i["tags"]["ai.operation.id"]: d
                 for i, d in self.server.of("Exception")}
        of_page = fault[answer.headers["X-Request-Id"]]
        self.assertEqual(of_page["exceptions"][0]["typeName"], "BUG")
        self.assertEqual(of_page["problemId"], "BUG at contact.messages")
        self.assertNotIn("contact_message", "".join(self.server.raw))
        os.kill(site.workers_running()[0], signal.SIGKILL)

        def deaths():
            return [d for i, d in self.server.of("Exception")
                    if i["tags"]["ai.cloud.role"] == "ptpool"]
        wait_until(deaths, why="the death of a worker is told")
        self.assertEqual(deaths()[0]["exceptions"][0]["typeName"],
                         "worker.died")
        self.assertIn("killed by signal 9",
                      deaths()[0]["exceptions"][0]["message"])
        os.killpg(site.nginx.popen.pid, signal.SIGKILL)  # its workers, too
        site.nginx.stop()
        wait_until(lambda: [d for _, d in self.server.of("Availability")
                            if not d["success"]], 60, "a failed check")
        site.start_nginx()

    def test_off_and_sampled(self):
        """Without a connection string there is no trace of it; with a sample
        errors are all there and the rest says how many it stands for."""
        site = self.start(more="sample: 40")
        visitor = self.browser()
        for n in range(60):
            visitor.get(f"/?n={n}")
        self.seen.clear()
        site.sql("ALTER TABLE contact_message RENAME TO gone")
        admin = self.browser(ADMIN)
        self.seen.clear()
        failed = [admin.get("/contacto/mensajes/") for _ in range(3)]
        site.sql("ALTER TABLE gone RENAME TO contact_message")
        self.assertEqual({a.status for a in failed}, {500})
        self.wait_for_all()

        def of_now():
            return [p[0] for p in self.pages().values()]

        def good_of(pages):
            return [i for i, d in pages if d["responseCode"] == "200"]
        wait_until(lambda: len(good_of(of_now())) > 8, why="some are told of")
        pages = of_now()
        good = good_of(pages)
        self.assertTrue(8 < len(good) < 45, len(good))
        self.assertEqual({i["sampleRate"] for i in good}, {40})
        for item, data in pages:
            self.assertEqual("sampleRate" in item,
                             data["responseCode"] != "500")
        self.switch_off(site)

    def test_a_folder_that_is_none(self):
        """Pages do without it. Who sends ends and is begun anew, each time
        twice as long after it was; and sends, once there is a folder."""
        site = self.start(workers=1, folder="missing/telemetry")
        self.assertEqual(site.get("/").status, 200)

        def ends():
            return [float(second) for second in re.findall(
                r"^\S+:\d\d:(\d\d\.\d+)\S* .*telemetry\.ended",
                self.log(), re.M)]
        wait_until(lambda: len(ends()) >= 3, why="it has ended three times")
        first, second, third = ends()[:3]
        self.assertGreater((second - first) % 60, 0.7)
        self.assertGreater((third - second) % 60, 1.7)
        os.mkdir(f"{site.folder}/missing")
        if os.geteuid() == 0:
            shutil.chown(f"{site.folder}/missing", "nobody", "nogroup")
        wait_until(lambda: "telemetry.sending" in self.log(),
                   why="it is begun without being told")
        self.reload()
        self.browser().get("/")
        self.wait_for_all()

    def switch_off(self, site):
        """A string that is none is refused, by ptctl and by a reload."""
        with open(f"{site.folder}/conf.yaml", encoding="utf-8") as f:
            text = f.read()
        site.ctl("check")
        with open(f"{site.folder}/conf.yaml", "w", encoding="utf-8") as f:
            f.write(text.replace("InstrumentationKey=", "Key="))
        for command in ("check", "reload"):
            done = site.ctl(command, check=False)
            self.assertNotEqual(done.returncode, 0)
            wait_until(lambda said=done.stderr: "InstrumentationKey= is missing"
                       in said + self.log(), why=f"why {command} failed")
        with open(f"{site.folder}/conf.yaml", "w", encoding="utf-8") as f:
            f.write(text.replace(self.server.connection_string, ""))
        self.reload()
        wait_until(lambda: len(site.workers_running()) == 2)
        shutil.rmtree(f"{site.folder}/telemetry")
        self.assertEqual(site.get("/").status, 200)
        time.sleep(0.5)
        self.assertFalse(os.path.exists(f"{site.folder}/telemetry"))

    def test_what_it_does_not_take(self):
        """Of a batch: some are refused, some are to come again; then all of
        it is too much, and a redirect leads elsewhere."""
        site = self.start(workers=1)
        visitor = self.browser()
        later = collections.Counter()

        def judge(item):
            name = item["data"]["baseData"].get("name", "")
            route = item["data"]["baseData"].get("properties", {}).get("route")
            if route == "company.about" or name == "GET /empresa/nosotros/":
                return 400
            if item["name"].endswith("Request"):
                later[item["tags"]["ai.operation.id"]] += 1
                return 429 if later[item["tags"]["ai.operation.id"]] < 2 \
                    else None
            return None
        self.server.judge = judge
        refused = visitor.get("/empresa/nosotros/").headers["X-Request-Id"]
        self.assertEqual(self.seen.pop(refused)[2].status, 200)
        visitor.get("/")
        self.wait_for_all()
        self.check_requests()
        wait_until(lambda: "telemetry.refused" in self.log())
        self.assertNotIn(refused, self.pages())
        self.server.judge = None
        self.too_much(visitor)
        self.led_elsewhere(site, visitor)

    def too_much(self, visitor):
        """413: fewer at once, until they are taken."""
        self.server.answer = (503, {}, b"")
        for _ in range(30):
            visitor.get("/")
        taken = self.server.take

        def take(handler, body):
            if len(body) > 1500:
                return self.server.reply(handler, 413)
            return taken(handler, body)
        self.server.take = take
        self.server.answer = None
        self.wait_for_all()
        self.server.take = taken

    def led_elsewhere(self, site, visitor):
        """To https only: certificates are checked there."""
        folder = tempfile.mkdtemp(prefix="pt-tls-", dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        files = certificate_for_localhost(folder)
        os.chmod(files[0], 0o644)
        other = Ingestion(files)
        other.start()
        self.addCleanup(other.stop)
        plain = Ingestion()
        plain.start()
        self.addCleanup(plain.stop)
        site.write_conf(extra=site.extra + f"  ca_file: {files[0]}\n")
        self.reload()
        self.server.answer = (307, {"Location": plain.url + "v2.1/track"}, b"")
        visitor.get("/")
        wait_until(lambda: "leads to no https address" in self.log())
        self.assertEqual(plain.requests, [])
        self.server.answer = (308, {"Location": other.url + "v2.1/track"}, b"")
        wait_until(lambda: other.of("Request"), why="it went there")
        before = len(self.server.requests)
        visitor.get("/")
        self.server.items += other.items
        n = len(other.items)
        wait_until(lambda: len(other.of("Request")) > 1)
        self.server.items += other.items[n:]
        self.assertEqual(len(self.server.requests), before)  # remembered

    def test_nothing_is_lost_while_it_is_away(self):
        """It is down, says 503, hangs, for OUTAGE_SECONDS together; meanwhile
        workers, ptjobs and the sender are killed."""
        site = self.start(workers=2, timeout="2s")
        browser = self.browser(TECHNICIAN)
        kills = [0]

        def go_on(seconds):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for path in ("/", "/clientes/", "/nowhere/"):
                    browser.get(path)
                time.sleep(0.05 if OUTAGE_S < 60 else 1)

        def kill(program):
            if program == "ptworker":  # which tells of a page after its answer
                at_rest(site)
            dead = site.workers_running(program)
            for pid in dead:
                with open(f"/proc/{pid}/task/{pid}/children",
                          encoding="ascii") as f:
                    children = [int(child) for child in f.read().split()]
                for victim in (*children, pid):
                    try:
                        os.kill(victim, signal.SIGKILL)
                        kills[0] += 1
                    except ProcessLookupError:
                        pass
            wait_until(lambda: not set(dead) &
                       set(site.workers_running(program)) and
                       site.is_healthy(), why="they are back")
        part = OUTAGE_S / 6
        go_on(0.3)
        self.server.stop()
        go_on(part)
        kill("ptworker")
        go_on(part)
        kill("ptjobs")
        self.server.answer = (503, {"Retry-After": "1"}, b"busy")
        self.server.start()
        go_on(part)
        kill("ptjobs")
        self.server.hang.set()
        go_on(part)
        kill("ptworker")
        go_on(part)
        kill("ptjobs")
        go_on(part)

        def tells_of_it():
            now = self.metrics()
            return (now.get("waiting", 0) > len(self.seen) / 2 and
                    now.get("oldest_seconds", 0) > OUTAGE_S / 2)
        wait_until(tells_of_it,
                   why=f"/metrics tells of it: {self.metrics()}")
        self.server.answer = None
        self.server.hang.clear()
        began = time.monotonic()
        self.wait_for_all(180)
        wait_until(lambda: self.log().count("worker.died") <= len(
            [1 for i, _ in self.server.of("Exception")
             if i["tags"]["ai.cloud.role"] == "ptpool"]),
            why="all deaths have come")
        pages = self.pages()
        self.assertEqual(pages.keys(), self.seen.keys())
        twice = sum(len(p) - 1 for p in pages.values())
        # each time that nobody read the answer: it hung, or we were killed
        self.assertLessEqual(twice, BATCH * (kills[0] + self.server.held))
        self.assertNotIn("telemetry.lost", self.log())
        print(f"outage of {OUTAGE_S:.0f} s: {len(self.seen)} requests, none "
              f"lost, {twice} twice, {kills[0]} processes killed; all were "
              f"there {time.monotonic() - began:.1f} s after its end")
        self.all_is_taken()

        def tells_of_the_end():
            now = self.metrics()
            return (now["waiting"] <= 4 and now["sent_total"] >= 1 and
                    now["lost_total"] == 0)
        wait_until(tells_of_the_end,
                   why=f"/metrics tells of the end: {self.metrics()}")

    def metrics(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(f"{self.site.folder}/health.sock")
            s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while block := s.recv(65536):
                text += block
        return {k: float(v) for k, v in re.findall(
            r"^ptpool_telemetry_(\w+) (\S+)$", text.decode(), re.M)}

    def all_is_taken(self):
        """Segments of the dead are removed, of the living nothing is left."""
        alive = len(self.site.workers_running()) + 3
        wait_until(lambda: len(self.leftovers()) <= alive, seconds=60,
                   why=f"old segments go: {self.leftovers()}")
