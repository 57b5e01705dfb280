"""The tables: into README.md, README.es.md and docs/bench/latest.txt."""

import datetime
import functools
import os
import platform
import re
import subprocess
from dataclasses import dataclass, field

from stack import TREE

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
ENGLISH, SPANISH = 0, 1
READMES = (("README.md", ENGLISH), ("README.es.md", SPANISH))


def say(text, language):
    """A text is the same in both languages, or a pair of them."""
    return text if isinstance(text, str) else text[language]


@dataclass
class Budget:
    """A line of the second table. Below its floor the tool fails."""
    what: object
    value: object
    target: str
    met: bool
    floor: str = ""
    fails: bool = False


def at_least(what, value, target, floor=None):
    """A ratio that should be high."""
    return Budget(what, f"{value:.2f}×", f"≥ {target}×", value >= target,
                  f"≥ {floor}×" if floor else "",
                  floor is not None and value < floor)


def at_most(what, value, target, unit, shown=None, floor=None):
    """A number that should be low; shown may say more than it."""
    return Budget(what, shown or f"{value:.1f}{unit}", f"≤ {target}{unit}",
                  value <= target, "" if floor is None else f"≤ {floor}{unit}",
                  floor is not None and value > floor)


@dataclass
class Result:
    """What a part found; raw is the tools' own output."""
    budgets: list = field(default_factory=list)
    head: tuple = ()
    rows: list = field(default_factory=list)
    note: object = ""
    raw: list = field(default_factory=list)


# --- what was measured where -------------------------------------------------

def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        found = re.search(r"model name\s*: (.*)", f.read())
        if found:
            model = found.group(1)
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{os.cpu_count()} × {model}, Linux {kernel}"


@functools.cache  # what was measured, before a part writes into documents
def commit():
    def git(*words):
        return subprocess.run(["git", "-C", TREE, *words], check=True,
                              stdout=subprocess.PIPE, text=True
                              ).stdout.strip()
    changed = git("status", "--porcelain", "-uno")
    return git("rev-parse", "--short", "HEAD") + \
        (" with changes" if changed else "")


def where():
    return f"{datetime.date.today().isoformat()}, commit {commit()}, " + \
        machine()


# --- tables ------------------------------------------------------------------

def table(head, rows, language):
    """The first column is text, the others stand to the right."""
    marks = ["---"] + ["--:"] * (len(head) - 1)
    lines = [head, marks] + rows
    return "\n".join(
        "| " + " | ".join(say(cell, language) for cell in line) + " |"
        for line in lines)


BUDGET_HEAD = (("budget", "presupuesto"), ("measured", "medido"),
               ("target", "meta"), ("floor", "mínimo"), "")
MET = ("met", "cumple")
NOT_MET = ("not met", "no cumple")


def text_of(results, language):
    """All of it, as it stands between the markers."""
    parts = [f"{where()}."]
    for result in results:
        if result.note:
            parts[0] += " " + say(result.note, language)
        if result.rows:
            parts.append(table(result.head, result.rows, language))
    budgets = [b for result in results for b in result.budgets]
    if budgets:
        parts.append(table(
            BUDGET_HEAD,
            [(b.what, b.value, b.target, b.floor, MET if b.met else NOT_MET)
             for b in budgets], language))
    return "\n\n".join(parts)


def failures(results):
    return [f"{say(b.what, ENGLISH)}: {say(b.value, ENGLISH)}, "
            f"the floor is {b.floor}"
            for result in results for b in result.budgets if b.fails]


# --- files -------------------------------------------------------------------

def write_between_markers(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            old = f.read()
    except FileNotFoundError:
        return
    if BEGIN not in old or END not in old:
        print(f"bench: {path} has no {BEGIN} … {END}: table not written")
        return
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(f"{head}{BEGIN}\n{text}\n{END}{tail}")
    os.replace(path + ".new", path)


def write(results):
    for name, language in READMES:
        write_between_markers(f"{TREE}/{name}", text_of(results, language))
    os.makedirs(f"{TREE}/docs/bench", exist_ok=True)
    raw = [line for result in results for line in result.raw]
    with open(f"{TREE}/docs/bench/latest.txt", "w", encoding="utf-8") as f:
        text = "\n\n".join([text_of(results, ENGLISH)] + raw)
        f.write(text.rstrip("\n") + "\n")
