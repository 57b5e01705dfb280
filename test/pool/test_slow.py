"""Requests that take long: the log names them, and the place in the program."""
import os
import re
import signal
import subprocess
import time

from harness import Case, Lost, program, send_request, until
from test_board import metrics_of, seconds

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
LINE = re.compile(
    r"request\.slow pool=web slot=\d+ pid=\d+ route=(\S+) request=(\S+) "
    r"method=GET path=(\S+) phase=(\w+) phase_ms=\d+ age_ms=(\d+)"
    r'(?: build=([0-9a-f]{16}) frames="([^"]*)")?\n')


class Slow(Case):
    def line(self, p, rid):
        """(route, path, phase, age, build, frames) of its only line"""
        p.wait_log(f"request={rid} ")
        found = [m for m in LINE.finditer(p.log()) if m[2] == rid]
        self.assertEqual(len(found), 1, p.log())
        return found[0].group(1, 3, 4, 5, 6, 7)

    def names(self, p, rid):
        """What scripts/frames says of it, the innermost function first."""
        log = "".join(line + "\n" for line in p.log().splitlines()
                      if f"request={rid} " in line)
        done = subprocess.run(
            [ROOT + "/scripts/frames", program("echo-worker")], input=log,
            text=True, capture_output=True, timeout=60, check=True)
        return done.stdout.splitlines()[1:]

    def test_request_and_function(self):
        p = self.pool(slow_request="700ms").start()
        for path, route, phase, function in (
                ("sleep", "echo.sleep", "handler", "sleep_ms"),
                ("database", "echo.database", "database", "sleep_ms"),
                ("spin", "echo.spin", "handler", "spin_ms")):
            for _ in range(2):
                p.ask(f"/{path}/1", rid="quick")
            rid = f"slow-{path}"
            # the signal comes in the middle, and it is answered all the same
            p.ask(f"/{path}/2000?secret", rid=rid)
            route_is, path_is, phase_is, age, build, frames = self.line(p, rid)
            self.assertEqual((route_is, path_is, phase_is),
                             (route, f"/{path}/2000", phase))
            self.assertGreaterEqual(int(age), 700)
            self.assertLess(int(age), 2000)
            self.assertRegex(frames, r"\becho-worker\+0x[0-9a-f]+\b")
            names = [re.sub(r"^  \S+: (\S+) at .*", r"\1", name)
                     for name in self.names(p, rid)]
            ours = [n for n in names if n in (function, "act", "serve", "main")]
            self.assertEqual(ours[:3], [function, "act", "serve"], names)
            text = subprocess.run(["readelf", "-n", program("echo-worker")],
                                  text=True, capture_output=True, timeout=60,
                                  check=True).stdout
            self.assertIn(f"Build ID: {build}", text)
        self.assertNotIn("request=quick", p.log())
        self.assertNotIn("secret", p.log())
        self.assertEqual(p.status()["pools"][0]["slow"], 3)

    def test_garbage_and_no_answer(self):
        """A worker that makes its frames up, then one that takes no signal."""
        p = self.pool(slow_request="200ms", workers=1).start()
        p.ask("/garbage/1500", rid="bad-1")
        frames = self.line(p, "bad-1")[5].split(" ")
        self.assertEqual(len(frames), 24)
        for frame in frames:
            self.assertRegex(frame, r"^(\?|[\w.-]*\+0x[0-9a-f]+)$")
        p.ask("/sleep/2000", rid="deaf-1")
        self.assertIsNone(self.line(p, "deaf-1")[5])
        for what in range(1000, 1010):
            p.ask(f"/scribble/{what}")
        p.ask("/sleep/400")
        self.assertEqual(p.status()["status"], "ok")
        self.assertEqual(p.stop(), 0)

    def test_one_that_dies(self):
        p = self.pool(slow_request="200ms", workers=1).start()
        with send_request(p.sock, "/sleep/60000", "gone-1"):
            until(lambda: p.status()["pools"][0]["slow"] == 1)
            os.kill(p.busy(), signal.SIGKILL)
            p.wait_log("worker.died")
            self.assertEqual(self.line(p, "gone-1")[1], "/sleep/60000")
        self.assertEqual(p.ask()[0], str(p.workers()[0]["pid"]))

    def test_off_unless_asked_for(self):
        p = self.pool(request_timeout="300ms").start()
        with self.assertRaises(Lost):
            p.ask("/sleep/60000", rid="late-1")
        self.assertNotIn("request.slow", p.log())
        p = self.pool(slow_request="1s", ready="exec")
        status, text = p.run("--test")
        self.assertEqual(status, 78)
        self.assertIn("pools.web.slow_request: needs a program", text)


class After(Case):
    """38: a worker goes on when its client has the answer."""

    def phase(self, p):
        return [w["request"]["phase"] for w in p.workers() if w["request"]]

    def test_client_does_not_wait(self):
        p = self.pool(workers=1).start()
        begin = time.monotonic()
        p.ask("/after/2000", rid="on-1")
        self.assertLess(time.monotonic() - begin, 1.5)
        until(lambda: self.phase(p) == ["after"])
        p.ask()  # waits until the one before has gone on to its end
        self.assertGreater(time.monotonic() - begin, 2)
        until(lambda: p.status()["pools"][0]["requests"] == 2)
        m = metrics_of(p)
        self.assertEqual(seconds(m, "count", phase="after"), 1)
        self.assertGreater(seconds(m, "sum", phase="after"), 2)
        # what the client had to wait for
        self.assertLess(m.one("ptpool_request_seconds_sum", route="other"), 1.5)

    def test_limits_hold(self):
        p = self.pool(workers=1, request_timeout="500ms",
                      slow_request="200ms").start()
        p.ask("/after/60000", rid="on-2")
        for event in ("request.slow", "request.timeout", "request.killed"):
            p.wait_log(event)
            self.assertRegex(p.log(), rf"{event} .*request=on-2 method=GET "
                                      r"path=/after/60000 phase=after ")
        p.ask()
