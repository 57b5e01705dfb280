#!/usr/bin/env python3
"""The integration tests: real nginx, pool and database.

    test/http/run.py [--build DIR] [--db sqlite|pg]
                     [--cache shm|redis|none] [NAME ...]

NAME picks modules (test_pages). Ends with `http-DB: N passed, M failed`.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import case  # noqa: E402
import runner  # noqa: E402


def main():
    parser = runner.parser()
    parser.add_argument("--db", default="sqlite", choices=["sqlite", "pg"])
    parser.add_argument("--cache", default="shm",
                        choices=["shm", "redis", "none"])
    options = parser.parse_args()
    case.DB = options.db
    case.CACHE = options.cache
    return runner.tell(f"http-{options.db}", *runner.run(HERE, options))


if __name__ == "__main__":
    sys.exit(main())
