#!/usr/bin/env python3
"""scripts/deploy/compose.sh when something fails on the way to a new release.

The file `docker` beside this one stands for docker; test/stack has the real one,
where all goes well. Ends with "deploy: N passed, N failed".
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
REGISTRY = "registry.example"
PATIENCE_S = 30


def containers(tag, nginx_tag):
    """Two of web, one of all else, at work."""
    images = {"web": f"{REGISTRY}/personal-tech:{tag}",
              "jobs": f"{REGISTRY}/personal-tech:{tag}",
              "nginx": f"{REGISTRY}/personal-tech-nginx:{nginx_tag}"}
    return {f"{i:012x}": {"service": s, "image": images[s], "running": True}
            for i, s in enumerate(("web", "web", "jobs", "nginx"), 1)}


class Swap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pt-deploy-")
        self.addCleanup(folder.cleanup)
        self.state = folder.name + "/containers"
        self.env = dict(
            os.environ, PATH=f"{HERE}:{os.environ['PATH']}",
            FAKE_STATE=self.state, DEPLOY_TARGET="compose", DEPLOY_TAG="new",
            DEPLOY_STATE=folder.name + "/state", REGISTRY=REGISTRY,
            HTTPS_PORT="443-444")

    def start(self, before, **env):
        with open(self.state, "w", encoding="ascii") as f:
            json.dump(before, f)
        return subprocess.Popen(
            ["scripts/deploy/swap"], cwd=ROOT, env=dict(self.env, **env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def there(self):
        with open(self.state, encoding="ascii") as f:
            return json.load(f)

    def until_there(self, test):
        end = time.monotonic() + PATIENCE_S
        while not test(self.there()):
            self.assertLess(time.monotonic(), end, self.there())
            time.sleep(0.02)

    def test_the_new_ones_take_the_place_of_the_old(self):
        process = self.start(containers("old", "old"))
        told = process.communicate(timeout=PATIENCE_S)[0]
        self.assertEqual(process.returncode, 0, told)

        def plain(some):
            return sorted(json.dumps(c, sort_keys=True) for c in some.values())
        self.assertEqual(plain(self.there()), plain(containers("new", "new")))

    def test_whatever_fails_the_new_ones_are_removed(self):
        for service, steps in {"web": ("up", "disconnect", "start", "health",
                                       "connect"),
                               "nginx": ("up", "health")}.items():
            # that of nginx is exchanged first
            before = containers("old", "new" if service == "web" else "old")
            for step in steps:
                with self.subTest(f"{service}: {step}"):
                    process = self.start(before, FAKE_FAILS=step)
                    told = process.communicate(timeout=PATIENCE_S)[0]
                    self.assertNotEqual(process.returncode, 0, told)
                    self.assertEqual(self.there(), before, told)

    def test_stopped_in_the_middle_the_new_ones_are_removed(self):
        before = containers("old", "new")
        process = self.start(before, FAKE_FAILS="up", FAKE_HANGS="1")
        self.until_there(lambda now: len(now) > len(before))
        os.killpg(process.pid, signal.SIGTERM)
        told = process.communicate(timeout=PATIENCE_S)[0]
        self.assertNotEqual(process.returncode, 0, told)
        self.until_there(lambda now: now == before)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=1).result
    # a test may fail in several of its parts
    bad = len({str(getattr(test, "test_case", test))
               for test, _ in result.failures + result.errors})
    print(f"deploy: {result.testsRun - bad} passed, {bad} failed")
    sys.exit(bad > 0)
