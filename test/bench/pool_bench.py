#!/usr/bin/env python3
"""ptpool beside PHP-FPM, on the points where PHP-FPM is weak.

    pool_bench.py [--build DIR] [--write]

Both do the same in turns, on the same machine. --write puts the table into
docs/bench/pool.txt. Exits 1 when ptpool misses one of the points, or one of
the storms of test/http/test_storm.py.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.realpath(os.path.join(HERE, "..", ".."))
for folder in ("pool", "http"):
    sys.path.insert(0, os.path.join(TREE, "test", folder))

import case  # noqa: E402
import fastcgi  # noqa: E402
import harness  # noqa: E402
from harness import Lost, until  # noqa: E402
import report  # noqa: E402

PHP_FPM = "/usr/sbin/php-fpm8.2"
STORM_S = 60
SCRIPT = """<?php
file_put_contents(__DIR__ . '/ran', "x", FILE_APPEND | LOCK_EX);
usleep(1000 * (int)($_GET['ms'] ?? 0));
echo getmypid();
"""
FPM_CONF = """[global]
error_log = {dir}/log
pid = {dir}/pid
[www]
user = {user}
group = {group}
listen = {dir}/web.sock
listen.owner = {user}
pm = static
pm.max_children = {workers}
pm.status_path = /status
pm.status_listen = {dir}/status.sock
"""


def background(call):
    t = threading.Thread(target=call)
    t.start()
    return t


class Fpm:
    """Debian's, as it is configured when nothing is said."""

    def __init__(self, workers):
        self.dir = tempfile.mkdtemp(prefix="fpm", dir="/tmp")
        os.chmod(self.dir, 0o777)
        self.sock = self.dir + "/web.sock"
        self.write(self.dir + "/page.php", SCRIPT)
        user = "www-data" if os.geteuid() == 0 else str(os.geteuid())
        self.conf = FPM_CONF.format(dir=self.dir, workers=workers, user=user,
                                    group=user)
        self.write(self.dir + "/fpm.conf", self.conf)
        self.process = None
        self.orphans = []  # of a master that was killed: they live on

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def start(self):
        self.process = subprocess.Popen(
            [PHP_FPM, "--nodaemonize", "-y", self.dir + "/fpm.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def serves(self):
        with contextlib.suppress(OSError, Lost):
            return bool(self.ask(0))
        return False

    def request(self, script, ms):
        return fastcgi.request(
            f"{script}?ms={ms}&secret=1", SCRIPT_FILENAME=self.dir + script,
            SCRIPT_NAME=script, REQUEST_ID=f"request-{ms}")

    def send(self, ms):
        s = fastcgi.connect(self.sock)
        s.sendall(self.request("/page.php", ms))
        return s

    def ask(self, ms):
        out = fastcgi.ask(self.sock, self.request("/page.php", ms))
        if "\r\n\r\n" not in out:
            raise Lost("no answer")
        return out.split("\r\n\r\n", 1)[1]

    def status(self, name="web"):
        """Of a worker, as it is by default; "status": of a process that
        does nothing else."""
        return fastcgi.ask(f"{self.dir}/{name}.sock",
                           self.request("/status", 0))

    def queue(self):
        return int(self.status("status").split("listen queue:")[1].split()[0])

    def status_while_busy(self):
        begin = time.monotonic()
        self.status()
        return time.monotonic() - begin

    def reload(self):
        self.orphans += self.children()  # if the master should not survive it
        self.process.send_signal(signal.SIGUSR2)

    def break_conf(self):
        self.write(self.dir + "/fpm.conf", self.conf + "nonsense = 1\n")

    def drop(self):
        """Four clients ask for a second each, and leave; one stays. (How
        many of the four ran, seconds that the one waited.)"""
        self.write(self.dir + "/ran", "")
        os.chmod(self.dir + "/ran", 0o666)
        first = background(lambda: self.ask(300))
        time.sleep(0.1)
        for _ in range(4):
            self.send(1000).close()
        begin = time.monotonic()
        self.ask(0)
        waited = time.monotonic() - begin
        first.join()
        with open(self.dir + "/ran", encoding="ascii") as f:
            return len(f.read()) - 2, waited

    def kill_worker(self):
        s = self.send(3000)
        time.sleep(0.3)
        workers = self.children()
        for worker in workers:  # one of them has the request
            os.kill(int(worker), signal.SIGKILL)
        time.sleep(0.5)
        s.close()
        with open(self.dir + "/log", encoding="utf-8", errors="replace") as f:
            return [line for line in f if any(w in line for w in workers)]

    def children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}"
                  "/children", encoding="ascii") as f:
            return f.read().split()

    def kill_master(self):
        self.orphans += self.children()
        self.process.kill()
        self.process.wait()

    def stop(self):
        """At once: asked to, it may wait for a worker for ever."""
        if self.process and self.process.poll() is None:
            self.orphans += self.children()
            self.process.kill()
            self.process.wait()
        for pid in self.orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


class Ours:
    """A ptpool with the program of its tests as worker."""

    def __init__(self, workers):
        self.pool = harness.Pool(workers=workers)

    def start(self):
        self.pool.start(ready=False)
        return self

    def serves(self):
        with contextlib.suppress(OSError, Lost):
            return bool(self.ask(0))
        return False

    def send(self, ms):
        return harness.send_request(self.pool.sock, f"/sleep/{ms}?secret=1",
                                    f"request-{ms}")

    def ask(self, ms):
        return self.pool.ask(f"/sleep/{ms}")[0]

    def queue(self):
        return self.pool.status()["pools"][0]["queued"]

    def status_while_busy(self):
        begin = time.monotonic()
        self.pool.status()
        return time.monotonic() - begin

    def reload(self):
        self.pool.send(signal.SIGHUP)

    def break_conf(self):
        self.pool.write("nonsense: 1\n")

    def drop(self):
        """The same with the real worker, whose work it is to look."""
        with case.new_site(workers=1, nginx=False, debug=False) as site:
            path = f"{site.folder}/web.sock"
            worker = site.workers_running()[0]
            os.kill(worker, signal.SIGSTOP)
            for _ in range(4):
                with fastcgi.connect(path) as s:
                    s.sendall(fastcgi.request("/clientes/"))
            os.kill(worker, signal.SIGCONT)
            begin = time.monotonic()
            fastcgi.ask(path, fastcgi.request("/"))
            return 4 - self.gone(site), time.monotonic() - begin

    @staticmethod
    def gone(site):
        with fastcgi.connect(f"{site.folder}/health.sock") as s:
            s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while block := s.recv(65536):
                text += block
        for line in text.decode().splitlines():
            if line.startswith('ptpool_requests_gone_total{pool="web"}'):
                return int(line.split()[1])
        return 0

    def kill_worker(self):
        s = self.send(3000)
        worker = until(self.pool.busy, what="a busy worker")
        os.kill(worker, signal.SIGKILL)
        time.sleep(0.5)
        s.close()
        return [line for line in self.pool.log().splitlines()
                if str(worker) in line]

    def kill_master(self):
        self.pool.proc.kill()
        self.pool.wait()

    def stop(self):
        self.pool.close()


# --- the points ----------------------------------------------------------------

def answered(c, ms, meanwhile):
    """Does a request get its answer, whatever happens meanwhile?"""
    got = []

    def ask():
        with contextlib.suppress(Lost, OSError):
            got.append(c.ask(ms))
    t = background(ask)
    time.sleep(0.3)
    meanwhile()
    t.join()
    return bool(got)


def queue(c):
    asked = [background(lambda: c.ask(1000)) for _ in range(2)]
    time.sleep(0.3)
    asked += [background(lambda: c.ask(0)) for _ in range(6)]
    time.sleep(0.2)
    n = c.queue()
    for t in asked:
        t.join()
    return f"{n} of 6", n == 6


def status(c):
    busy = [background(lambda: c.ask(2000)) for _ in range(2)]
    time.sleep(0.3)
    took = c.status_while_busy()
    for t in busy:
        t.join()
    return f"{1000 * took:.1f} ms", took < 0.010


def reload(c):
    ok = answered(c, 1000, c.reload)
    return "answered" if ok else "cut off", ok


def broken(c):
    c.break_conf()
    c.reload()
    time.sleep(1)
    ok = c.serves()
    return "goes on" if ok else "the service is down", ok


def killed(c):
    def follow():
        c.kill_master()
        c.start()
    ok = answered(c, 1000, follow)
    try:
        until(c.serves, 3)
        time.sleep(0.3)
        new = (c.pool.proc if isinstance(c, Ours) else c.process).poll()
    except AssertionError:
        new = 1
    text = "finished, " if ok else "cut off, "
    return text + ("a new one serves" if new is None else
                   "a new one cannot start"), ok and new is None


def gone(c):
    ran, waited = c.drop()
    return f"{ran} of 4 ran, the live one waited {waited:.2f} s", ran == 0


def death(c):
    lines = "".join(c.kill_worker())
    ok = "request-3000" in lines and "secret" not in lines
    return "names the request" if ok else "names a signal", ok


POINTS = (
    ("6 connections wait: how many it says", queue),
    ("status, while every worker is busy", status),
    ("a request during a reload", reload),
    ("a reload with a broken configuration", broken),
    ("kill -9 of the master during a request", killed),
    ("4 clients ask for a page and leave", gone),
    ("the log line of a worker that was killed", death),
)


def run_point(make, point):
    c = make(1 if point is gone else 2)
    try:
        if not (isinstance(c, Ours) and point is gone):
            c.start()
            until(c.serves, 10, "the first answer")
        return point(c)
    finally:
        c.stop()


def storms(build):
    """Their own lines, and whether they passed."""
    done = subprocess.run(
        [sys.executable, f"{TREE}/test/http/run.py", "--build", build,
         "--db", "sqlite", "--cache", "shm", "test_storm"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "STORM_S": str(STORM_S), "STORM_SLACK": "1"})
    out = done.stdout + done.stderr
    told = [line[line.index(word):] for line in out.splitlines()
            for word in ("storm:", "overload:") if word in line]
    return told if done.returncode == 0 else [out], done.returncode == 0


def table(rows):
    lines = ["|  | PHP-FPM 8.2 | ptpool |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=f"{TREE}/build")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    harness.BUILD = case.BUILD = os.path.abspath(options.build)
    rows, missed = [], []
    for label, point in POINTS:
        theirs, _ = run_point(Fpm, point)
        ours, ok = run_point(Ours, point)
        rows.append((label, theirs, ours))
        print(f"{label}: PHP-FPM {theirs}; ptpool {ours}", flush=True)
        if not ok:
            missed.append(label)
    lines, ok = storms(case.BUILD)
    print("\n".join(lines))
    if not ok:
        missed.append("the storms")
    text = f"{report.where()}\n\n{table(rows)}\n\n" + "\n".join(lines) + "\n"
    if options.write:
        with open(f"{TREE}/docs/bench/pool.txt", "w", encoding="utf-8") as f:
            f.write(text)
    if missed:
        sys.exit("bench-pool: missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
