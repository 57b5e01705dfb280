"""Memory of a worker, start of a pool, reload under load, first view."""

import gzip
import http.client
import re
import statistics
import subprocess
import time

import peers
from contender import failed_requests, worker_memory
from ours import Ours, seconds_to_first_200
from report import Budget, Result, at_most
from stack import Stack

LOGIN = "/cuenta/entrar/"
STARTS = 9
PEER_STARTS = 3
RELOADS = 3
LOAD_S = 3
WORKER = {"ours": "ptworker", "gunicorn": "python", "php": "php-fpm"}


class Pools:
    """Ours, gunicorn and PHP-FPM, uncached on PostgreSQL; none is started."""

    def __init__(self, stack):
        stack.start_postgres()
        self.ours = Ours(stack, "ours", stack.create_database("ours"))
        self.seeded = self.ours.fill()
        self.django, self.php = peers.Django(stack), peers.Php(stack)
        self.contenders = {
            "ours": self.ours.contender("ours", self.seeded),
            "gunicorn": self.django.add("gunicorn", "gunicorn"),
            "php": self.php.add("php", "PHP-FPM")}
        stack.start_nginx()

    def start(self, name):
        if name == "ours":
            self.ours.start()
            return self.ours.process
        peer = self.django if name == "gunicorn" else self.php
        return peer.start(name)

    def port(self, name):
        return int(self.contenders[name].origin.rsplit(":", 1)[1])


def beside(own, unit, values, digits=0):
    """"1.9 MB (gunicorn 41, PHP-FPM 4)"."""
    return f"{own:.1f}{unit} (gunicorn {values['gunicorn']:.{digits}f}, " \
           f"PHP-FPM {values['php']:.{digits}f})"


# --- memory ------------------------------------------------------------------

def memory(build, seconds=LOAD_S):
    idle, loaded = {}, {}
    with Stack(build) as stack:
        pools = Pools(stack)
        for name, contender in pools.contenders.items():
            process = pools.start(name)
            stack.wait(contender.answers, f"a page of {name}")
            idle[name] = worker_memory(process, WORKER[name])
            contender.log_in()
            contender.check_page()
            contender.measure(seconds)
            loaded[name] = worker_memory(process, WORKER[name])
            stack.stop_one(process)
    return Result(budgets=[
        at_most(("memory of a worker, idle (PSS)",
                 "memoria de un proceso, en reposo (PSS)"),
                idle["ours"], 3, " MB", beside(idle["ours"], " MB", idle, 1)),
        Budget(("the same after load", "la misma después de la carga"),
               beside(loaded["ours"], " MB", loaded, 1), "", True)])


# --- start -------------------------------------------------------------------

def start_ms(stack, pools, name, times):
    taken = []
    for _ in range(times):
        begun = []
        taken.append(1000 * seconds_to_first_200(
            pools.port(name), LOGIN,
            lambda: begun.append(pools.start(name))))
        stack.stop_one(begun[0])
    return statistics.median(taken)


def start(build, seconds=None):  # nothing is repeated for a time
    with Stack(build) as stack:
        pools = Pools(stack)
        took = {name: start_ms(stack, pools, name, times) for name, times in (
            ("ours", STARTS), ("gunicorn", PEER_STARTS),
            ("php", PEER_STARTS))}
        pools.ours.start()
        stack.wait(pools.contenders["ours"].answers, "a page")
        view = first_view_kb(pools.port("ours"))
    return Result(budgets=[
        at_most(("start of the pool to the first 200",
                 "arranque hasta la primera respuesta 200"), took["ours"],
                150, " ms", beside(took["ours"], " ms", took)),
        at_most(("first view of the home page, compressed",
                 "primera visita a la portada, comprimida"), view, 60,
                " kB")])


def encoded(port, path):
    """Body as sent to a browser that takes gzip, and as it reads it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    zipped = answer.headers.get("Content-Encoding") == "gzip"
    return len(body), gzip.decompress(body) if zipped else body


def first_view_kb(port):
    """The home page and every file that it names."""
    total, page = encoded(port, "/")
    for name in set(re.findall(rb'(?:href|src)="(/static/[^"#]+)', page)):
        total += encoded(port, name.decode())[0]
    return total / 1000


# --- reload ------------------------------------------------------------------

def reload(build, seconds=2 * (RELOADS + 1)):
    with Stack(build) as stack:
        pools = Pools(stack)
        ours = pools.contenders["ours"]
        pools.start("ours")
        stack.wait(ours.answers, "a page of ours")
        ours.log_in()
        load = subprocess.Popen(
            ["wrk", *ours.wrk_words(seconds), ours.origin + ours.path],
            stdout=subprocess.PIPE, text=True)
        for _ in range(RELOADS):
            time.sleep(seconds / (RELOADS + 1))
            pools.ours.ptctl("reload")
        out = load.communicate()[0]
    failed = failed_requests(out)
    total = int(re.search(r"(\d+) requests in", out).group(1))
    return Result(raw=[f"== reload\n{out}"], budgets=[Budget(
        (f"failed requests, {RELOADS} reloads under load",
         f"peticiones fallidas, {RELOADS} recargas bajo carga"),
        (f"{failed} of {total}", f"{failed} de {total}"), "0", failed == 0,
        "0", failed > 0)])
