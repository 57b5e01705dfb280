"""How many workers ptpool runs, when it replaces them, and what it tells."""
import os
import re
import signal
import time

from harness import (Case, Load, Lost, ask, connect, halt, http, resume,
                     send_request, until)


def pids(p, pool=0):
    return {w["pid"] for w in p.workers(pool)}


class Range(Case):
    def test_three_managers_side_by_side(self):
        """20: static, dynamic and on demand in one supervisor."""
        p = self.pool()
        more = {"dynamic": "{min: 1, max: 4}", "demand": "{min: 0, max: 4}"}
        p.pools = {"web": p.web}
        for name, workers in more.items():
            p.pools[name] = dict(p.web, workers=workers,
                                 listen=f"unix:{p.dir}/{name}.sock")
        p.write()
        p.start()
        self.assertEqual([q["workers"]["ready"] for q in p.health()[1]["pools"]],
                         [2, 1, 0])
        self.assertEqual(p.health()[1]["status"], "ok")
        for name in ("web", *more):
            self.assertTrue(ask(f"{p.dir}/{name}.sock"))

    def test_on_demand(self):
        """21: none at start, grows with requests, shrinks when idle."""
        p = self.pool(workers="{min: 0, max: 3}", idle_timeout="300ms").start()
        self.assertEqual(pids(p), set())
        waiting = [send_request(p.sock, "/sleep/2000") for _ in range(3)]
        until(lambda: len(pids(p)) == 3)
        for s in waiting:
            s.close()
        until(lambda: not p.status()["pools"][0]["list"])
        self.assertTrue(p.ask())

    def test_on_demand_start_fails(self):
        """The request waits; health tells why."""
        p = self.pool(workers="{min: 0, max: 3}").start()
        p.mode("fail")
        with send_request(p.sock) as s:
            until(lambda: p.health()[0] == 503)
            self.assertIn("status 7", p.health()[1]["pools"][0]["last_error"])
            p.mode("")
            self.assertIn(b"text/plain", s.recv(4096))
        until(lambda: p.health()[0] == 200)

    def test_dynamic_grows_at_once_and_shrinks_late(self):
        """22: workers that nobody needs go, down to the least."""
        p = self.pool(workers="{min: 2, max: 6}", idle_timeout="500ms").start()
        with Load(p.sock, threads=8, path="/sleep/20") as load:
            until(lambda: len(pids(p)) == 6)
        until(lambda: len(p.status()["pools"][0]["list"]) == 2)
        self.assertEqual(load.lost, [])

    def test_spare_workers(self):
        p = self.pool(workers="{min: 1, max: 9}", spare=3).start()
        until(lambda: len(pids(p)) == 3)
        with send_request(p.sock, "/sleep/60000"):
            until(lambda: len(pids(p)) == 4)

    def test_surplus_worker_that_will_not_go_is_killed(self):
        """22: KILL is the last measure, logged, and the count is right."""
        p = self.pool(workers="{min: 1, max: 4}", idle_timeout="300ms",
                      stop_timeout="300ms", env={"ECHO": "stubborn"}).start()
        with Load(p.sock, threads=6, path="/sleep/20"):
            until(lambda: len(pids(p)) == 4)
        p.wait_log("worker.kill", count=3)
        until(lambda: len(p.status()["pools"][0]["list"]) == 1)

    def test_auto(self):
        p = self.pool(workers="auto").start()
        n = p.health()[1]["pools"][0]["workers"]
        self.assertGreaterEqual(n["min"], 1)
        self.assertGreaterEqual(n["max"], n["min"])
        self.assertLessEqual(n["max"], 4 * os.cpu_count())

    def test_refused(self):
        for workers, words in (
                ("{min: 3, max: 2}", "min is above max"),
                ("{min: 1}", "{min: 2, max: 16} is expected"),
                ("{min: 1, max: 2000}", "outside 1…1024"),
                ("many", 'is not a number, {min: 2, max: 16} or auto')):
            p = self.pool(workers=workers)
            status, text = p.run("-t")
            self.assertEqual(status, 78)
            self.assertIn("pools.web.workers", text)
            self.assertIn(words, text)

    def test_range_needs_a_socket(self):
        p = self.pool(workers="{min: 1, max: 2}", listen='""')
        self.assertIn("needs a socket", p.run("-t")[1])

    def test_reload_of_a_range(self):
        """A reload keeps what the load wants, within the new bounds."""
        p = self.pool(workers="{min: 2, max: 4}").start()
        with Load(p.sock, threads=8, path="/sleep/20") as load:
            until(lambda: len(pids(p)) == 4)
            p.pools["web"]["workers"] = "{min: 1, max: 6}"
            p.write()
            self.assertEqual(p.ctl("reload")[0], 0)
            until(lambda: len(pids(p)) == 6)
        self.assertEqual(load.lost, [])


class Scale(Case):
    def test_up_and_down_under_load(self):
        """68: 2, 16, 2, by hand; a reload goes back to the file."""
        p = self.pool().start()
        with Load(p.sock) as load:
            for n in (16, 2, 5):
                status, text = p.ctl("scale", "web", str(n))
                self.assertEqual(status, 0, text)
                until(lambda n=n: len(pids(p)) == n)
        self.assertEqual(load.lost, [])
        self.assertIn("scaled by hand", p.ctl("status")[1])
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(len(pids(p)), 2)
        self.assertNotIn("scaled by hand", p.ctl("status")[1])

    def test_refused(self):
        p = self.pool().start()
        for words, status, text in (
                (("scale", "none", "3"), 1, 'no pool "none"'),
                (("scale", "web", "0"), 1, "1 to 1024 workers"),
                (("scale", "web", "2000"), 1, "1 to 1024 workers"),
                (("scale", "web", "x"), 1, "1 to 1024 workers"),
                (("scale", "web"), 64, "usage"),
                (("recycle", "1"), 1, 'has the pid "1"'),
                (("recycle", "a&b"), 64, "usage")):
            got = p.ctl(*words)
            self.assertEqual(got[0], status, got[1])
            self.assertIn(text, got[1])
        self.assertEqual(len(pids(p)), 2)

    def test_most_of_all_pools(self):
        """5"""
        p = self.pool()
        p.pools = {"web": p.web, "b": dict(
            p.web, listen=f"unix:{p.dir}/b.sock", workers="{min: 1, max: 4}")}
        p.supervisor["worker_limit"] = 5
        p.write()
        status, text = p.run("-t")
        self.assertEqual(status, 78)
        self.assertIn("supervisor.worker_limit: 5 are allowed, the pools may "
                      "have 6", text)
        p.supervisor["worker_limit"] = 7
        p.write()
        p.start()
        self.assertEqual(p.ctl("scale", "web", "3")[0], 0)
        status, text = p.ctl("scale", "web", "4")
        self.assertEqual(status, 1)
        self.assertIn("more than supervisor.worker_limit, 7", text)
        self.assertEqual(p.ctl("scale", "b", "2")[0], 0)
        self.assertEqual(p.ctl("scale", "web", "4")[0], 0)

    def test_failed_reload_keeps_what_was_scaled(self):
        p = self.pool().start()
        self.assertEqual(p.ctl("scale", "web", "4")[0], 0)
        until(lambda: len(pids(p)) == 4)
        p.mode("fail")
        self.assertEqual(p.ctl("reload")[0], 1)
        until(lambda: len(pids(p)) == 4)
        self.assertIn("scaled by hand", p.ctl("status")[1])


class Recycle(Case):
    def test_after_requests_under_load(self):
        """59: with no error, and never fewer workers than wanted."""
        p = self.pool(max_requests=20, workers=3).start()
        least = 99
        with Load(p.sock) as load:
            end = time.monotonic() + 3
            while time.monotonic() < end or (
                    len(load.seen) <= 5 and time.monotonic() < end + 30):
                least = min(least, p.health()[1]["pools"][0]
                            ["workers"]["ready"])
                time.sleep(0.005)
        self.assertEqual(load.lost, [])
        self.assertGreater(len(load.seen), 5)  # three began
        self.assertEqual(least, 3)
        self.assertIn("reason=max_requests", p.log())

    def test_one_at_a_time(self):
        p = self.pool(max_age="1500ms", workers=4).start()
        most = 0
        first = pids(p)
        until(lambda: "reason=max_age" in p.log())
        while pids(p) & first:
            n = len([w for w in p.status()["pools"][0]["list"]
                     if w["state"] in ("ready", "starting")])
            most = max(most, n)
        self.assertLessEqual(most, 5)

    def test_memory(self):
        """A limit below what a fresh worker takes must not go round and round
        (test/fcgi/pool/test_recycle.c has the other half)."""
        p = self.pool(max_memory="64KiB").start()
        first = pids(p)
        p.wait_log("pools.web.max_memory: 65536 bytes are less than")
        time.sleep(1)
        self.assertEqual(pids(p), first)
        self.assertEqual(p.log().count("pool.memory"), 1)
        self.assertNotIn("worker.due", p.log())
        p.pools["web"]["max_memory"] = "1GiB"
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)
        time.sleep(0.5)
        self.assertEqual(p.log().count("pool.memory"), 1)

    def test_by_hand(self):
        p = self.pool().start()
        one, other = sorted(pids(p))
        status, text = p.ctl("recycle", str(one))
        self.assertEqual(status, 0, text)
        until(lambda: len(pids(p)) == 2 and one not in pids(p))
        self.assertIn(other, pids(p))

    def test_replacement_that_fails_keeps_the_old_one(self):
        p = self.pool(workers=1).start()
        p.mode("fail")
        one = pids(p).pop()
        p.ctl("recycle", str(one))
        p.wait_log("worker.start_failed", count=3)
        self.assertEqual(pids(p), {one})
        p.mode("")
        until(lambda: pids(p) and one not in pids(p))


class RequestTimeout(Case):
    def test_worker_that_does_not_answer_is_ended(self):
        """58: the log names the request; the others go on."""
        p = self.pool(request_timeout="300ms").start()
        with self.assertRaises(Lost):
            p.ask("/sleep/60000?secret", rid="slow1")
        p.wait_log("request.killed")
        log = p.log()
        self.assertRegex(log, r"request.timeout.*request=slow1 method=GET "
                              r"path=/sleep/60000 ")
        self.assertRegex(log, r"request.killed.*slow1")
        until(lambda: len(pids(p)) == 2)
        self.assertNotIn("secret", p.log())

    def test_refused_where_no_request_is_reported(self):
        """Such a program would end by the signal that tells it."""
        for more in ({"ready": "exec"}, {"listen": '""'}):
            p = self.pool(request_timeout="1s", **more)
            status, text = p.run("-t")
            self.assertEqual(status, 78)
            self.assertIn("pools.web.request_timeout: needs a socket", text)

    def test_request_in_time_is_left_alone(self):
        p = self.pool(request_timeout="3s").start()
        p.ask("/sleep/1000")
        self.assertNotIn("request.timeout", p.log())


class Queue(Case):
    def test_length_on_a_unix_socket(self):
        """62: exact, while all workers are busy or stopped."""
        p = self.pool().start()
        for w in p.workers():
            halt(w["pid"])
        waiting = [connect(p.sock) for _ in range(7)]
        self.assertEqual(p.health()[1]["pools"][0]["queued"], 7)
        self.assertIn("7 waiting", p.ctl("status")[1])
        for s in waiting:
            s.close()
        for w in p.workers():
            resume(w["pid"])
        until(lambda: p.health()[1]["pools"][0]["queued"] == 0)

    def test_length_on_tcp(self):
        p = self.pool(listen="127.0.0.1:0", own_accept="on")
        p.web["listen"] = f"127.0.0.1:{self.free_port()}"
        p.write()
        p.start()
        port = int(p.web["listen"].split(":")[1])
        for w in p.workers():
            halt(w["pid"])
        waiting = [connect(("127.0.0.1", port)) for _ in range(5)]
        until(lambda: p.health()[1]["pools"][0]["queued"] == 5)
        for s in waiting:
            s.close()
