"""What the runners of tests against a site have in common."""
import argparse
import os
import time
import unittest

import case


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


def parser():
    """With the options of all; a NAME picks modules, classes or tests."""
    made = argparse.ArgumentParser()
    made.add_argument("--build", default="build")
    made.add_argument("names", nargs="*")
    return made


def run(folder, options):
    """The tests of a folder, or the named ones: how many passed and failed."""
    case.BUILD = os.path.abspath(options.build)
    loader = unittest.TestLoader()
    if options.names:
        suite = loader.loadTestsFromNames(options.names)
    else:
        suite = loader.discover(folder, "test_*.py")
    result = unittest.TextTestRunner(
        verbosity=2, resultclass=TimedResult).run(suite)
    failed = len(result.failures) + len(result.errors) + len(
        result.unexpectedSuccesses) + len(result.skipped)
    return max(0, result.testsRun - failed), failed


def tell(group, passed, failed):
    """The line that counts; the status to exit with."""
    print(f"{group}: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1
