"""What the scoreboard tells: metrics, latencies, reports of deaths, top."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import (Case, Load, Lost, connect, http, program, send_request,
                     until)


def pids(p):
    return {w["pid"] for w in p.workers()}


OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def text_of(p, accept=f"accept: {OPENMETRICS},text/plain;q=0.5", kind=OPENMETRICS):
    with connect(p.health_sock) as s:
        s.sendall(f"GET /metrics HTTP/1.0\r\nHost: x\r\n{accept}"
                  "\r\n\r\n".encode())
        data = b""
        while more := s.recv(65536):
            data += more
    head, _, body = data.decode().partition("\r\n\r\n")
    if f"Content-Type: {kind}; charset=utf-8" not in head:
        raise AssertionError(head)
    return body


SAMPLE = re.compile(r'([a-z_]+)(?:{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)})?'
                    r' (-?[0-9.]+)')
SUFFIXES = {"gauge": ("",), "counter": ("_total",),
            "histogram": ("_bucket", "_sum", "_count")}


class Exposition:
    """A parser of OpenMetrics that bears no fault."""

    def __init__(self, text):
        self.kinds, self.samples = {}, {}
        lines = text.split("\n")
        assert lines[-2:] == ["# EOF", ""], lines[-2:]
        name, done = "", set()
        for line in lines[:-2]:
            if line.startswith("# "):
                _, what, new, rest = line.split(" ", 3)
                if what == "TYPE":
                    done.add(name)
                    name = new
                    assert name not in done, line  # all of it in one place
                    self.kinds[name] = rest
                assert new == name and what in ("TYPE", "HELP"), line
                continue
            found = SAMPLE.fullmatch(line)
            assert found, line
            assert found[1] in [name + x for x in
                                SUFFIXES[self.kinds[name]]], line
            labels = dict(re.findall(r'([a-z_]+)="(.*?)"(?:,|$)',
                                     found[2] or ""))
            key = found[1], tuple(sorted(labels.items()))
            assert key not in self.samples, line
            self.samples[key] = float(found[3])
        self.check_histograms()

    def find(self, name, **labels):
        """{labels: value}, of those that have these labels"""
        return {at: v for (n, at), v in self.samples.items()
                if n == name and labels.items() <= dict(at).items()}

    def one(self, name, **labels):
        value, = self.find(name, **labels).values()
        return value

    def check_histograms(self):
        """Buckets add up, in order of le, to the count; +Inf is there."""
        for name, kind in self.kinds.items():
            if kind != "histogram":
                continue
            series = {}
            for at, value in self.find(name + "_bucket").items():
                labels = dict(at)
                le = float(labels.pop("le"))
                series.setdefault(tuple(sorted(labels.items())),
                                  []).append((le, value))
            for labels, buckets in series.items():
                assert buckets == sorted(buckets), (labels, buckets)
                values = [v for _, v in buckets]
                assert values == sorted(values), (labels, buckets)
                assert buckets[-1][0] == float("inf"), labels
                assert self.samples[name + "_count", labels] == values[-1]
                assert self.samples[name + "_sum", labels] >= 0


def metrics_of(p):
    return Exposition(text_of(p))


class Metrics(Case):
    def value(self, p, name):
        return metrics_of(p).one(name, pool="web")

    def test_counts_survive_workers(self):
        p = self.pool().start()
        for _ in range(5):
            p.ask()
        with self.assertRaises(Lost):
            p.ask("/crash")
        until(lambda: self.value(p, "ptpool_worker_deaths_total") == 1)
        until(lambda: len(pids(p)) == 2)
        for _ in range(4):
            p.ask()
        until(lambda: self.value(p, "ptpool_requests_total") == 9)
        self.assertEqual(self.value(p, "ptpool_worker_deaths_total"), 1)
        self.assertEqual(self.value(p, "ptpool_workers_ready"), 2)

    def test_promtool(self):
        """Nothing that the linter of Prometheus has to say, in the format
        that it reads, and that those get who ask for no other."""
        p = self.pool().start()
        p.ask("/sleep/3")
        until(lambda: self.value(p, "ptpool_requests_total") == 1)
        for accept in ("Accept: */*", "X-Accept: " + OPENMETRICS):
            text = text_of(p, accept, "text/plain; version=0.0.4")
            self.assertIn("\n# TYPE ptpool_requests_total counter\n", text)
            self.assertIn('\nptpool_request_seconds_bucket{pool="web",route='
                          '"echo.sleep",le="+Inf"} 1\n', text)
            done = subprocess.run(["promtool", "check", "metrics"], input=text,
                                  text=True, capture_output=True, timeout=60,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, "", ""))

    def test_only_get(self):
        p = self.pool().start()
        self.assertEqual(http(p.health_sock, "POST", "/metrics")[0], 405)
        self.assertEqual(http(p.health_sock, "POST", "/scale")[0], 404)


def seconds(metrics, part, **labels):
    return metrics.one("ptpool_request_phase_seconds_" + part, **labels)


class Latency(Case):
    def test_phases_and_routes(self):
        p = self.pool().start()
        for _ in range(3):
            p.ask("/database/150?secret")
        p.ask("/sleep/5")
        p.ask("/elsewhere/7")
        until(lambda: p.status()["pools"][0]["requests"] == 5)
        m = metrics_of(p)
        self.assertEqual(
            {dict(at)["route"] for at in m.find("ptpool_request_seconds_count")},
            {"echo.database", "echo.sleep", "other"})
        at = {"route": "echo.database", "phase": "database"}
        self.assertEqual(seconds(m, "count", **at), 3)
        self.assertGreater(seconds(m, "sum", **at), 0.45)
        self.assertLess(seconds(m, "sum", route="echo.database",
                                phase="handler"), 0.4)
        self.assertEqual(seconds(m, "bucket", le="0.032768", **at), 0)
        self.assertEqual(m.one("ptpool_request_seconds_count",
                               route="echo.database"), 3)
        self.assertFalse(m.find("ptpool_request_phase_seconds_count",
                                phase="cache"))
        self.assertNotIn("secret", text_of(p))

    def test_sums_survive_killed_workers(self):
        p = self.pool(workers=3).start()
        for i in range(1, 4):
            for _ in range(10):
                p.ask("/sleep/1")
            until(lambda: p.status()["pools"][0]["requests"] == 10 * i)
            busy = max(p.workers(), key=lambda w: w["requests"])["pid"]
            os.kill(busy, signal.SIGKILL)
            until(lambda: busy not in pids(p) and len(pids(p)) == 3)
            m = metrics_of(p)
            self.assertEqual(m.one("ptpool_request_seconds_count",
                                   route="echo.sleep"), 10 * i)
            self.assertEqual(m.one("ptpool_requests_total"), 10 * i)
        self.assertGreater(m.one("ptpool_request_seconds_sum",
                                 route="echo.sleep"), 0.03)

    def test_a_reload_keeps_them(self):
        p = self.pool().start()
        p.ask("/sleep/1")
        until(lambda: p.status()["pools"][0]["requests"] == 1)
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(metrics_of(p).one("ptpool_request_seconds_count",
                                           route="echo.sleep"), 1)

    def test_nonsense_in_the_scoreboard(self):
        """A worker fills all of it that it can write, and lives, or dies."""
        p = self.pool(workers=2).start()
        for _ in range(6):
            p.ask("/sleep/1")
        until(lambda: p.status()["pools"][0]["requests"] == 6)
        patterns = (0, 1, 127, 128, 254, 255, *range(1000, 1010))
        for i, what in enumerate(patterns):
            p.ask(f"/scribble/{what}")
            until(lambda i=i: metrics_of(p).one("ptpool_requests_total") ==
                  7 + i, what="each one is counted, and nothing else")
            status = p.status()
            self.assertEqual(status["status"], "ok")
            self.assertEqual(status["pools"][0]["requests"], 7 + i)
            self.assertEqual(p.ctl("status")[0], 0)
            self.assertEqual(p.health()[0], 200)
        for pid in pids(p):
            os.kill(pid, signal.SIGKILL)
            until(lambda pid=pid: pid not in pids(p) and len(pids(p)) == 2)
        p.wait_log("worker.scribbled")
        p.ask()
        until(lambda: metrics_of(p).one("ptpool_requests_total") ==
              7 + len(patterns))
        self.assertEqual(p.stop(), 0)


class Deaths(Case):
    def report(self, p, event):
        p.wait_log(event)
        line = re.search(rf".*{event}.*", p.log())[0]
        self.assertNotIn("secret", line)
        return line

    def test_segmentation_fault(self):
        p = self.pool().start()
        with self.assertRaises(Lost):
            p.ask("/segv", rid="bad-1")
        line = self.report(p, "worker.died")
        self.assertRegex(
            line, r'end="killed by signal 11 \(Segmentation fault\)[^"]*" .*'
                  r"request=bad-1 method=GET path=/segv phase=handler "
                  r"phase_ms=\d+ age_ms=\d+ peak_memory_bytes=\d{6,}$")

    def test_kill_from_outside(self):
        """58"""
        p = self.pool().start()
        s = send_request(p.sock, "/database/20000?secret=1", "slow-2")
        busy = until(lambda: [w for w in p.workers() if w["request"] and
                              w["request"]["phase"] == "database" and
                              w["request"]["phase_age_ms"] >= 300])[0]
        os.kill(busy["pid"], signal.SIGKILL)
        line = self.report(p, "worker.died")
        s.close()
        found = re.search(
            r'end="killed by signal 9 \(Killed\), (?:not by ptpool|by the '
            r'kernel [^"]*)" .*request=slow-2 method=GET path=/database/20000 '
            r"phase=database phase_ms=(\d+) age_ms=(\d+) "
            r"peak_memory_bytes=(\d+)$", line)
        self.assertTrue(found, line)
        self.assertGreaterEqual(int(found[1]), 300)
        self.assertGreaterEqual(int(found[2]), int(found[1]))
        self.assertGreater(int(found[3]), 1 << 19)

    def test_out_of_memory(self):
        """The kernel's own KILL, in a group that may have 24 MiB."""
        group = self.memory_group(24 << 20)
        p = self.pool(workers=1).start()
        with open(group + "/cgroup.procs", "w") as f:
            f.write(str(p.workers()[0]["pid"]))
        with self.assertRaises(Lost):
            p.ask("/eat/64?secret", rid="large-1")
        self.assertRegex(
            self.report(p, "worker.died"),
            r'end="killed by signal 9 \(Killed\), by the kernel for want of '
            r'memory as it seems" .*request=large-1 method=GET path=/eat/64 '
            r"phase=handler .*peak_memory_bytes=\d{8}$")

    def memory_group(self, limit):
        one, two = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"
        found = [(d, name) for d, name in
                 ((one, "memory.limit_in_bytes"), (two, "memory.max"))
                 if os.access(d + "/cgroup.procs", os.W_OK)]
        if not found:
            self.skipTest("no control group of memory that one may make")
        path = f"{found[0][0]}/ptpool-test-{os.getpid()}"
        os.mkdir(path)
        self.addCleanup(os.rmdir, path)
        if not os.access(f"{path}/{found[0][1]}", os.W_OK):
            self.skipTest("no limit of memory in a new control group")
        for name, value in ((found[0][1], limit), ("memory.swap.max", 0),
                            ("memory.swappiness", 0)):
            if os.access(f"{path}/{name}", os.W_OK):
                with open(f"{path}/{name}", "w") as f:
                    f.write(str(value))
        return path

    def test_timeout(self):
        # enough for it to come to its phase, even on a busy machine
        p = self.pool(request_timeout="1s").start()
        with self.assertRaises(Lost):
            p.ask("/database/60000?secret", rid="slow3")
        for event in ("request.timeout", "request.killed"):
            self.assertRegex(
                self.report(p, event),
                r"request=slow3 method=GET path=/database/60000 "
                r"phase=database phase_ms=\d{3,} age_ms=\d{3,} "
                r"memory_bytes=\d{5,}$")
        line = self.report(p, "worker.stopped")
        self.assertRegex(line, r"request=slow3 .* phase=database ")
        self.assertNotIn("not by ptpool", line)


class Shown(Case):
    """What ptctl makes of it."""

    def in_database(self, p):
        until(lambda: len([w for w in p.workers() if w["request"] and
                           w["request"]["phase"] == "database"]) == 1)

    def test_status(self):
        p = self.pool().start()
        p.ask("/sleep/20")
        until(lambda: p.status()["pools"][0]["requests"] == 1)
        with send_request(p.sock, "/database/60000?secret", "one-7"):
            self.in_database(p)
            status, text = p.ctl("status")
        self.assertEqual(status, 0)
        self.assertRegex(text, r"one-7 GET /database/60000 for [\d.]+s, "
                               r"in database for [\d.]+s\n")
        self.assertRegex(text, r"(?m)^  echo\.sleep +1 +[\d.]+ms +[\d.]+ms "
                               r"+- +[\d.]+ms +- +- +[\d.]+ms +-$")
        self.assertNotIn("secret", text)

    def test_two_frames(self):
        p = self.pool(workers=3).start()
        # it comes before the others, so that its worker has had no other
        with send_request(p.sock, "/database/60000?secret", "one-8"):
            self.in_database(p)
            with Load(p.sock, threads=1, path="/sleep/10") as load:
                load.answers(1)
                begin, before = time.monotonic(), load.answered
                status, text = p.ctl("top", "-n", "2")
                took = time.monotonic() - begin
                asked = (load.answered - before) / took
        self.assertEqual(status, 0, text)
        self.assertGreater(took, 1.9)
        self.assertNotIn("\033", text)
        self.assertNotIn("secret", text)
        frames = text.split("\n\nptpool ")
        self.assertEqual(len(frames), 2, text)
        for frame in frames:
            # at the moment that it is of, the one who asks may wait, and
            # the worker of his last answer may not have come to its end
            rate = re.search(r"web: 3 of 3 ready, [123] busy, [01] waiting; "
                             r"([\d.]+)/s, p50 ([\d.]+)ms, p99 [\d.]+m?s",
                             frame)
            self.assertTrue(rate, frame)
            # as often as was asked in all, in either half of the time
            self.assertGreater(float(rate[1]), asked / 5)
            self.assertLess(float(rate[1]), 101)
            self.assertGreater(float(rate[2]), 8)
            workers = re.findall(r"(?m)^ +\d+ ready .*$", frame)
            self.assertEqual(len(workers), 3)
            self.assertRegex(workers[0], r"database +[\d.]+s +0\.0 +0  one-8 "
                                         r"GET /database/60000$")
            self.assertRegex(frame, r"(?m)^  echo\.sleep +[\d.]+ ")

    def test_without_a_supervisor(self):
        p = self.pool()
        status, text = p.ctl("top", "-n", "1")
        self.assertEqual(status, 1)
        self.assertIn("ptctl top: ", text)
        for words in (("-n", "0"), ("-n", "x"), ("-n",), ("now",)):
            self.assertEqual(p.ctl("top", *words)[0], 64)

    def live(self, p, end):
        """What a terminal of 9 lines gets until it says `end`."""
        pid, fd = pty.fork()
        if pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ,
                        struct.pack("HHHH", 9, 80, 0, 0))
            os.execv(program("ptctl"), ["ptctl", "-c", p.conf, "top"])
        out, ended = b"", False
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([fd], [], [], 0.1)[0]:
                try:
                    out += os.read(fd, 65536)
                except OSError:
                    break
            if out.count(b"\033[H") >= 3 and not ended:
                os.write(fd, end)
                ended = True
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        return out.decode()

    def test_live(self):
        p = self.pool(workers=12).start()
        p.ask("/sleep/1")
        until(lambda: p.status()["pools"][0]["requests"] == 1)
        for end in (b"q", b"\3"):
            out = self.live(p, end)
            self.assertTrue(out.startswith("\033[?1049h\033[?25l"), out)
            self.assertTrue(out.endswith("\033[?25h\033[?1049l"), out)
            frames = out.split("\033[H")[1:]
            self.assertGreaterEqual(len(frames), 3)
            for frame in frames[:2]:  # Ctrl-C drops what is not read yet
                self.assertEqual(frame.count("\n"), 8)
            self.assertIn("web: 12 of 12 ready, 0 busy, 0 waiting; -/s",
                          frames[0])
            self.assertIn("; 0.0/s", frames[1])
