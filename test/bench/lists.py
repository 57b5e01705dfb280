#!/usr/bin/env python3
"""List pages and searches over few and over many clients, through the site.

    test/bench/lists.py [--build DIR] [--db sqlite|pg] [--clients N]

Fills one site with 1,000 clients and one with N (1,000,000), asks both for the
same pages in turns over one connection, and prints the 95th percentile of each
with the ratio of the two. Exits 1 when a list page is more than 1.2 times as
slow where there are many. measure() gives the same figures to another program.
"""
import argparse
import http.client
import os
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "http"))
from ptsite import ADMIN, Site  # noqa: E402

FEW = 1_000
CEILING = 1.2
ROUNDS = 300

# Name, address; {middle} and {last} are clients there in the order of names.
LISTS = (
    ("first page", "/clientes/"),
    ("100 rows", "/clientes/?por=100"),
    ("page in the middle", "/clientes/?despues={middle}"),
    ("last page, backwards", "/clientes/?antes={last}"),
    ("newest", "/clientes/?orden=nuevos"),
    ("by city", "/clientes/?orden=ciudad"),
    ("one kind", "/clientes/?tipo=natural"),
    ("one kind by contract", "/clientes/?tipo=legal&relacion=contract"),
    ("one city", "/clientes/?ciudad=Bello"),
    ("one city, one kind, newest",
     "/clientes/?ciudad=Bello&tipo=legal&orden=nuevos"),
    ("archived", "/clientes/?archivados=1"),
)
SEARCHES = (
    ("a name everywhere", "/clientes/?q=gomez"),
    ("a name in one place", "/clientes/?q=ximena"),
    ("two names", "/clientes/?q=tatiana+ospina"),
    ("a phone", "/clientes/?q=300+000+09+56"),
    ("nobody", "/clientes/?q=zzzzzz"),
    ("one letter", "/clientes/?q=z"),
    ("two letters", "/clientes/?q=la"),
    ("a name in a city", "/clientes/?q=gomez&ciudad=Bello"),
)


class Reader:
    """Asks one site over one connection."""

    def __init__(self, site):
        browser = site.browser(ADMIN)
        self.headers = {"Cookie": "; ".join(
            f"{k}={v}" for k, v in browser.cookies.items())}
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port)
        self.places = {
            "middle": site.sql(
                "SELECT id FROM client WHERE archived_at IS NULL ORDER BY"
                " name_key, id LIMIT 1 OFFSET (SELECT count(*) FROM client)"
                " / 2"),
            "last": site.sql(
                "SELECT id FROM client WHERE archived_at IS NULL ORDER BY"
                " name_key DESC, id DESC LIMIT 1")}

    def milliseconds(self, path):
        start = time.perf_counter()
        self.connection.request("GET", path.format(**self.places),
                                headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status}")
        return (time.perf_counter() - start) * 1000


def p95(times):
    return sorted(times)[int(len(times) * 0.95)]


def measure(few, many, pages, rounds=ROUNDS):
    """[(name, p95 of the site `few`, p95 of `many`)], in milliseconds."""
    readers = [Reader(few), Reader(many)]
    rows = []
    for name, path in pages:
        times = [[], []]
        for _ in range(rounds):
            for i, reader in enumerate(readers):
                times[i].append(reader.milliseconds(path))
        rows.append((name, p95(times[0]), p95(times[1])))
    return rows


def filled(build, db, clients):
    """A started Site with that many clients; stop() it."""
    site = Site(build, db=db, seed=False, workers=1, debug=False)
    try:
        site.start()
        site.ctl("seed", "--clients", str(clients))
    except BaseException:
        site.stop()
        raise
    return site


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--db", choices=("sqlite", "pg"), default="sqlite")
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    args = parser.parse_args()
    few = many = None
    try:
        few = filled(args.build, args.db, FEW)
        many = filled(args.build, args.db, args.clients)
        slow = 0
        for title, pages in (("lists", LISTS), ("searches", SEARCHES)):
            print(f"{title}, {args.db}, p95 in ms: {FEW} clients, "
                  f"{args.clients} clients, ratio")
            for name, a, b in measure(few, many, pages, args.rounds):
                print(f"  {name:28} {a:8.2f} {b:8.2f} {b / a:6.2f}")
                slow += title == "lists" and b / a > CEILING
        return 1 if slow else 0
    finally:
        for site in (few, many):
            if site is not None:
                site.stop()


if __name__ == "__main__":
    sys.exit(main())
