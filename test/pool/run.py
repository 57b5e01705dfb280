#!/usr/bin/env python3
"""All tests of the supervisor. Usage:

    python3 test/pool/run.py --build build [MODULE or MODULE.Class.test …]
    python3 test/pool/run.py --build build-san --without test_many

Numbers in docstrings are those of the list of behaviours in the project's
reference for the pool. Ends with "pool: N passed, N failed".
"""
import argparse
import os
import shutil
import sys
import tempfile
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("ptpool", "ptctl", "echo-worker")
MODULES = sorted(name[:-3] for name in os.listdir(HERE)
                 if name.startswith("test_") and name.endswith(".py"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--without", metavar="MODULE",
                        help="one that measures, say, with sanitizers")
    parser.add_argument("names", nargs="*", default=MODULES)
    args = parser.parse_args()
    programs = [os.path.abspath(f"{args.build}/{name}") for name in PROGRAMS]
    for path in programs:
        if not os.access(path, os.X_OK):
            sys.exit(f"pool: {path} is missing; make {path}")
    # where another user can run them, wherever the checkout lies
    with tempfile.TemporaryDirectory(prefix="ptp-bin-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        for path in programs:
            shutil.copy(path, folder)
        harness.BUILD = folder
        suite = unittest.defaultTestLoader.loadTestsFromNames(
            name for name in args.names if name != args.without)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    print(f"pool: {passed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
