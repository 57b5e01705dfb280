#!/usr/bin/env python3
"""The tests of backups: made, stored in Azurite, wiped, restored.

    test/backup/run.py [--build DIR] [--write] [NAME ...]

On both databases, whatever NAME picks; --write measures with more data and the
real time-outs, and writes what it measured into docs/backups.md. Ends with
`backup: N passed, M failed`.
"""
import argparse
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
# its own run.py is the one that is imported below
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "http"), HERE]

import case  # noqa: E402
import figures  # noqa: E402
from run import TimedResult  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    subprocess.run([f"{HERE}/install"], check=True)
    figures.WRITE = options.write
    case.BUILD = os.path.abspath(options.build)
    loader = unittest.TestLoader()
    if options.names:
        suite = loader.loadTestsFromNames(options.names)
    else:
        suite = loader.discover(HERE, "test_*.py")
    result = unittest.TextTestRunner(
        verbosity=2, resultclass=TimedResult).run(suite)
    failed = len(result.failures) + len(result.errors) + len(
        result.unexpectedSuccesses) + len(result.skipped)
    passed = max(0, result.testsRun - failed)
    if options.write and failed == 0:
        figures.write()
    print(f"backup: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
