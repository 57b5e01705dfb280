"""The client list at a thousand and at a million rows."""

import random
import statistics
from concurrent.futures import ThreadPoolExecutor

from ours import Ours
from report import Result, at_most
from stack import Stack

SIZES = (1_000, 1_000_000)
DEMO = 300  # those after them are numbered, see fcgi/ctl/seed_many.c
ROUNDS = 9
ROUND_S = 2
PATHS = 200  # of each kind, asked for in turns
WORDS = ("gomez", "ximena", "tatiana ospina", "hernan", "zapata")
KINDS = (("pg", "PostgreSQL"), ("sqlite", "SQLite"))
PAGES = (("first", ("first page", "primera página")),
         ("deep", ("a deep page", "una página profunda")))
SEARCH_MS = 20


def paths_of(page, size):
    """Ids are shuffled against the order of the list."""
    some = random.Random(1)
    for i in range(PATHS):
        if page == "first":
            yield "/clientes/"
        elif page == "deep":
            yield f"/clientes/?despues={some.randrange(1, size)}"
        elif i % 2 == 0:
            yield f"/clientes/?q=300{some.randrange(DEMO, size):07d}"
        else:
            yield "/clientes/?q=" + some.choice(WORDS).replace(" ", "+")


class Filled:
    """A pool whose list has size rows."""

    def __init__(self, stack, kind, size):
        self.kind = kind
        self.size = size
        name = f"rows_{kind}_{size}"
        url = stack.create_database(name) if kind == "pg" else None
        self.pool = Ours(stack, name, url)
        seeded = self.pool.fill("--clients", str(size))
        self.contender = self.pool.contender(name, seeded)
        if kind == "pg":
            stack.psql(name, "vacuum analyze")  # as autovacuum does in time
        self.paths = {}
        for page in ("first", "deep", "search"):
            self.paths[page] = stack.path(f"{name}.{page}")
            stack.write(f"{name}.{page}",
                        "\n".join(paths_of(page, size)) + "\n")
        self.p95 = {page: [] for page in self.paths}

    def start(self, stack):
        self.pool.start()
        stack.wait(self.contender.answers, f"a page of {self.pool.name}")
        self.contender.log_in()

    def measure(self, page, seconds, counts):
        """The first round only warms up: plans are made, caches filled."""
        p95, out = self.contender.measure_paths(self.paths[page], seconds)
        if counts:
            self.p95[page].append(p95)
        return f"== {self.pool.name}, {page}\n{out}"


def budgets(filled, kind, name):
    small, large = (next(f for f in filled if (f.kind, f.size) == (kind, s))
                    for s in SIZES)

    def p95(of, page):
        return statistics.median(of.p95[page])

    def growth(page):
        """The median of the rounds: noise of a round meets both sizes."""
        return statistics.median(
            b / a for a, b in zip(small.p95[page], large.p95[page]))
    for page, label in PAGES:
        a, b, times = p95(small, page), p95(large, page), growth(page)
        yield at_most(tuple(
            f"{name}, {text}: p95, 1 k → 1 M" for text in label),
            times, 1.2, "×", f"{a:.2f} → {b:.2f} ms, by rounds {times:.2f}×", 1.2)
    a, b = p95(small, "search"), p95(large, "search")
    yield at_most((f"{name}, search: p95, 1 k → 1 M",
                   f"{name}, búsqueda: p95, 1 k → 1 M"), b, SEARCH_MS, " ms",
                  f"{a:.2f} → {b:.2f} ms")


def fill(stack, kind):
    return [Filled(stack, kind, size) for size in SIZES]


def run(build, seconds=ROUND_S):
    result = Result()
    with Stack(build) as stack:
        stack.start_postgres()
        with ThreadPoolExecutor() as both:  # a processor for each database
            filled = sum(both.map(lambda kind: fill(stack, kind[0]), KINDS),
                         [])
        stack.start_nginx()
        for one in filled:
            one.start(stack)
        for number in range(ROUNDS + 1):
            for page in ("first", "deep", "search"):
                for one in filled:
                    out = one.measure(page, seconds, number > 0)
                    result.raw.append(out)
        for kind, name in KINDS:
            result.budgets += budgets(filled, kind, name)
    return result
