"""What telemetry costs a page.

What a worker does for it after an answer is timed alone (observe.c), with
nothing of it in the processor's caches, as after a page; beside it stands the
processor time of the workers for two pages, by the kernel's own account, under a
load that leaves the machine idle for most of the time, as a site is. That is
what the one percent is of.

The same pages with telemetry, in turns with those without, show that nothing
else is in the way. These figures differ by some percent from run to run: where
a program's memory comes to lie, and what the neighbours do, weighs more than
what is looked for. So both run at the same addresses (setarch -R), are started
anew for each round, and only the calmer half of the turns counts.
"""

import http.server
import os
import re
import shutil
import statistics
import threading

import report
from contender import CONNECTIONS, ROWS, children, failed_requests, wrk
from ours import WORKERS, Ours
from report import Result, at_most
from stack import HERE, TREE, Stack, die

ROUNDS = 5
TURNS = 3  # of both, in a round
TURN_S = 1
DELAY_MS = 10  # between two requests of a connection, delay.lua
PAGES = (("list", "client list from shared memory", f"/clientes/?por={ROWS}"),
         ("page", "page of a client from PostgreSQL", "/clientes/2/"))
KEY = "00000000-0000-0000-0000-000000000000"
FILE = f"{TREE}/docs/bench/telemetry.txt"
NOTE = (f"Logged in, PostgreSQL and shared memory, {WORKERS} workers, "
        f"{CONNECTIONS} connections that wait {DELAY_MS} ms each after an answer; "
        f"{ROUNDS} rounds of freshly started programs, each {TURNS} × {TURN_S} s "
        "of both in turns; medians of the calmer half of the turns.",) * 2
HEAD = ("", "off, processor µs/request", "on, in turns with it",
        "telemetry alone, µs", "of the page")


class Endpoint:
    """Takes whatever comes."""

    def __init__(self):
        owner = self
        self.posts = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                owner.posts += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.string = (f"InstrumentationKey={KEY};IngestionEndpoint="
                       f"http://127.0.0.1:{self.server.server_port}/")


def is_worker(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").endswith("/ptworker")
    except OSError:  # it has just ended
        return False


def workers(pool):
    return [p for p in children(pool.process.pid) if is_worker(p)]


def processor_ns(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def measure(pool, contender, path, seconds):
    """(processor microseconds for a request, what wrk says)"""
    pids = workers(pool)
    before = processor_ns(pids)
    out = wrk(contender.wrk_words(seconds) +
              ["-s", f"{HERE}/delay.lua", contender.origin + path])
    used = processor_ns(pids) - before
    if failed_requests(out):
        die(f"{pool.name}: errors while measured:\n{out}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return used / 1000 / requests, out


def start(stack, endpoint):
    """(pool, contender) without and with telemetry, of one database."""
    database, pools, seeded = stack.create_database("ours"), [], None
    for name in ("off", "on"):
        pool = Ours(stack, name, database, "shm:64MiB")
        if seeded is None:
            seeded = pool.fill()
        # as long for both, so that all else lies at the same addresses
        pool.environment["APPLICATIONINSIGHTS_CONNECTION_STRING" if name == "on"
                         else "APPLICATIONINSIGHTS_CONNECTION_STRIN_"] = \
            endpoint.string
        with open(stack.path(pool.conf), encoding="utf-8") as f:
            text = f.read()
        stack.write(pool.conf, text.replace("  every: 5s", "  every: 500ms"))
        pools.append((pool, pool.contender(name, seeded)))
    stack.psql("ours", "vacuum analyze")
    stack.start_nginx()
    for pool, contender in pools:
        pool.process = stack.start(
            pool.name, ["setarch", "-R", "bin/ptpool", "-c", pool.conf],
            env=pool.environment)
        stack.wait(contender.answers, f"a page of {pool.name}")
        contender.log_in()
        contender.check_page()
    return pools


def write(result):
    os.makedirs(os.path.dirname(FILE), exist_ok=True)
    with open(FILE, "w", encoding="utf-8") as f:
        f.write(report.text_of([result], report.ENGLISH) + "\n\n" +
                "\n".join(result.raw) + "\n")


def one_round(pools, seconds, took, raw):
    """The first turn only warms up."""
    for turn in range(TURNS + 1):
        for key, _, path in PAGES:
            for pool, contender in pools[::1 if turn % 2 else -1]:
                us, out = measure(pool, contender, path, seconds)
                if turn > 0:
                    took[key, pool.name].append(us)
                raw.append(f"== {key}, telemetry {pool.name}\n{out}")


def calm(off, on):
    """
    Medians of both, and percent more: of those turns in which least else went
    on. What disturbs a turn makes both slower, but not alike.
    """
    pairs = sorted(zip(off, on), key=sum)
    pairs = pairs[:(len(pairs) + 1) // 2]
    return (statistics.median(p[0] for p in pairs),
            statistics.median(p[1] for p in pairs),
            100 * (statistics.median(b / a for a, b in pairs) - 1))


def alone_us(build, stack):
    """Microseconds after each answer: with cold caches, and with warm ones."""
    shutil.copy(f"{build}/bench-observe", stack.path("bin"))
    cold, warm = stack.run(["bin/bench-observe", "observed"]).split()
    return int(cold) / 1000, int(warm) / 1000


def run(build, seconds=None):
    result = Result(head=HEAD, note=NOTE)
    endpoint = Endpoint()
    took = {(key, name): [] for key, *_ in PAGES for name in ("off", "on")}
    raw = []
    with Stack(build) as stack:
        stack.start_postgres()
        cold, warm = alone_us(build, stack)
        result.raw.append(f"alone: {cold:.3f} µs, in warm caches {warm:.3f} µs")
        pools = start(stack, endpoint)
        for number in range(ROUNDS):
            for pool, _ in pools:
                pool.ptctl("reload")
            stack.wait(lambda: all(len(workers(pool)) == WORKERS
                                   for pool, _ in pools),
                       "the end of the workers before")
            one_round(pools, seconds or TURN_S, took, raw)
            result.raw.append(f"round {number + 1}: " + ", ".join(
                f"{key} {name} {statistics.mean(all_of[-TURNS:]):.2f} µs"
                for (key, name), all_of in took.items()))
            print(result.raw[-1], flush=True)
    if endpoint.posts == 0:
        die("nothing was sent: telemetry was not on")
    for key, label, _ in PAGES:
        off, on, more = calm(took[key, "off"], took[key, "on"])
        share = 100 * cold / off
        result.rows.append((label, f"{off:.1f}", f"{on:.1f} ({more:+.1f} %)",
                            f"{cold:.2f}", f"{share:.2f} %"))
        result.budgets.append(at_most(
            (f"{label}: telemetry's part", f"{label}: parte de la telemetría"),
            share, 1, " %", f"{share:.2f} %", 1))
    if seconds is None:
        write(result)
    return result
