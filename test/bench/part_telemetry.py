"""What telemetry costs a page.

What a page costs is the processor time, by the kernel's own account, of all that
serves it: workers, nginx, PostgreSQL; under a load that leaves the machine idle
for most of the time, as a site is. Two pools, one of them with telemetry, are
asked for the same page in the same seconds, so that whatever else the machine
does meets both; what the workers of one take more than those of the other is what
it costs. Both run at the same addresses (setarch -R). They are started anew for
each round, and asked for as long as it takes to send twice before it counts: a
file's first pages are new only once.

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
from concurrent.futures import ThreadPoolExecutor

import report
from contender import CONNECTIONS, ROWS, children, failed_requests, wrk
from ours import WORKERS, Ours
from part_demand import of_family
from report import Result, at_most
from stack import HERE, TREE, Stack, die

ROUNDS = 10
WARM_S = ROUND_S = 10  # for each page; twice telemetry.every
EACH = CONNECTIONS // 2
DELAY_MS = "5 to 15"  # between two requests of a connection, delay.lua
PAGES = (("list", ("client list from shared memory",
                   "lista de clientes, de la memoria compartida"),
          f"/clientes/?por={ROWS}"),
         ("page", ("page of a client from PostgreSQL",
                   "página de un cliente, de PostgreSQL"), "/clientes/2/"))
KEY = "00000000-0000-0000-0000-000000000000"
FILE = f"{TREE}/docs/bench/telemetry.txt"
NOTE = (f"Logged in, PostgreSQL and shared memory, two pools of {WORKERS} "
        f"workers, {EACH} connections to each at once that wait {DELAY_MS} ms "
        f"after an answer; {ROUNDS} rounds of freshly started programs, each "
        f"{ROUND_S} s; medians, in µs of a processor for a request.",) * 2
HEAD = ("", "workers, off", "on", "nginx and PostgreSQL", "more",
        "after an answer, alone", "sender")


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


class Round:
    """The same page from both pools at once. Microseconds for a request: of the
    workers without and with telemetry, of all else, of the sender."""

    def __init__(self, stack, pools, path, seconds):
        pids = [workers(pool) for pool, _ in pools]
        mine, others = [processor_ns(p) for p in pids], others_s(stack)
        senders = [senders_ns(pool) for pool, _ in pools]
        with ThreadPoolExecutor() as both:
            self.out = list(both.map(lambda pair: wrk(
                pair[1].wrk_words(seconds, EACH) +
                ["-s", f"{HERE}/delay.lua", pair[1].origin + path]), pools))
        mine = [processor_ns(p) - before for p, before in zip(pids, mine)]
        senders = [senders_ns(pool) - before
                   for (pool, _), before in zip(pools, senders)]
        others = 1e9 * (others_s(stack) - others)
        if any(failed_requests(out) for out in self.out):
            die("errors while measured:\n" + "\n".join(self.out))
        n = [1000 * int(re.search(r"(\d+) requests in", out).group(1))
             for out in self.out]
        self.off, self.on = (m / k for m, k in zip(mine, n))
        self.others = others / sum(n)
        self.sender = senders[1] / n[1] - senders[0] / n[0]
        self.more = 100 * (self.on - self.off) / (self.off + self.others)


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
                "\n".join(result.raw).rstrip() + "\n")


def one_round(stack, pools, seconds, took):
    """Of each page; before them nothing counts."""
    Round(stack, pools, PAGES[0][2], WARM_S)
    for key, _, path in PAGES:
        took[key].append(Round(stack, pools, path, seconds))


def alone_us(build, stack):
    """Microseconds after each answer: with cold caches, and with warm ones."""
    shutil.copy(f"{build}/bench-observe", stack.path("bin"))
    cold, warm = stack.run(["bin/bench-observe", "observed"]).split()
    return int(cold) / 1000, int(warm) / 1000


def run(build, seconds=None):
    result = Result()
    table = Result(head=HEAD, note=NOTE)  # for the file; README has the budget
    endpoint = Endpoint()
    took = {key: [] for key, *_ in PAGES}
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
            one_round(stack, pools, seconds or ROUND_S, took)
            result.raw.append(f"round {number + 1}: " + ", ".join(
                f"{key} off {rounds[-1].off:.2f} µs, on {rounds[-1].on:.2f} µs, "
                f"more {rounds[-1].more:+.2f} %"
                for key, rounds in took.items()))
            print(result.raw[-1], flush=True)
    if endpoint.posts == 0:
        die("nothing was sent: telemetry was not on")
    for key, (label, etiqueta), _ in PAGES:
        off, on, others, more, sender = (
            statistics.median(getattr(one, what) for one in took[key])
            for what in ("off", "on", "others", "more", "sender"))
        table.rows.append((label, f"{off:.1f}", f"{on:.1f}", f"{others:.1f}",
                            f"{more:+.2f} %", f"{cold:.2f}", f"{sender:.1f}"))
        result.budgets.append(at_most(
            (f"{label}: more with telemetry", f"{etiqueta}: más con telemetría"),
            more, 1, " %", f"{more:+.2f} %", 1))
    result.raw += [out for rounds in took.values() for one in rounds
                   for out in one.out]
    if seconds is None:
        table.budgets, table.raw = result.budgets, result.raw
        write(table)
    return result
