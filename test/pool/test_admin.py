"""What ptpool says: health and status, to whoever asks, and its log."""
import os
import resource
import signal
import time

import harness
from harness import Case, Load, connect, http, until

class Admin(Case):
    def test_health_while_all_are_busy_and_stopped(self):
        """61"""
        p = self.pool().start()
        socks = [harness.send_request(p.sock, "/sleep/1000")
                 for _ in range(4)]
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 2)
        pids = [w["pid"] for w in p.workers()]
        for pid in pids:
            harness.halt(pid)
        took = []
        for _ in range(5):  # the machine may be busy with others
            begin = time.monotonic()
            status, body = p.health()
            took.append(time.monotonic() - begin)
            self.assertEqual((status, body["status"]), (200, "ok"))
        self.assertLess(min(took), 0.5)
        for pid in pids:
            harness.resume(pid)
        for s in socks:
            harness.read_answer(s)

    def test_stopped_worker_is_killed_at_the_end(self):
        p = self.pool(stop_timeout="300ms").start()
        os.kill(p.workers()[0]["pid"], signal.SIGSTOP)
        self.assertEqual(p.stop(), 0)

    def test_stuck_clients(self):
        """Clients that say nothing, or half, hold nobody up."""
        p = self.pool().start()
        stuck = [connect(p.health_sock) for _ in range(100)]
        for s in stuck[:50]:
            try:
                s.sendall(b"GET /health/ HT")
            except OSError:
                pass  # given up for a later one
        begin = time.monotonic()
        self.assertEqual(p.health()[0], 200)
        self.assertTrue(p.ask())
        self.assertLess(time.monotonic() - begin, 4)  # given up after 5
        for s in stuck:
            s.close()

    def test_http_errors(self):
        p = self.pool().start()
        self.assertEqual(http(p.health_sock, "POST")[0], 405)
        self.assertEqual(http(p.health_sock, target="/nothing")[0], 404)
        self.assertEqual(http(p.health_sock, target="/status")[0], 404)
        self.assertEqual(http(p.health_sock, "POST", "/reload")[0], 404)
        self.assertEqual(http(p.health_sock, "HEAD"), (200, None))
        self.assertEqual(http(p.health_sock, target="/health/?x=1")[0], 200)
        self.assertEqual(http(p.control_sock)[0], 200)
        for junk, status in ((b"nonsense\r\n\r\n", b" 400 "),
                             (b"GET /health/\n\n", b" 400 "),
                             (b"\0" * 5000, b" 431 ")):
            with connect(p.health_sock) as s:
                s.sendall(junk)
                self.assertIn(status, s.recv(4096))

    def test_status(self):
        """42"""
        p = self.pool(workers=1).start()
        p.ask()
        with harness.send_request(p.sock, '/sleep/60000', '<"x">'):
            # not the one before, whose answer comes before its end
            w = until(lambda: [w for w in p.workers() if w["busy"] and
                               w["request"]["id"] == '<"x">'])[0]
            self.assertEqual(w["requests"], 1)
            status, text = p.ctl("status")
            self.assertEqual(status, 0)
            self.assertIn("/sleep/60000", text)
        status, text = p.ctl("status", "--json")
        self.assertEqual(status, 0)
        self.assertIn('"generation":1', text.replace(" ", ""))
        self.assertEqual(p.ctl("status", "--bogus")[0], 64)

    def test_degraded(self):
        p = self.pool(workers=2).start()
        p.mode("fail")
        os.kill(p.workers()[0]["pid"], signal.SIGKILL)
        until(lambda: p.health()[1]["status"] == "degraded")
        self.assertEqual(p.health()[0], 200)
        self.assertTrue(p.ask())

    def test_no_descriptors(self):
        """accept() without a descriptor neither spins nor ends it."""
        p = self.pool()
        p.start()
        resource.prlimit(p.proc.pid, resource.RLIMIT_NOFILE, (16, 16))
        stuck = [connect(p.health_sock) for _ in range(20)]
        time.sleep(0.6)
        with open(f"/proc/{p.proc.pid}/stat") as f:
            ticks = sum(int(t) for t in f.read().split()[13:15])
        self.assertLess(ticks, 30)
        for s in stuck:
            s.close()
        until(lambda: p.health()[0] == 200)


class Logs(Case):
    def test_reopen_under_load(self):
        """70: rotation loses no line; workers survive the signal."""
        p = self.pool()
        p.log_file = p.dir + "/file.log"
        p.write()
        p.start()
        pids = sorted(w["pid"] for w in p.workers())
        with Load(p.sock) as load:
            os.rename(p.log_file, p.log_file + ".1")
            p.send(signal.SIGUSR1)
            until(lambda: os.path.exists(p.log_file))
            p.wait_log("log.reopened")
        self.assertEqual(load.lost, [])
        self.assertEqual(sorted(w["pid"] for w in p.workers()), pids)

        def said():
            with open(p.log_file) as f:
                return "log.reopened" in f.read()
        until(said)

    def test_level(self):
        """47"""
        p = self.pool()
        p.write(extra="")
        with open(p.conf) as f:
            text = f.read().replace("console: debug", "console: warning")
        with open(p.conf, "w") as f:
            f.write(text)
        p.start(ready=False)
        until(lambda: os.path.exists(p.health_sock) and
              p.health()[1]["status"] == "ok")
        self.assertEqual(p.log(), "")
