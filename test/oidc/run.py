#!/usr/bin/env python3
"""The tests of the login by an OpenID provider.

    test/oidc/run.py [--build DIR] [--db sqlite|pg] [NAME ...]

With npm's oidc-provider, and with one of our own that signs what a right one
never would. Ends with `oidc: N passed, M failed`.
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
from run import TimedResult  # noqa: E402


def install():
    """npm leaves its own copy of the lock file: newer means installed."""
    mark = f"{HERE}/node_modules/.package-lock.json"
    lock = f"{HERE}/package-lock.json"
    if (not os.path.exists(mark) or
            os.path.getmtime(mark) < os.path.getmtime(lock)):
        subprocess.run(["npm", "ci", "--prefix", HERE, "--no-audit",
                        "--no-fund", "--ignore-scripts", "--silent"],
                       check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--db", default="sqlite", choices=["sqlite", "pg"])
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    install()
    case.BUILD = os.path.abspath(options.build)
    case.DB = options.db
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
    print(f"oidc: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
