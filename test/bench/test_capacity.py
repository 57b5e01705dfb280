#!/usr/bin/env python3
"""The laws against values of textbooks, the model, the documents' tables.

Ends with `capacity: N passed, M failed`.
"""

import copy
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

import capacity
import costs
import laws
from model import Model
from stack import TREE

SCRIPT = f"{TREE}/scripts/capacity"


def page(**more):
    return {"worker_ms": 1, "nginx_ms": 1, "database_ms": 1, "cache_ms": 0.1,
            "held_ms": 3, "held_database_ms": 1.5, "statements": 2,
            "bytes": 5000, **more}


def measured(**more):
    """Numbers that can be reckoned with in the head."""
    return {"where": "2026-01-01, commit 0000000, 2 × Z80, Linux 6.1",
            "processors": 2, "workers": 3, "connections": 16,
            "clients": 20000, "log_line_bytes": 200,
            "database_bytes_per_client": 1000, "database_bytes_per_save": 500,
            "throughput": [],
            "pages": {key: page() for key in capacity.LABELS}, **more}


class Laws(unittest.TestCase):
    def test_utilisation_and_little(self):
        self.assertAlmostEqual(laws.utilisation(100, 0.014, 2), 0.7)
        self.assertAlmostEqual(laws.rate_at(0.7, 0.014, 2), 100)
        self.assertEqual(laws.population(10, 0.5), 5)
        # 64 terminals, 30 s to think, 2 s to wait: two a second
        self.assertEqual(laws.rate_of_users(64, 2, 30), 2)

    def test_erlang_b(self):
        """Closed forms, and a table of Erlang's formula."""
        self.assertAlmostEqual(laws.erlang_b(1, 1), 1 / 2)
        self.assertAlmostEqual(laws.erlang_b(2, 1), 1 / 5)
        self.assertAlmostEqual(laws.erlang_b(10, 5), 0.018385, places=6)
        # 1 % is lost of 4.461 erlangs on 10 lines
        self.assertAlmostEqual(laws.erlang_b(10, 4.461), 0.01, places=4)

    def test_erlang_c(self):
        self.assertAlmostEqual(laws.erlang_c(1, 0.7), 0.7)
        self.assertAlmostEqual(laws.erlang_c(2, 1), 1 / 3)
        self.assertAlmostEqual(laws.erlang_c(3, 2), 4 / 9)
        self.assertAlmostEqual(laws.erlang_c(5, 4), 0.554113, places=6)
        self.assertAlmostEqual(laws.erlang_c(10, 8), 0.409180, places=6)
        self.assertEqual(laws.erlang_c(2, 2), 1)
        self.assertEqual(laws.erlang_c(2, 5), 1)

    def test_waiting(self):
        """One server: ρ S / (1 - ρ)."""
        self.assertAlmostEqual(laws.mean_wait(1, 0.5, 1), 1)
        self.assertAlmostEqual(laws.mean_wait(2, 1, 1), 1 / 3)
        self.assertEqual(laws.mean_wait(1, 2, 1), math.inf)

    def test_servers_for(self):
        """With one fewer, more would have to wait."""
        for load in (0.3, 2, 7.5, 40, 400):
            n = laws.servers_for(load, 1, 0.05)
            self.assertLessEqual(laws.erlang_c(n, load), 0.05)
            self.assertGreater(laws.erlang_c(n - 1, load), 0.05)

    def test_closed_with_one_server(self):
        """Two users of one repairman, each failing as fast as he repairs:
        p0 = 1/5; and one who finds nobody there."""
        rate, response = laws.closed(2, 1, lambda n: 1)
        self.assertAlmostEqual(rate, 0.8)
        self.assertAlmostEqual(response, 1.5)
        rate, response = laws.closed(1, 9, lambda n: 1)
        self.assertAlmostEqual(rate, 0.1)
        self.assertAlmostEqual(response, 1)

    def test_closed_goes_over_into_its_bounds(self):
        """Many users keep two servers busy; few never meet."""
        def two(n):
            return min(n, 2) / 0.01
        self.assertAlmostEqual(laws.closed(5000, 1, two)[0], 200)
        self.assertAlmostEqual(laws.closed(16, 0, two)[0], 200)
        rate, response = laws.closed(2, 1, two)
        self.assertAlmostEqual(rate, 2 / 1.01)
        self.assertAlmostEqual(response, 0.01)

    def test_closed_obeys_little(self):
        rate, response = laws.closed(300, 2, lambda n: min(n, 4) * 30)
        self.assertAlmostEqual(rate, laws.rate_of_users(300, response, 2))


class Models(unittest.TestCase):
    def test_an_instance(self):
        m = Model(measured(), {"trip_ms": 0})
        # 2 ms of two processors at 70 %
        self.assertAlmostEqual(m.rate(), 700)
        self.assertAlmostEqual(m.users(700), 700 * 15.003)
        # 2.1 erlangs
        self.assertEqual(m.workers, laws.servers_for(700, 0.003, 0.05))
        self.assertAlmostEqual(m.database_rate(), 1400)
        self.assertAlmostEqual(m.database_processors(1400), 2)

    def test_trips_hold_workers_and_no_processor(self):
        near, far = (Model(measured(), {"trip_ms": t}) for t in (0, 10))
        self.assertEqual(near.rate(), far.rate())
        self.assertGreater(far.workers, near.workers)
        # a list of the database is asked of nothing else
        self.assertAlmostEqual(far.of_page("list_cold").held, 0.023)
        self.assertAlmostEqual(far.of_page("detail").held, 0.033)
        self.assertAlmostEqual(far.of_page("save").held, 0.053)

    def test_the_mix(self):
        found = measured()
        found["pages"]["list_cold"] = page(database_ms=11)
        found["pages"]["list_kept"] = page(database_ms=0)
        only = {"list": 100, "detail": 0, "form": 0, "save": 0, "login": 0}
        self.assertAlmostEqual(
            Model(found, {**only, "kept": 0.9}).d.database, 0.0011)
        self.assertAlmostEqual(
            Model(found, {**only, "kept": 0}).d.database, 0.011)
        with self.assertRaisesRegex(ValueError, "not 100"):
            Model(found, {"list": 41})

    def test_connections(self):
        m = Model(measured(), {"workers": 6})
        self.assertEqual(m.connections(10), 80)
        self.assertEqual(capacity.limits(m, 1), "–")
        self.assertIn("connections", capacity.limits(m, 24))
        self.assertNotIn("connections", capacity.limits(m, 23))
        self.assertIn("database", capacity.limits(m, 3))

    def test_replicas_help_reading_only(self):
        m = Model(measured())
        self.assertAlmostEqual(m.replica_rate(0), m.database_rate())
        # 14 of 100 pages write: at most 100/14 times as much
        self.assertLess(m.replica_rate(1000) / m.replica_rate(0), 1 / 0.14)
        self.assertAlmostEqual(m.replica_rate(1) / m.replica_rate(0),
                               2 / (0.86 + 2 * 0.14))

    def test_what_is_foretold(self):
        found = measured()
        check = {"page": "detail", "workers": 4, "users": 16, "think_ms": 0,
                 "generator_ms": 0.9, "others": 0.5}
        # 4 ms of the processor and a half that is left
        rate, response = capacity.foretold(found, check)
        self.assertAlmostEqual(rate, 375)
        self.assertAlmostEqual(response, 16 / 375)
        # one worker, held for 3 ms
        rate, _ = capacity.foretold(found, {**check, "workers": 1})
        self.assertAlmostEqual(rate, 1000 / 3)


class Costs(unittest.TestCase):
    def month(self, prices):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(prices, f)
            f.flush()
            return subprocess.run([SCRIPT, "--prices", f.name], check=False,
                                  capture_output=True, text=True)

    def test_quantities(self):
        m = Model(measured(), {"trip_ms": 0, "first_views": 0})
        # 2,100 requests a second fill three instances
        most = m.users(2100)
        self.assertAlmostEqual(m.rate_of(most), 2100)
        self.assertEqual(costs.quantities(m, 1.01 * most)["burst_hours"], 660)
        q = costs.quantities(m, 0.99 * most)
        self.assertEqual(q["burst_hours"], 440)
        pages = 0.99 * 2100 * 0.4 * 220 * 3600
        self.assertAlmostEqual(q["sent_gb"], pages * 5000 / 1e9)
        self.assertAlmostEqual(q["log_gb"], pages * 600 / 1e9)
        # 1 ms of each at 70 %: three processors, the third not quite
        self.assertEqual(q["database_hours"], 3 * 730)
        self.assertAlmostEqual(
            q["database_gb"], (2e7 + pages * 0.12 * 60 * 500) / 1e9)
        self.assertAlmostEqual(q["backup_gb"], 30 * q["database_gb"])

    def test_prices_are_the_readers(self):
        """The example has none, and nothing is made up for it."""
        with open(f"{TREE}/docs/prices.example.json", encoding="utf-8") as f:
            example = json.load(f)
        self.assertEqual({k for k, *_ in costs.LINES}, set(example["prices"]))
        done = self.month(example)
        self.assertEqual(done.returncode, 1)
        self.assertIn("says no source", done.stderr)
        example.update(source="a list", date="2026-01-01")
        done = self.month(example)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no price of: instance_hours", done.stderr)

    def test_a_month(self):
        prices = {key: 0 for key, *_ in costs.LINES}
        prices.update(instance_hours=2, burst_hours=3)
        done = self.month({"currency": "COP", "source": "a list",
                           "date": "2026-01-01", "prices": prices})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Prices: a list, 2026-01-01.", done.stdout)
        model = Model.measured_now()
        sums = (2 * 730 + 3 * costs.quantities(model, n)["burst_hours"]
                for n in costs.SIZES)
        self.assertIn("| all of it | " + " | ".join(
            f"{s:.2f}" for s in sums) + " |", done.stdout)


class Documents(unittest.TestCase):
    def test_they_are_those_of_the_run(self):
        done = subprocess.run([SCRIPT, "--check"], check=False,
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_another_figure_is_seen(self):
        """Every part of the documents comes from the figures."""
        now = Model.measured_now()
        other = copy.deepcopy(now.measured)
        other["where"] = "elsewhere"
        for p in other["pages"].values():
            for key in p:
                p[key] *= 3
        for check in other["throughput"]:
            check["rate"] *= 3
        other["log_line_bytes"] *= 3
        for name, _, text in capacity.documents(now):
            parts = capacity.DOCUMENTS[name]
            for part in parts:
                if part.startswith("assumed"):
                    continue
                changed = capacity.filled(text, parts, Model(other))
                begin, end = capacity.marks(part)

                def inside(of):
                    return of.split(begin)[1].split(end)[0]
                self.assertNotEqual(inside(text), inside(changed), part)

    def test_marks_must_be_there(self):
        model = Model(measured())
        with self.assertRaisesRegex(ValueError, "growth:begin"):
            capacity.filled("no marks", {"growth": capacity.growth_table},
                            model)

    def test_wrong_words(self):
        for words, want in ((["userz=3"], 'no assumption "userz"'),
                            (["think=long"], "think is a number"),
                            (["list=90"], "are not 100"),
                            (["processors=0"], "processors cannot be 0"),
                            (["kept=1.5"], "kept cannot be 1.5"),
                            (["think=nan"], "think cannot be nan"),
                            (["jobs=-1"], "jobs cannot be -1"),
                            (["--prices", "/none"], "No such file")):
            done = subprocess.run([SCRIPT, *words], check=False,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(want, done.stderr)


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"capacity: {result.testsRun - bad} passed, {bad} failed")
    sys.exit(bad > 0)
