"""docker-compose.monitoring.yml: Prometheus finds all, its rules are loaded."""
import json
import unittest
import urllib.parse
import urllib.request

import stack
from stack import compose, up, until

FILES = ("docker-compose.yml", "docker-compose.monitoring.yml")
URL = f"http://127.0.0.1:{stack.PROMETHEUS_PORT}"


def listens():
    try:
        with urllib.request.urlopen(f"{URL}/-/ready", timeout=60):
            return True
    except OSError:  # not yet, or 503: not ready
        return False


def ask(path, **query):
    """Of Prometheus, which may just have been started."""
    until(listens, what="Prometheus listens")
    with urllib.request.urlopen(
            f"{URL}/api/v1/{path}?" + urllib.parse.urlencode(query),
            timeout=60) as answer:
        return json.load(answer)["data"]


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        up("--scale", "web=2", "web", "jobs", "prometheus", files=FILES)

    def test_every_replica_is_scraped(self):
        def targets():
            found = [(t["labels"]["job"], t["health"])
                     for t in ask("targets")["activeTargets"]]
            return sorted(found) == [("jobs", "up"), ("web", "up"), ("web", "up")]
        until(targets, what="two of web and one of jobs", pause=1)
        until(lambda: len(ask("query", query="ptpool_up == 1")["result"]) == 3,
              what="figures of all", pause=1)

    def test_rules_are_loaded(self):
        rules = [r["name"] for g in ask("rules")["groups"] for r in g["rules"]]
        self.assertIn("PoolDown", rules)

    @classmethod
    def tearDownClass(cls):
        compose("rm", "-sf", "prometheus", files=FILES)


if __name__ == "__main__":
    unittest.main()
