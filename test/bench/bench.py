#!/usr/bin/env python3
"""Measures Personal Technology beside its peers on this machine.

    bench.py [--build DIR] [--seconds N] [--only KEY,…] [PART …]

Parts: list, memory, start, reload, rows, demand, telemetry; without any, all of
them. Only then README.md, README.es.md and docs/bench/latest.txt are written: what
stands in them comes from one run. demand and telemetry write their own files, see
part_demand.py and part_telemetry.py. Exits 1 below a floor.
"""

import argparse
import os
import sys
import time

import part_demand
import part_list
import part_process
import part_rows
import part_telemetry
import report
from stack import TREE, die

PARTS = {"list": part_list.run, "memory": part_process.memory,
         "start": part_process.start, "reload": part_process.reload,
         "rows": part_rows.run, "demand": part_demand.run,
         "telemetry": part_telemetry.run}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=f"{TREE}/build")
    parser.add_argument("--seconds", type=int,
                        help="of each round: to try things out")
    parser.add_argument("--only", help="contenders of the list, by key: to "
                        "try things out")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    results = []
    for name in options.parts or PARTS:
        begin = time.monotonic()
        more = {"seconds": options.seconds} if options.seconds else {}
        if name == "list" and options.only:
            more["only"] = options.only.split(",")
        results.append(PARTS[name](build, **more))
        print(f"bench: {name} took {time.monotonic() - begin:.0f} s\n"
              + report.text_of(results[-1:], report.ENGLISH), flush=True)
    if options.parts or options.seconds or options.only:
        print("bench: a part of it only; the README stays as it is")
    else:
        report.write(results)
    failed = report.failures(results)
    if failed:
        die("below the floor\n  " + "\n  ".join(failed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
