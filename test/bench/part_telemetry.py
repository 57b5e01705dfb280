"""What telemetry costs a page.

What a page costs is the processor time, by the kernel's own account, of all that
serves it: workers, nginx, PostgreSQL; under a load that leaves the machine idle
for most of the time, as a site is. The same page is asked for without and with
telemetry, in many short turns of both: a turn differs from the next by more than
what is looked for, the median of the ratios of neighbours does not. Both pools
run at the same addresses (setarch -R) and are started anew for each round.

Beside it stands what a worker does for it after an answer, timed alone
(observe.c) with nothing of it in the processor's caches, and what the sender
takes, later and at nice 10.
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
from part_demand import of_family
from report import Result, at_most
from stack import HERE, TREE, Stack, die

ROUNDS = 4
TURNS = 8  # of both, in a round
TURN_S = 1
DELAY_MS = 10  # between two requests of a connection, delay.lua
PAGES = (("list", "client list from shared memory", f"/clientes/?por={ROWS}"),
         ("page", "page of a client from PostgreSQL", "/clientes/2/"))
KEY = "00000000-0000-0000-0000-000000000000"
FILE = f"{TREE}/docs/bench/telemetry.txt"
NOTE = (f"Logged in, PostgreSQL and shared memory, {WORKERS} workers, "
        f"{CONNECTIONS} connections that wait {DELAY_MS} ms each after an answer; "
        f"{ROUNDS} rounds of freshly started programs, each {TURNS} × {TURN_S} s "
        "of both in turns; medians.",) * 2
HEAD = ("", "off, processor µs/request", "on", "more, median of pairs",
        "of that the workers, off", "on", "alone, µs", "sender, µs/request")


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


def others_s(stack):
    """Seconds that all took that serves pages beside the workers."""
    return sum(of_family(process.pid) for name, process in stack.processes
               if name in ("postgres", "nginx"))


def senders_ns(pool):
    return sum(1e9 * of_family(p) for p in children(pool.process.pid)
               if not is_worker(p))


class Turn:
    """Microseconds for a request: of all, of the workers, of the sender."""

    def __init__(self, stack, pool, contender, path, seconds):
        pids, sender = workers(pool), senders_ns(pool)
        mine, all_of = processor_ns(pids), others_s(stack)
        self.out = wrk(contender.wrk_words(seconds) +
                       ["-s", f"{HERE}/delay.lua", contender.origin + path])
        mine = processor_ns(pids) - mine
        all_of = 1e9 * (others_s(stack) - all_of) + mine
        if failed_requests(self.out):
            die(f"{pool.name}: errors while measured:\n{self.out}")
        n = 1000 * int(re.search(r"(\d+) requests in", self.out).group(1))
        self.all, self.workers = all_of / n, mine / n
        self.sender = (senders_ns(pool) - sender) / n


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


def one_round(stack, pools, seconds, took, raw):
    """The first turn only warms up."""
    for number in range(TURNS + 1):
        for key, _, path in PAGES:
            for pool, contender in pools[::1 if number % 2 else -1]:
                turn = Turn(stack, pool, contender, path, seconds)
                if number > 0:
                    took[key, pool.name].append(turn)
                raw.append(f"== {key}, telemetry {pool.name}\n{turn.out}")


def median(turns, what):
    return statistics.median(getattr(t, what) for t in turns)


def row(label, off, on, alone):
    """(percent that a page costs more, its line)"""
    more = 100 * (statistics.median(b.all / a.all for a, b in zip(off, on)) - 1)
    return more, (label, f"{median(off, 'all'):.1f}", f"{median(on, 'all'):.1f}",
                  f"{more:+.2f} %", f"{median(off, 'workers'):.1f}",
                  f"{median(on, 'workers'):.1f}", f"{alone:.2f}",
                  f"{median(on, 'sender') - median(off, 'sender'):.1f}")


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
            one_round(stack, pools, seconds or TURN_S, took, raw)
            result.raw.append(f"round {number + 1}: " + ", ".join(
                f"{key} {name} {median(turns[-TURNS:], 'all'):.1f} µs"
                for (key, name), turns in took.items()))
            print(result.raw[-1], flush=True)
    if endpoint.posts == 0:
        die("nothing was sent: telemetry was not on")
    for key, label, _ in PAGES:
        more, line = row(label, took[key, "off"], took[key, "on"], cold)
        result.rows.append(line)
        result.budgets.append(at_most(
            (f"{label}: more with telemetry", f"{label}: más con telemetría"),
            more, 1, " %", f"{more:+.2f} %", 1))
    if seconds is None:
        write(result)
    return result
