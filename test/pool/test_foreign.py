"""Ranges of a program that reports nothing: php-cgi, as Debian has it."""
import os
import shutil
import signal
import struct
import threading
import time
import unittest

from harness import Case, connect, params, read_answer, record, until

PHP = shutil.which("php-cgi")  # without it these tests fail


class Foreign(Case):
    def php(self, **web):
        web = {"command": PHP, "own_accept": "off", "ready": "exec",
               "idle_timeout": "600ms", **web}
        p = self.pool(**web)
        self.script = p.dir + "/x.php"
        with open(self.script, "w") as f:
            f.write("<?php usleep(1000 * (int)$_GET['ms']); echo getmypid();")
        return p

    def send(self, address, ms):
        s = connect(address, timeout=30)
        s.sendall(record(1, struct.pack(">HB5x", 1, 0)) +
                  record(4, params({"REQUEST_METHOD": "GET",
                                    "SCRIPT_FILENAME": self.script,
                                    "QUERY_STRING": f"ms={ms}",
                                    "REDIRECT_STATUS": "200"})) +
                  record(4) + record(5))
        return s

    def ask(self, address, ms):
        return int(read_answer(self.send(address, ms)))

    def ready(self, p):
        return len(p.workers())

    def parallel(self, address, threads, test):
        """Asks in as many threads until test() is true; what went wrong."""
        wrong, ending = [], threading.Event()

        def run():
            while not ending.is_set():
                try:
                    self.ask(address, 40)
                except Exception as e:  # all of it is told
                    wrong.append(repr(e))
        all_of_them = [threading.Thread(target=run) for _ in range(threads)]
        for t in all_of_them:
            t.start()
        try:
            until(test)
        finally:
            ending.set()
            for t in all_of_them:
                t.join()
        return wrong

    def grows_and_shrinks(self, p, address, least):
        self.assertEqual(
            self.parallel(address, 8, lambda: self.ready(p) == 4), [])
        until(lambda: len(p.status()["pools"][0]["list"]) == least)
        self.assertEqual(p.status()["pools"][0]["deaths"], 0)
        self.assertTrue(self.ask(address, 0))

    def test_grows_and_shrinks(self):
        """21: with parallel requests, then down to the least; none fails."""
        p = self.php(workers="{min: 1, max: 4}").start()
        self.assertEqual(self.ready(p), 1)
        for _ in range(2):
            self.grows_and_shrinks(p, p.sock, 1)

    def test_on_demand(self):
        p = self.php(workers="{min: 0, max: 4}").start()
        self.assertEqual(self.ready(p), 0)
        self.grows_and_shrinks(p, p.sock, 0)

    def test_on_a_port(self):
        port = self.free_port()
        p = self.php(workers="{min: 1, max: 4}",
                     listen=f"127.0.0.1:{port}").start()
        self.grows_and_shrinks(p, ("127.0.0.1", port), 1)

    def test_one_after_the_other_is_no_reason_for_many(self):
        """The kernel goes round the workers; each is used, one is needed."""
        p = self.php(workers="{min: 1, max: 4}").start()
        self.parallel(p.sock, 8, lambda: self.ready(p) == 4)
        wrong = self.parallel(p.sock, 1, lambda: self.ready(p) <= 2)
        self.assertEqual(wrong, [])

    def test_one_at_work_is_not_the_one_that_goes(self):
        p = self.php(workers="{min: 1, max: 4}", spare=1).start()
        self.parallel(p.sock, 8, lambda: self.ready(p) == 4)
        slow = [self.send(p.sock, 5000) for _ in range(2)]
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 2)
        until(lambda: self.ready(p) == 3)  # two at work, one in reserve
        ready = {w["pid"] for w in p.workers()}
        pids = {int(read_answer(s)) for s in slow}
        self.assertLess(pids, ready)
        until(lambda: self.ready(p) == 1)

    def test_spare_ones_are_ready_before_anybody_waits(self):
        p = self.php(workers="{min: 1, max: 4}", spare=2).start()
        self.assertEqual(self.ready(p), 2)
        with self.send(p.sock, 60000):
            until(lambda: self.ready(p) == 3)

    def test_costs_little(self):
        """However often it looks: less than 3 % of a processor."""
        p = self.php(workers="{min: 1, max: 4}").start()
        others = [connect(p.health_sock) for _ in range(10)]

        def ticks():
            with open(f"/proc/{p.proc.pid}/stat") as f:
                return sum(int(t) for t in f.read().split()[13:15])
        for _ in range(3):  # on a busy machine the same costs more
            before = ticks()
            time.sleep(3)
            used = (ticks() - before) / os.sysconf("SC_CLK_TCK")
            if used < 0.09:
                break
        self.assertLess(used, 0.09)
        for s in others:
            s.close()

    def test_reload_and_end_under_requests(self):
        p = self.php(workers="{min: 1, max: 4}").start()
        slow = self.send(p.sock, 2000)
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertTrue(self.ask(p.sock, 0))
        self.assertTrue(read_answer(slow))
        slow = self.send(p.sock, 2000)
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        p.send(signal.SIGTERM)
        self.assertTrue(read_answer(slow))
        self.assertEqual(p.wait(), 0)


if __name__ == "__main__":
    unittest.main()
