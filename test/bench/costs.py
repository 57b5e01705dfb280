"""What a month takes of each thing that is paid for; prices are the reader's.

Units: hours, GB (10^9 bytes); a month is COSTS["month"] hours.
"""

import json
import math

from report import ENGLISH, table

SIZES = (200, 20_000, 200_000)  # people at the peak
GB = 1e9

# key, what it is, unit, how it is counted
LINES = (
    ("instance_hours", "instances that always run", "hours",
     "`month`, for the first one: reserve it"),
    ("burst_hours", "instances of the autoscale rule", "hours",
     "(instances at the peak − 1) · `busy`: not reserved"),
    ("dev_hours", "the development site, shut down at night", "hours",
     "`dev_hours`, of `month`"),
    ("database_hours", "processors of the database", "hours",
     "processors of the database at the peak, whole · `month`"),
    ("database_gb", "storage of the database", "GB",
     "`clients` · bytes of a client + saves · 12 · `years` · bytes of a save"),
    ("cache_hours", "Redis", "hours", "`month`"),
    ("sent_gb", "sent to readers", "GB",
     "pages · bytes of a page + `first_views` · `first_kb`"),
    ("log_gb", "access log", "GB", "pages · bytes of a line · `log_factor`"),
    ("backup_gb", "backups, kept", "GB", "at most `backups` · database"),
)


def quantities(model, people):
    a, m = model.a, model.measured
    rate = model.rate_of(people)
    instances = math.ceil(rate / model.rate())
    pages = rate * a["average"] * a["busy"] * 3600
    saves = pages * model.mix["save"]
    database = (a["clients"] * m["database_bytes_per_client"] +
                saves * 12 * a["years"] * m["database_bytes_per_save"]) / GB
    first = a["first_views"] * a["first_kb"] * 1000
    return {
        "instance_hours": a["month"],
        "burst_hours": (instances - 1) * a["busy"],
        "dev_hours": a["dev_hours"],
        "database_hours": a["month"] * math.ceil(
            model.database_processors(rate)),
        "database_gb": database,
        "cache_hours": a["month"],
        "sent_gb": pages * (model.d.bytes + first) / GB,
        "log_gb": pages * m["log_line_bytes"] * a["log_factor"] / GB,
        "backup_gb": database * a["backups"]}


def shown(n):
    return f"{n:.0f}" if n >= 10 else f"{n:.2g}"


def quantity_table(model):
    columns = [quantities(model, n) for n in SIZES]
    rows = [(f"`{key}`", what, unit, how, *(shown(c[key]) for c in columns))
            for key, what, unit, how in LINES]
    head = ("price", "what", "unit", "counted as") + tuple(
        f"{n} people" for n in SIZES)
    return table(head, rows, ENGLISH)


def read_prices(path):
    with open(path, encoding="utf-8") as f:
        given = json.load(f)
    for key in ("currency", "source", "date"):
        if not given.get(key):
            raise ValueError(f"{path} says no {key}")
    missing = [key for key, *_ in LINES
               if not isinstance(given.get("prices", {}).get(key),
                                 (int, float))]
    if missing:
        raise ValueError(f"{path} has no price of: " + " ".join(missing))
    return given


def month(model, path):
    """The table of what a month costs, with the total."""
    given = read_prices(path)
    columns = []
    for n in SIZES:
        amounts = quantities(model, n)
        columns.append({key: amounts[key] * given["prices"][key]
                        for key, *_ in LINES})
    rows = [(what, *(f"{c[key]:.2f}" for c in columns))
            for key, what, *_ in LINES]
    rows.append(("all of it", *(f"{sum(c.values()):.2f}" for c in columns)))
    head = (f"{given['currency']} a month",) + tuple(
        f"{n} people" for n in SIZES)
    return f"Prices: {given['source']}, {given['date']}.\n\n" + \
        table(head, rows, ENGLISH)
