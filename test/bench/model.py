"""Demand of a page, by part, and what instances of it serve.

Measured: docs/bench/demand.json, see part_demand.py. Assumed: ASSUMED, and for
what a month costs COSTS. Units: seconds; rates are a second.
"""

import json
import math
from dataclasses import dataclass

import laws
from stack import TREE

MEASURED = f"{TREE}/docs/bench/demand.json"
MIX = ("list", "detail", "form", "save", "login")

# name: value, what it is. Nothing of this is measured.
ASSUMED = {
    "list": (40, "lists, of 100 pages"),
    "detail": (32, "single clients, of 100 pages"),
    "form": (14, "forms, of 100 pages"),
    "save": (12, "saves, of 100 pages"),
    "login": (2, "logins, of 100 pages"),
    "kept": (0.8, "part of the lists that the cache has"),
    "think": (15, "seconds from a page to the next request of its reader"),
    "target": (0.7, "part of the processors in use at which one more instance "
                    "is started (the seed's rule)"),
    "waiting": (0.05, "part of the requests that may find every worker busy"),
    "processors": (2, "processors of an instance"),
    "workers": (0, "workers of an instance; 0: as many as the table says"),
    "db_processors": (2, "processors of the database server"),
    "trip_ms": (1, "ms from an instance to the database or Redis and back"),
    "max_connections": (200, "`max_connections` of PostgreSQL, as in "
                             "docker-compose.yml"),
    "reserve": (10, "connections for administration, backups and monitoring"),
    "jobs": (1, "processes of `ptjobs` of an instance"),
}

# what nothing can be divided by, and what is a part of something
POSITIVE = ("think", "target", "processors", "db_processors", "waiting")
PARTS = ("kept", "target", "waiting", "average", "first_views")

COSTS = {
    "month": (730, "hours of a month"),
    "busy": (220, "hours of a month in which people work"),
    "average": (0.4, "of the peak, in these hours"),
    "dev_hours": (264, "hours of a month in which the development site runs: "
                       "12 on 22 days"),
    "first_views": (0.01, "part of the pages whose reader has no style sheet "
                          "and script yet"),
    "first_kb": (36, "kB of these, compressed (README, first view)"),
    "years": (5, "of changes that the database holds"),
    "clients": (20000, "clients in it"),
    "backups": (30, "backups that are kept: `backup.keep` in days"),
    "log_factor": (3, "bytes that a service for logs counts for one of a line"),
}


@dataclass
class Demand:
    """Of one page of the mix; seconds."""
    instance: float
    database: float
    cache: float
    held: float
    held_database: float
    bytes: float


class Model:
    def __init__(self, measured, changed=None):
        self.measured = measured
        self.a = {k: v for k, (v, _) in {**ASSUMED, **COSTS}.items()}
        self.a.update(changed or {})
        for key, value in self.a.items():
            if not 0 <= value < math.inf or key in POSITIVE and value == 0 \
                    or key in PARTS and value > 1:
                raise ValueError(f"{key} cannot be {value:g}")
        self.mix = {p: self.a[p] / 100 for p in MIX}
        if abs(sum(self.mix.values()) - 1) > 1e-9:
            raise ValueError("list, detail, form, save and login are not 100")
        self.d = self.of_mix(self.mix)
        self.workers = int(self.a["workers"]) or laws.servers_for(
            self.rate(), self.d.held, self.a["waiting"])

    @classmethod
    def measured_now(cls, changed=None):
        with open(MEASURED, encoding="utf-8") as f:
            return cls(json.load(f), changed)

    # --- a page ----------------------------------------------------------

    def of_page(self, key):
        p = self.measured["pages"][key]
        # one trip to Redis a page; a save makes two more
        trips = 0 if key == "list_cold" else 3 if key == "save" else 1
        trip_ms = self.a["trip_ms"] * (p["statements"] + trips)
        in_database = p["held_database_ms"] + \
            self.a["trip_ms"] * p["statements"]
        return Demand(*(n / 1000 for n in (
            p["worker_ms"] + p["nginx_ms"], p["database_ms"], p["cache_ms"],
            p["held_ms"] + trip_ms, in_database)), p["bytes"])

    def of_mix(self, mix):
        parts = dict(mix)
        lists = parts.pop("list")
        parts["list_kept"] = lists * self.a["kept"]
        parts["list_cold"] = lists * (1 - self.a["kept"])
        whole = Demand(0, 0, 0, 0, 0, 0)
        for key, part in parts.items():
            for name, value in vars(self.of_page(key)).items():
                setattr(whole, name, getattr(whole, name) + part * value)
        return whole

    # --- what can be served ----------------------------------------------

    def rate(self):
        """Of one instance, at the target."""
        return laws.rate_at(self.a["target"], self.d.instance,
                            self.a["processors"])

    def users(self, rate):
        """Who read and click, at that rate: Little's law of the whole."""
        return laws.population(rate, self.a["think"] + self.d.held)

    def rate_of(self, people):
        return laws.rate_of_users(people, self.d.held, self.a["think"])

    def database_rate(self, processors=None):
        return laws.rate_at(self.a["target"], self.d.database,
                            processors or self.a["db_processors"])

    def database_processors(self, rate):
        return rate * self.d.database / self.a["target"]

    def connections(self, instances, workers=None):
        """Each worker and each ptjobs has one, and while one is replaced, its
        replacement too."""
        each = (workers or self.workers) + self.a["jobs"] + 1
        return instances * int(each)

    def room(self):
        return int(self.a["max_connections"] - self.a["reserve"])

    def written(self):
        """Seconds of the database for writing, of a page of the mix."""
        return sum(self.mix[p] * self.of_page(p).database
                   for p in ("save", "login"))

    def replica_rate(self, replicas):
        """Each replica takes reads, and replays every write: at most, at the
        price that it had on the primary."""
        write = self.written()
        read = self.d.database - write
        servers = 1 + replicas
        return self.a["target"] * self.a["db_processors"] * servers / (
            read + servers * write)
