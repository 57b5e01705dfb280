"""What a page asks of each part: processor time, and how long it has a worker.

Processor time is what the kernel counts for the processes of a part while one
page is loaded, divided by how often it was answered; a page is asked for as a
browser does, compressed. How long a worker is held is what ptpool counts, with
one visitor at a time. At the end throughput is measured with other numbers of
workers, for scripts/capacity to compare with what it would have foretold.
"""

import contextlib
import http.client
import json
import os
import re
import resource
import statistics
import sys
import time
import urllib.parse
from dataclasses import dataclass

import capacity
import report
from browser import Browser
from contender import children, failed_requests, wrk
from model import MEASURED, Model
from ours import WORKERS, Ours, demo_login
from stack import HERE, TREE, Stack, die

sys.path.insert(0, f"{TREE}/test/http")
from ptsite import FormFinder  # noqa: E402

CLIENTS = 20_000
ROUNDS = 3
ROUND_S = 3
CONNECTIONS = 16
LOGIN = "/cuenta/entrar/"
LIST = "/clientes/?por=100"
GZIP = {"Accept-Encoding": "gzip"}
PARTS = ("worker", "nginx", "database", "cache")


@dataclass
class Page:
    """how: "get" by wrk, "save" or "login" by this program."""
    key: str
    cache: str
    path: str
    how: str = "get"


PAGES = (Page("list_cold", "none", LIST), Page("list_kept", "redis", LIST),
         Page("detail", "redis", "/clientes/{id}/"),
         Page("form", "redis", "/clientes/{id}/editar/"),
         Page("save", "redis", "/clientes/{id}/editar/", "save"),
         Page("login", "redis", LOGIN, "login"))
# page, workers, connections, mean time to think in ms
CHECKS = (("list_cold", 1, 16, 0), ("list_cold", 2, 16, 0),
          ("list_cold", 3, 16, 0), ("list_cold", 4, 16, 0),
          ("list_cold", 4, 100, 50), ("list_cold", 4, 200, 50),
          ("list_kept", 1, 16, 0), ("list_kept", 2, 16, 0),
          ("list_kept", 4, 16, 0), ("detail", 1, 16, 0),
          ("detail", 4, 16, 0), ("detail", 4, 200, 50))


# --- what the kernel counts --------------------------------------------------

def family(pid):
    found = [pid]
    for child in children(pid):
        found += family(child)
    return found


def of_process(pid):
    """Seconds on a processor; of a master also what its dead ones took."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat",
                  encoding="ascii") as f:
            total += int(f.read().split()[0]) / 1e9
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return total + (int(fields[13]) + int(fields[14])) / \
        os.sysconf("SC_CLK_TCK")


def of_family(pid):
    """One that ends meanwhile is in its master's account from then on."""
    total = 0
    for process in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += of_process(process)
    return total


def of_children():
    """Of wrk, once it has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def of_machine():
    """Seconds that its processors were at work, all together."""
    with open("/proc/stat", encoding="ascii") as f:
        n = [int(x) for x in f.readline().split()[1:9]]
    return (sum(n) - n[3] - n[4]) / os.sysconf("SC_CLK_TCK")


# --- the site ----------------------------------------------------------------

class Site:
    """Two pools, with and without a cache, on one database."""

    def __init__(self, stack):
        self.stack = stack
        stack.start_postgres()
        url = stack.create_database("demand")
        redis = f"redis://127.0.0.1:{stack.start_redis()}"
        self.pools = {"none": Ours(stack, "plain", url),
                      "redis": Ours(stack, "kept", url, redis)}
        seeded = self.pools["none"].fill("--clients", str(CLIENTS))
        stack.psql("demand", "vacuum analyze")
        self.login = demo_login(seeded)
        self.client = stack.psql(
            "demand", "select id from client where archived_at is null"
            " order by id limit 1").strip()
        self.contenders = {
            name: pool.contender(name, seeded, LIST)
            for name, pool in self.pools.items()}
        stack.start_nginx()

    def database_bytes(self):
        self.stack.psql("demand", "vacuum")
        return int(self.stack.psql(
            "demand", "select pg_database_size('demand')"))

    def start(self, debug):
        for name, pool in self.pools.items():
            pool.environment["DEBUG"] = "1" if debug else "0"
            pool.start()
        for contender in self.contenders.values():
            self.stack.wait(contender.answers, "a page")
            contender.log_in()

    def stop(self):
        for pool in self.pools.values():
            pool.stop()

    def started(self, name):
        return next(p.pid for n, p in self.stack.processes if n == name)

    def scale(self, name, workers):
        self.pools[name].ptctl("scale", "web", str(workers))

        def done():
            w = self.web(name)["workers"]
            return w["ready"] == workers and w["starting"] == 0 and \
                w["stopping"] == 0
        self.stack.wait(done, f"{workers} workers")

    def web(self, name):
        status = json.loads(self.pools[name].ptctl("status", "--json"))
        return next(p for p in status["pools"] if p["name"] == "web")

    def seconds(self, name):
        """On a processor, by part; ptjobs is none of a page's."""
        pool = self.pools[name].process.pid
        jobs = [p for p in family(pool) if "ptjobs" in
                os.readlink(f"/proc/{p}/exe")]
        return {"worker": of_family(pool) - sum(of_process(p) for p in jobs),
                "nginx": of_family(self.started("nginx")),
                "database": of_family(self.started("postgres")),
                "cache": of_family(self.started("redis"))}

    def phases(self, name):
        """Seconds by phase, of all routes, since the start."""
        total = {}
        for route in self.web(name)["latency"].values():
            for phase, times in route.items():
                total[phase] = total.get(phase, 0) + times["sum_us"] / 1e6
        return total

    def path(self, page):
        return page.path.format(id=self.client)


# --- loads -------------------------------------------------------------------

class Asked:
    """A browser on one kept connection."""

    def __init__(self, contender):
        self.origin = contender.origin
        host = contender.origin.split("/")[2]
        self.connection = http.client.HTTPConnection(host, timeout=30)
        self.cookie = contender.browser.cookie_header()

    def ask(self, method, path, fields=None):
        """Status, headers, and the body as it came."""
        headers = {**GZIP, "Cookie": self.cookie, "Origin": self.origin,
                   "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(
            method, path, urllib.parse.urlencode(fields) if fields else None,
            headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


def form_of(contender, path):
    _, _, page = contender.browser.request(path)
    finder = FormFinder()
    finder.feed(page)
    return next(f["fields"] for f in finder.forms if f["action"] == path)


def save(site, contender, path, until):
    """Each changes the notes; the version is the one that it then has."""
    asked = Asked(contender)
    fields = form_of(contender, path)
    count = 0
    while count == 0 or time.monotonic() < until:
        fields["notes"] = f"measured at {time.monotonic()}"
        status, _, body = asked.ask("POST", path, fields)
        if status != 303:
            die(f"a save answers {status}:\n{body[:500]}")
        fields["version"] = str(int(fields["version"]) + 1)
        count += 1
    return count


def log_in(site, contender, path, until):
    """With the form before it, as a new visitor."""
    count = 0
    while count == 0 or time.monotonic() < until:
        Browser(contender.origin).log_in(path, site.login)
        count += 1
    return count


def wrk_run(contender, path, connections, seconds, think_ms=0):
    words = contender.wrk_words(seconds, connections)
    for name, value in GZIP.items():
        words += ["-H", f"{name}: {value}"]
    url = [contender.origin + path]
    if think_ms:
        url = ["-s", f"{HERE}/think.lua", *url, "--", str(think_ms)]
    out = wrk(words + url)
    if failed_requests(out):
        die(f"errors while {path} was measured:\n{out}")
    return int(re.search(r"(\d+) requests in", out).group(1)), out


def load(site, page, seconds, connections=CONNECTIONS):
    """How many were answered."""
    contender = site.contenders[page.cache]
    path = site.path(page)
    if page.how == "get":
        return wrk_run(contender, path, connections, seconds)[0]
    many = save if page.how == "save" else log_in
    return many(site, contender, path, time.monotonic() + seconds)


# --- figures -----------------------------------------------------------------

def demand(site, page, seconds):
    """Processor time of each part, in ms a page: medians of rounds."""
    load(site, page, 1)
    rounds = []
    for _ in range(ROUNDS):
        before = site.seconds(page.cache)
        count = load(site, page, seconds)
        after = site.seconds(page.cache)
        rounds.append({p: 1000 * (after[p] - before[p]) / count
                       for p in PARTS})
    return {p + "_ms": round(statistics.median(r[p] for r in rounds), 4)
            for p in PARTS}


def held(site, page, seconds):
    """How long it holds a worker, with one visitor at a time, and of that
    what the database takes; in ms a page."""
    before = site.phases(page.cache)
    count = load(site, page, seconds, 1)
    time.sleep(0.5)  # the last ones are counted
    after = site.phases(page.cache)
    took = {p: 1000 * (t - before.get(p, 0)) / count
            for p, t in after.items() if p not in ("queue", "total")}
    return {"held_ms": round(sum(took.values()), 4),
            "held_database_ms": round(took.get("database", 0), 4)}


def statements(site, page):
    """Of the second time: the first one prepares them too."""
    asked = Asked(site.contenders[page.cache])
    path, count = site.path(page), 0
    if page.how == "login":
        # its form, then itself, as a stranger
        browser = Browser(asked.origin)
        for fields in (None, site.login):
            if fields:
                _, headers, text = browser.request(path)
                finder = FormFinder()
                finder.feed(text)
                fields = {**finder.forms[-1]["fields"], **fields}
            _, headers, _ = browser.request(path, fields)
            count += int(headers["X-Statements"])
        return count
    fields = None
    if page.how == "save":
        fields = form_of(site.contenders[page.cache], path)
        fields["notes"] = "counted"
    for _ in range(1 if fields else 2):
        _, headers, _ = asked.ask("POST" if fields else "GET", path, fields)
    return int(headers["X-Statements"])


def sent(site, page):
    """Bytes of the body, compressed."""
    if page.how != "get":
        return 0
    _, headers, body = Asked(site.contenders[page.cache]).ask(
        "GET", site.path(page))
    if headers["Content-Encoding"] != "gzip":
        die(f"{page.key} comes uncompressed")
    return len(body)


def throughput(site, page, workers, connections, think_ms, seconds):
    """What a number of workers does. used: processors that are at work for it;
    others: for something else than this."""
    site.scale(page.cache, workers)
    contender, path = site.contenders[page.cache], site.path(page)
    wrk_run(contender, path, connections, 1, think_ms)
    before, machine = site.seconds(page.cache), of_machine()
    begun, generator = time.monotonic(), of_children()
    count, out = wrk_run(contender, path, connections, seconds, think_ms)
    # measured before what looks at it takes time itself
    generator = of_children() - generator
    took, machine = time.monotonic() - begun, of_machine() - machine
    after = site.seconds(page.cache)
    ours = generator + sum(after[p] - before[p] for p in PARTS)
    mean = re.search(r"Latency\s+([\d.]+)(us|ms|s)", out)
    unit = {"us": 0.001, "ms": 1, "s": 1000}[mean.group(2)]
    return {"page": page.key, "workers": workers, "users": connections,
            "think_ms": think_ms, "rate": round(count / took, 1),
            "response_ms": round(float(mean.group(1)) * unit, 3),
            "generator_ms": round(1000 * generator / count, 4),
            "used": round(ours / took, 3),
            "others": round(max(0, machine - ours) / took, 3)}


def log_line_bytes(site):
    path = site.stack.path("access.log")
    with open(path, "rb") as f:
        return round(os.path.getsize(path) / sum(1 for _ in f))


def growth(site, page, saves=500):
    """Bytes of the database for each save: the change and its audit."""
    path, begun = site.path(page), site.database_bytes()
    count = 0
    while count < saves:
        count += load(site, page, 1)
    return round((site.database_bytes() - begun) / count)


def figures(site, seconds):
    site.start(debug=True)
    counted = {p.key: statements(site, p) for p in PAGES}
    site.stop()
    site.start(debug=False)
    empty = site.database_bytes()
    pages = {}
    for page in PAGES:
        pages[page.key] = {**demand(site, page, seconds),
                           **held(site, page, seconds),
                           "statements": counted[page.key],
                           "bytes": sent(site, page)}
        print(f"demand: {page.key}: {pages[page.key]}", flush=True)
    by_key = {p.key: p for p in PAGES}
    checks = []
    for key, *more in CHECKS:
        checks.append(throughput(site, by_key[key], *more, seconds))
        print(f"demand: {checks[-1]}", flush=True)
    return {"pages": pages, "throughput": checks,
            "log_line_bytes": log_line_bytes(site),
            "database_bytes_per_client": round(empty / CLIENTS),
            "database_bytes_per_save": growth(site, by_key["save"])}


def run(build, seconds=ROUND_S):
    """Writes the file and the documents, if not only to try things out."""
    with Stack(build) as stack:
        found = figures(Site(stack), seconds)
    found = {"where": report.where(), "processors": os.cpu_count(),
             "workers": WORKERS, "connections": CONNECTIONS,
             "clients": CLIENTS, **found}
    if seconds >= ROUND_S:
        with open(MEASURED, "w", encoding="utf-8") as f:
            json.dump(found, f, indent=1, ensure_ascii=False)
            f.write("\n")
        capacity.write(Model(found))
    return report.Result()
