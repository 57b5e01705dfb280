#!/usr/bin/env python3
"""The client table of 100 rows by lib/tpl and by Google's ctemplate.

    python3 test/bench/tpl_bench.py --build build [--write]

Both in one process, in turns (tpl/both.cc): a request's part, from the rows to
the bytes of the page, and the expansion alone, of a dictionary that is filled.
Then the instructions of one expansion, which a machine that does other things
does not change, are compared with those that are committed; --write commits to
new ones. Exits 1 below a floor.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "tpl", "instructions.txt")
TEMPLATE = os.path.join(HERE, "../../views/clients/list.tpl")
FLOOR = 10     # times faster than the library
SLACK = 1.02   # other builds of the same compiler and C library


def faster(what, ours, theirs):
    print(f"{what:<20} {ours / 1000:>6.1f} µs {theirs / 1000:>7.1f} µs"
          f"  {theirs / ours:.1f} times faster, floor {FLOOR}")
    return theirs >= FLOOR * ours


def speed(build):
    """For the whole and for the expansion alone: is it fast enough?"""
    out = subprocess.run([f"{build}/bench-tpl-both", TEMPLATE], check=True,
                         capture_output=True, text=True).stdout
    size, ours, theirs, expansion, their_expansion = map(int, out.split())
    print(f"bytes                {size:>9}")
    print("                          ours  ctemplate")
    return [faster("rows to bytes", ours, theirs),
            faster("the expansion alone", expansion, their_expansion)]


def count(build):
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=bench_counted",
             f"--callgrind-out-file={folder}/out", f"{build}/bench-tpl-count"],
            check=True, capture_output=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", out)[1])


def instructions(build, write):
    now = count(build)
    if write:
        with open(BASELINE, "w", encoding="ascii") as file:
            file.write(f"{now}\n")
    with open(BASELINE, encoding="ascii") as file:
        before = int(file.read())
    print(f"instructions         {now:>9}   committed {before}, "
          f"{100 * (now / before - 1):+.1f} %")
    if now * SLACK < before:
        print("fewer than committed: make bench-tpl WRITE=1")
    return 0 < now <= before * SLACK


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    good = speed(args.build) + [instructions(args.build, args.write)]
    print(f"bench-tpl: {sum(good)} passed, {good.count(False)} failed")
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
