#!/usr/bin/env python3
"""The tests of backups: made, stored in Azurite, wiped, restored.

    test/backup/run.py [--build DIR] [--write] [NAME ...]

On both databases, whatever NAME picks; --write measures with more data and the
real time-outs, and writes what it measured into docs/backups.md. Ends with
`backup: N passed, M failed`.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "http"))

import figures  # noqa: E402
import runner  # noqa: E402


def main():
    parser = runner.parser()
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    subprocess.run([f"{HERE}/install"], check=True)
    figures.WRITE = options.write
    passed, failed = runner.run(HERE, options)
    if options.write and failed == 0:
        figures.write()
    return runner.tell("backup", passed, failed)


if __name__ == "__main__":
    sys.exit(main())
