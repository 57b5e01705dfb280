"""What the tests measured, and the table of it in docs/backups.md."""
import os
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PAGE = f"{ROOT}/docs/backups.md"
BEGIN, END = "<!-- figures: written by", "<!-- end of figures -->"

WRITE = False  # measure for the table: more data, the real time-outs
rows = []


def note(what, value, ask=""):
    rows.append(f"| {what} | {value} | {ask} |")


def write():
    with open(PAGE, encoding="utf-8") as f:
        text = f.read()
    head, rest = text.split(BEGIN, 1)
    line, rest = rest.split("\n", 1)
    tail = rest.split(END, 1)[1]
    table = "\n".join(["", f"Measured {time.strftime('%Y-%m-%d')} on"
                       f" {os.cpu_count()} processors:", "",
                       "| what | measured | the plan asks for |", "|---|---|---|",
                       *rows, "", ""])
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(head + BEGIN + line + "\n" + table + END + tail)
