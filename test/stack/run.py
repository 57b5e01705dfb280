#!/usr/bin/env python3
"""All tests of the stack, in this order; scripts/stack-test calls it.

Counts go to $STACK_LOGS/result; what the containers said, after each module, to
$STACK_LOGS/containers-MODULE.
"""
import os
import subprocess
import sys
import unittest

import stack  # and the folder of what tests against a site share
from runner import TimedResult

MODULES = ("test_images", "test_start", "test_tls", "test_pages", "test_backups",
           "test_replace", "test_down", "test_deploy", "test_monitoring",
           "test_development")


def keep_logs(module):
    with open(f"{stack.LOGS}/containers-{module}", "w", encoding="utf-8") as f:
        for name in stack.docker("ps", "-a", "--format", "{{.Names}}").split():
            f.write(f"==== {name}\n")
            f.flush()
            subprocess.run(["docker", "logs", "--tail", "10000", name], stdout=f,
                           stderr=f, check=False)


def main():
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2,
                                     resultclass=TimedResult)
    passed = failed = 0
    for name in sys.argv[1:] or MODULES:
        suite = unittest.defaultTestLoader.loadTestsFromName(name)
        result = runner.run(suite)
        keep_logs(name.partition(".")[0])
        bad = len(result.failures) + len(result.errors) + len(result.skipped)
        failed += bad
        passed += result.testsRun - min(bad, result.testsRun)
        if bad and result.testsRun == 0:
            break  # the stack did not come up: nothing can be tested
    with open(f"{stack.LOGS}/result", "w", encoding="ascii") as f:
        print(passed, failed, file=f)
    sys.exit(failed > 0 or passed == 0)


os.chdir(stack.ROOT)
main()
