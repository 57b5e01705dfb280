#!/usr/bin/env python3
"""The tests of the login by an OpenID provider.

    test/oidc/run.py [--build DIR] [--db sqlite|pg] [NAME ...]

With npm's oidc-provider, and with one of our own that signs what a right one
never would. Ends with `oidc: N passed, M failed`.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "http"))

import case  # noqa: E402
import runner  # noqa: E402


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
    parser = runner.parser()
    parser.add_argument("--db", default="sqlite", choices=["sqlite", "pg"])
    options = parser.parse_args()
    install()
    case.DB = options.db
    return runner.tell("oidc", *runner.run(HERE, options))


if __name__ == "__main__":
    sys.exit(main())
