#!/usr/bin/env python3
"""What a run of scripts/bench says about more workers, instances and users.

    scripts/capacity [KEY=VALUE …]  prints the tables, for other assumptions
    scripts/capacity --write        writes them into docs/scaling.md, costs.md
    scripts/capacity --check        exits 1 where these have other ones
    scripts/capacity --prices FILE [KEY=VALUE …]  what a month then costs

The measured part is docs/bench/demand.json (`make bench`, or by itself `make
bench PARTS=demand`); what is assumed stands in model.py and in the documents.
"""

import argparse
import math
import re
import sys

import costs
import laws
from model import ASSUMED, COSTS, Model
from report import ENGLISH, table
from stack import TREE

LABELS = {"list_cold": "list, 100 rows, from the database",
          "list_kept": "list, 100 rows, from Redis", "detail": "one client",
          "form": "its form", "save": "a save", "login": "a login"}


# --- tables ------------------------------------------------------------------

def ms(seconds, digits=2):
    return f"{1000 * seconds:.{digits}f}"


def percent(part):
    return f"{100 * part:.0f} %"


def count(n):
    """Three digits are what such a model knows."""
    if n <= 0:
        return "0"
    digits = 2 - math.floor(math.log10(n))
    return f"{round(n, digits):.0f}" if digits <= 0 else f"{n:.{digits}f}"


def make(head, rows):
    return table(head, rows, ENGLISH)


def demand_table(model):
    rows = []
    for key, label in LABELS.items():
        p = model.measured["pages"][key]
        rows.append((label, *(f"{p[n]:.2f}" for n in (
            "worker_ms", "nginx_ms", "database_ms", "cache_ms", "held_ms",
            "held_database_ms")), str(p["statements"]),
            f"{p['bytes'] / 1000:.1f}" if p["bytes"] else "–"))
    d = model.d
    rows.append(("a page of the mix", "", "both " + ms(d.instance),
                 ms(d.database), ms(d.cache), ms(d.held), ms(d.held_database),
                 "", f"{d.bytes / 1000:.1f}"))
    return make(("a page", "worker", "nginx", "PostgreSQL", "Redis",
                 "holds a worker", "of that in the database", "statements",
                 "kB, compressed"), rows) + (
        f"\n\nThe last line has {model.a['trip_ms']:g} ms for each way to the "
        "database and Redis (`trip_ms`); the others were there at once.")


def assumed_table(model, which=None):
    return make(("key", "value", "what it is"),
                [(f"`{k}`", f"{model.a[k]:g}", what)
                 for k, (_, what) in (which or ASSUMED).items()]).replace(
                     "| --- | --: | --: |", "| --- | --: | --- |")


def worker_table(model):
    d, rows = model.d, []
    wanted = model.rate()
    for n in sorted({1, 2, 3, 4, 6, 8, 12, model.workers}):
        by_workers = model.a["target"] * n / d.held
        rate = min(by_workers, wanted)
        rows.append((
            str(n) + (" ←" if n == model.workers else ""), count(by_workers),
            count(rate), count(model.users(rate)),
            percent(laws.utilisation(rate, d.instance,
                                     model.a["processors"])),
            percent(laws.erlang_c(n, rate * d.held)),
            ms(laws.mean_wait(n, rate, d.held))))
    return make((
        "workers", "requests/s, workers 70 % busy".replace(
            "70 %", percent(model.a["target"])), "requests/s of the instance",
        "users", "processors in use", "find all workers busy",
        "mean wait, ms"), rows)


def limits(model, instances):
    """What is full first, beyond the instances themselves."""
    rate = instances * model.rate()
    found = []
    if rate > model.database_rate():
        found.append("processors of the database")
    if model.connections(instances) > model.room():
        found.append("connections")
    if laws.utilisation(rate, model.d.cache) > model.a["target"]:
        found.append("Redis, which uses one processor")
    return ", ".join(found) or "–"


def growth_table(model):
    rows = []
    one = min(model.rate(), model.a["target"] / model.d.held)
    steps = [("1, with one worker", 1, one, 1)] + [
        (str(n), n, n * model.rate(), model.workers)
        for n in (1, 2, 3, 5, 10, 100)]
    for label, n, rate, workers in steps:
        rows.append((
            label, count(rate), count(model.users(rate)),
            f"{model.database_processors(rate):.1f}",
            percent(laws.utilisation(rate, model.d.cache)),
            str(model.connections(n, workers)),
            f"{rate * model.d.bytes * 8 / 1e6:.0f}",
            "–" if workers == 1 else limits(model, n)))
    return make(("instances", "requests/s", "users", "processors of the "
                 "database", "Redis in use", "connections", "Mbit/s",
                 "full by then"), rows)


def people_table(model):
    """The other way round: what so many people need."""
    rows = []
    for people in (50, 200, 1_000, 10_000, 100_000, 1_000_000):
        rate = model.rate_of(people)
        instances = math.ceil(rate / model.rate())
        workers = laws.servers_for(rate / instances, model.d.held,
                                   model.a["waiting"])
        rows.append((str(people), count(rate), str(instances), str(workers),
                     f"{model.database_processors(rate):.2f}",
                     str(model.connections(instances, workers))))
    return make(("people at once", "requests/s", "instances", "workers of each",
                 "processors of the database", "connections"), rows)


def database_table(model):
    rows = []
    for n in (1, 2, 4, 8, 16, 32, 64):
        rate = model.database_rate(n)
        rows.append((str(n), count(rate), count(model.users(rate)),
                     f"{rate / model.rate():.1f}"))
    return make(("processors of the database", "requests/s", "users",
                 "instances that fill it"), rows)


def replica_table(model):
    first = model.replica_rate(0)
    rows = [(str(n), count(model.replica_rate(n)),
             f"{model.replica_rate(n) / first:.2f}×")
            for n in (0, 1, 2, 4, 8)]
    most = model.a["target"] * model.a["db_processors"] / model.written()
    rows.append(("any number", count(most), f"{most / first:.2f}×"))
    return make(("replicas", "requests/s", "against none"), rows)


def connection_table(model):
    """Behind a pooler of transactions a connection is taken for as long as a
    page is in the database."""
    rows = []
    for n in (1, 2, 5, 10, 20, 100):
        rate = n * model.rate()
        pooled = laws.servers_for(rate, model.d.held_database,
                                  model.a["waiting"])
        direct = model.connections(n)
        rows.append((str(n), str(direct), "yes" if direct <= model.room()
                     else "no", str(pooled)))
    return make(("instances", "connections without a pooler",
                 f"within {model.room()}",
                 "busy ones behind a pooler of transactions"), rows)


# --- compared with what was measured -----------------------------------------

def foretold(measured, check):
    """
    Rate and response time by the model: all processes share what the machine
    has left, a worker serves one at a time, and the load is closed.
    """
    page = measured["pages"][check["page"]]
    work = sum(page[p] for p in ("worker_ms", "nginx_ms", "database_ms",
                                 "cache_ms")) + check["generator_ms"]
    work /= 1000
    processors = measured["processors"] - check["others"]
    most = check["workers"] / (page["held_ms"] / 1000)

    def rate_of(n):
        return min(min(n, processors) / work, most)
    return laws.closed(check["users"], check["think_ms"] / 1000, rate_of)


def checks(measured):
    """(check, rate foretold, seconds foretold, error of the rate)"""
    for check in measured["throughput"]:
        rate, response = foretold(measured, check)
        yield check, rate, response, rate / check["rate"] - 1


def check_table(model):
    rows = []
    for c, rate, response, error in checks(model.measured):
        rows.append((
            LABELS[c["page"]], str(c["workers"]), str(c["users"]),
            str(c["think_ms"]), count(rate), count(c["rate"]),
            f"{100 * error:+.0f} %", ms(response, 1),
            f"{c['response_ms']:.1f}", f"{c['used']:.1f}",
            f"{c['others']:.1f}"))
    errors = sorted(abs(e) for *_, e in checks(model.measured))
    longer = [c["response_ms"] / 1000 / r
              for c, _, r, _ in checks(model.measured)]
    return make(("page", "workers", "visitors", "think, ms", "foretold/s",
                 "measured/s", "error", "foretold, ms", "measured, ms",
                 "processors used", "by other programs"),
                rows) + (
        f"\n\nHalf of the errors of the rate are below "
        f"{percent(errors[len(errors) // 2])}, the largest is "
        f"{percent(errors[-1])}. Answers took {min(longer):.1f} to "
        f"{max(longer):.1f} times as long as foretold.")


# --- the documents -----------------------------------------------------------

def source(model):
    m = model.measured
    return (f"{m['where']}; {m['clients']} clients, {m['workers']} workers, "
            f"{m['connections']} connections. Milliseconds of a processor; "
            "the last columns milliseconds with one visitor.")


def summary(model):
    """The answer in a sentence each."""
    rate = model.rate()
    ratio = model.database_rate() / rate
    return "\n".join((
        f"- One instance of {model.a['processors']:g} processors serves "
        f"{count(rate)} requests a second at {percent(model.a['target'])}: "
        f"{count(model.users(rate))} people who ask for a page each "
        f"{model.a['think']:g} s.",
        f"- It needs {model.workers} workers: a page holds one for "
        f"{ms(model.d.held, 1)} ms.",
        f"- A database of {model.a['db_processors']:g} processors is full at "
        f"{ratio:.1f} instances.",
        f"- {model.room()} connections are enough for "
        f"{model.room() // model.connections(1)} instances; then a pooler.",
        f"- Redis is full at {model.a['target'] / model.d.cache / rate:.0f} "
        "instances.",
        f"- A hundred instances would need {100 * model.connections(1)} "
        "connections, a database of "
        f"{math.ceil(model.database_processors(100 * rate))} processors and "
        f"{math.ceil(100 * rate * model.d.cache / model.a['target'])} for "
        "Redis, which uses one: on paper only."))


DOCUMENTS = {"docs/scaling.md": {
    "summary": summary, "demand": lambda m: source(m) + "\n\n" +
    demand_table(m), "assumed": assumed_table, "workers": worker_table,
    "growth": growth_table, "people": people_table, "database": database_table,
    "connections": connection_table, "replicas": replica_table,
    "checks": check_table},
    "docs/costs.md": {"assumed-costs": lambda m: assumed_table(m, COSTS),
                      "quantities": costs.quantity_table}}


def marks(name):
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def filled(text, parts, model):
    """text with every part between its marks; they must all be there once."""
    for name, part in parts.items():
        begin, end = marks(name)
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{begin} … {end} is not there once")
        text = re.sub(f"(?s){re.escape(begin)}.*{re.escape(end)}", lambda _:
                      f"{begin}\n{part(model)}\n{end}", text)
    return text


def documents(model):
    """(path, its text as it is, as it should be)"""
    for name, parts in DOCUMENTS.items():
        with open(f"{TREE}/{name}", encoding="utf-8") as f:
            text = f.read()
        try:
            yield name, text, filled(text, parts, model)
        except ValueError as e:
            sys.exit(f"capacity: {name}: {e}")


def write(model):
    for name, old, new in documents(model):
        if new != old:
            with open(f"{TREE}/{name}", "w", encoding="utf-8") as f:
                f.write(new)


def check(model):
    wrong = [name for name, old, new in documents(model) if new != old]
    for name in wrong:
        print(f"{name}: its tables are not those of docs/bench/demand.json; "
              "run: scripts/capacity --write")
    return 1 if wrong else 0


def assumptions(words):
    changed = {}
    for word in words:
        key, _, value = word.partition("=")
        if key not in {**ASSUMED, **COSTS}:
            sys.exit(f"capacity: no assumption \"{key}\"; there are: "
                     + " ".join({**ASSUMED, **COSTS}))
        try:
            changed[key] = float(value)
        except ValueError:
            sys.exit(f"capacity: {key} is a number, not \"{value}\"")
    return changed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--prices", metavar="FILE")
    parser.add_argument("assumptions", nargs="*", metavar="KEY=VALUE")
    options = parser.parse_args()
    if options.assumptions and (options.write or options.check):
        parser.error("documents have the assumptions of model.py")
    try:
        model = Model.measured_now(assumptions(options.assumptions))
        if options.prices:
            print(costs.month(model, options.prices))
            return 0
    except (ValueError, OSError) as e:
        sys.exit(f"capacity: {e}")
    if options.write:
        write(model)
    elif options.check:
        return check(model)
    else:
        for name, parts in DOCUMENTS.items():
            for part, text in parts.items():
                print(f"== {name}, {part}\n\n{text(model)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
