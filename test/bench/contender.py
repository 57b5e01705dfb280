"""One of those that are measured: its page, its login, its rounds."""

import contextlib
import glob
import math
import os
import re
import statistics
import subprocess

from browser import Browser
from stack import HERE, die

CONNECTIONS = 16
ROWS = 100  # of the page
PATH = f"/clientes/?por={ROWS}"
MICROSECONDS = 1000  # of one ms


def to_ms(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(words):
    done = subprocess.run(["wrk"] + words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        die(f"wrk {' '.join(words)} failed:\n{done.stdout}")
    return done.stdout


def failed_requests(out):
    """Answers that were none, and connections that broke, in wrk's words."""
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), "
                       r"write (\d+), timeout (\d+)", out)
    return (int(bad.group(1)) if bad else 0) + \
        (sum(int(n) for n in broken.groups()) if broken else 0)


class Contender:
    """login: path of the form and its fields; None where there is none."""

    def __init__(self, key, name, port, path, login=None):
        self.key = key
        self.name = name
        self.path = path
        self.login = login
        self.origin = f"http://127.0.0.1:{port}"
        self.browser = Browser(self.origin)
        self.rounds = []
        self.page = ""

    @property
    def bytes(self):
        return len(self.page.encode())

    def answers(self, path=None):
        try:
            return self.browser.request(
                path or (self.login[0] if self.login else self.path))[0] == 200
        except OSError:
            return False

    def log_in(self):
        if self.login:
            self.browser.log_in(*self.login)

    def check_page(self):
        """It shows what all are measured with."""
        status, _, self.page = self.browser.request(self.path)
        rows = len(re.findall(r"<tr\b", self.page.split("<tbody", 1)[-1]))
        if status != 200 or rows != ROWS:
            die(f"{self.name}: {self.path} answers {status} with {rows} rows,"
                f" not 200 with {ROWS}")

    def wrk_words(self, seconds, connections=CONNECTIONS):
        words = ["-t", str(min(2, connections)), "-c", str(connections),
                 "-d", f"{seconds}s", "--timeout", "30s"]
        if self.browser.cookies:
            words += ["-H", "Cookie: " + self.browser.cookie_header()]
        return words

    def measure(self, seconds):
        out = wrk(self.wrk_words(seconds) +
                  ["--latency", self.origin + self.path])
        if failed_requests(out):
            die(f"{self.name}: errors while measured:\n{out}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
        delays = {p: to_ms(v) for p, v in
                  re.findall(r"\s(50|99)%\s+([\d.]+\w+)", out)}
        return {"rate": rate, "p50": delays["50"], "p99": delays["99"]}, out

    def measure_paths(self, paths_file, seconds):
        """
        p95 in ms of one connection that asks for these in turns; infinite
        when not one was answered in that time.
        """
        out = wrk(self.wrk_words(seconds, 1) + [
            "-s", f"{HERE}/paths.lua", self.origin, "--", paths_file])
        p95, count = re.search(r"p95 (\d+) us of (\d+)", out).groups()
        if failed_requests(out):
            die(f"{self.name}: errors while measured:\n{out}")
        return int(p95) / MICROSECONDS if int(count) > 0 else math.inf, out

    def median(self, key):
        return statistics.median(r[key] for r in self.rounds)


# --- processes ---------------------------------------------------------------

def children(pid):
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(FileNotFoundError), \
                open(path, encoding="ascii") as f:  # it may just have ended
            found += [int(p) for p in f.read().split()]
    return found


def pss_mb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Pss:\s+(\d+) kB", f.read(),
                             re.M).group(1)) / 1024


def worker_memory(master, program):
    """Median PSS of the processes below master that run program, in MB."""
    return statistics.median(
        pss_mb(p) for p in children(master.pid)
        if os.path.basename(os.readlink(f"/proc/{p}/exe")
                            ).startswith(program))
