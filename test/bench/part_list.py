"""The client list of all contenders, measured in turns."""

import peers
from contender import CONNECTIONS, ROWS
from ours import WORKERS, Ours
from report import Result, at_least
from stack import Stack, die

ROUNDS = 5
ROUND_S = 4
WARM_S = 2
TOLERANCE = 0.03  # by how much the sizes of the pages may differ
SHARED_MEMORY = "shm:64MiB"
UNCACHED, CACHED = ("uncached", "sin caché"), ("cached", "con caché")

NOTE = tuple(text.format(rows=ROWS, workers=WORKERS, rounds=ROUNDS,
                         connections=CONNECTIONS) for text in (
    "The client list: {rows} rows, logged in, whole layout; {workers} workers "
    "each behind one nginx, {connections} connections, medians of {rounds} "
    "rounds in turns. Only ratios count.",
    "La lista de clientes: {rows} filas, con sesión, página completa; "
    "{workers} procesos cada uno detrás de un mismo nginx, {connections} "
    "conexiones, medianas de {rounds} rondas por turnos. Solo cuentan las "
    "proporciones."))
HEAD = ("", ("requests/s", "peticiones/s"), "p50 ms", "p99 ms",
        ("page, bytes", "página, bytes"), "×")


def named(name, how):
    return tuple(f"{name}, {text}" for text in
                 ([how, how] if isinstance(how, str) else how))


class Contenders:
    """All of them, started, logged in and showing the same page."""

    def __init__(self, stack, only):
        self.stack = stack
        self.only = only
        self.all = []
        stack.start_postgres()
        self.ours = self.add_ours()
        self.django = peers.Django(stack)
        self.php = peers.Php(stack)
        for peer, key, name in (
                (self.django, "gunicorn", "Django 3.2, gunicorn"),
                (self.php, "php", "PHP-FPM 8.2")):
            self.add(peer.add(key, named(name, UNCACHED)))
            self.add(peer.add(key + "_cached", named(name, CACHED)))
        self.add(peers.add_bare(stack, "bare_pg", (
            "libfcgi + libpq, no application",
            "libfcgi + libpq, sin aplicación")))
        self.add(peers.add_bare(stack, "bare", (
            "libfcgi, the same bytes", "libfcgi, los mismos bytes")))
        self.add(peers.add_file(stack, "file", (
            "nginx, a file", "nginx, un archivo")))
        stack.start_nginx()
        self.start()

    def add(self, contender):
        self.all.append(contender)

    def add_ours(self):
        """The first is filled; the others share its database."""
        stack, pools = self.stack, []
        database = stack.create_database("ours")
        redis = f"redis://127.0.0.1:{stack.start_redis()}"
        for name, label, url, cache in (
                ("ours", named("PostgreSQL", UNCACHED), database, "none"),
                ("ours_sqlite", named("SQLite", UNCACHED), None, "none"),
                ("ours_redis", "PostgreSQL, Redis", database, redis),
                ("ours_shm", ("PostgreSQL, shared memory",
                              "PostgreSQL, memoria compartida"), database,
                 SHARED_MEMORY)):
            pool = Ours(stack, name, url, cache)
            if name in ("ours", "ours_sqlite"):
                seeded = pool.fill()
            self.add(pool.contender(named_ours(label), seeded))
            pools.append(pool)
        stack.psql("ours", "vacuum analyze")
        return pools

    def start(self):
        """The bare ones send the page that the first one has shown."""
        for pool in self.ours:
            pool.start()
        for name in ("gunicorn", "php"):
            peer = self.django if name == "gunicorn" else self.php
            peer.start(name)
            peer.start(name + "_cached", "page")
        first = self.all[0]
        self.make_ready(first)
        page = peers.write_file(self.stack, first.page)
        peers.start_bare(self.stack, "bare", page)
        peers.start_bare(self.stack, "bare_pg", page, self.stack.url("ours"))
        self.all = [c for c in self.all
                    if c is first or not self.only or c.key in self.only]
        for contender in self.all[1:]:
            self.make_ready(contender)
            if abs(contender.bytes / first.bytes - 1) > TOLERANCE:
                die(f"{contender.key}: a page of {contender.bytes} bytes, "
                    f"ours has {first.bytes}: they are not the same page")

    def make_ready(self, contender):
        self.stack.wait(contender.answers, f"a page of {contender.key}")
        contender.log_in()
        contender.check_page()


def named_ours(label):
    return tuple("Personal Technology, " + text for text in
                 ([label, label] if isinstance(label, str) else label))


def measure(contenders, seconds, raw):
    for c in contenders:
        c.measure(min(WARM_S, seconds))
    for number in range(ROUNDS):
        for c in contenders:
            result, out = c.measure(seconds)
            c.rounds.append(result)
            raw.append(f"== round {number + 1}: {c.key}\n{out}")
            print(f"round {number + 1}: {c.key}: "
                  f"{result['rate']:.0f} requests/s", flush=True)


# What each is compared with: target, and floor where there is one.
BUDGETS = (
    ("ours", "gunicorn", 10, 8, (
        "uncached, against gunicorn", "sin caché, frente a gunicorn")),
    ("ours", "php", 2, 1, (
        "uncached, against PHP-FPM", "sin caché, frente a PHP-FPM")),
    ("ours_shm", "gunicorn_cached", 15, 12, (
        "shared memory, against gunicorn cached",
        "memoria compartida, frente a gunicorn con caché")),
    ("ours_shm", "bare", 0.8, None, (
        "shared memory, against the same bytes",
        "memoria compartida, frente a los mismos bytes")),
    ("ours_redis", "gunicorn_cached", 10, None, (
        "Redis, against gunicorn cached",
        "Redis, frente a gunicorn con caché")),
    ("ours_redis", "bare", 0.55, None, (
        "Redis, against the same bytes",
        "Redis, frente a los mismos bytes")),
)


def run(build, seconds=ROUND_S, only=()):
    result = Result(head=HEAD, note=NOTE)
    with Stack(build) as stack:
        contenders = Contenders(stack, only).all
        measure(contenders, seconds, result.raw)
    rate = {c.key: c.median("rate") for c in contenders}
    unit = rate.get("gunicorn")
    for c in contenders:
        result.rows.append((
            c.name, f"{c.median('rate'):.0f}", f"{c.median('p50'):.1f}",
            f"{c.median('p99'):.1f}", str(c.bytes),
            f"{rate[c.key] / unit:.1f}" if unit else ""))
    result.budgets = [
        at_least(what, rate[a] / rate[b], target, floor)
        for a, b, target, floor, what in BUDGETS if a in rate and b in rate]
    return result
