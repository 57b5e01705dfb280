#!/usr/bin/env python3
"""The integration tests: real nginx, pool and database.

    test/http/run.py [--build DIR] [--db sqlite|pg]
                     [--cache shm|redis|none] [NAME ...]

NAME picks modules (test_pages). Ends with `http-DB: N passed, M failed`.
"""
import argparse
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import case  # noqa: E402


class TimedResult(unittest.TextTestResult):
    """Prints the slow ones with their seconds."""

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        took = time.monotonic() - self.began
        if took > 2:
            self.stream.writeln(f"    {took:.1f} s {test.id()}")
        super().stopTest(test)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--db", default="sqlite", choices=["sqlite", "pg"])
    parser.add_argument("--cache", default="shm",
                        choices=["shm", "redis", "none"])
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    case.BUILD = os.path.abspath(options.build)
    case.DB = options.db
    case.CACHE = options.cache
    loader = unittest.TestLoader()
    if options.names:
        suite = loader.loadTestsFromNames(options.names)
    else:
        suite = loader.discover(HERE, "test_*.py")
    runner = unittest.TextTestRunner(verbosity=2, resultclass=TimedResult)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(
        result.unexpectedSuccesses) + len(result.skipped)
    passed = max(0, result.testsRun - failed)
    print(f"http-{options.db}: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
