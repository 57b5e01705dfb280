"""Scaling and replacing under load: no request is lost, nothing saved is."""
import json
import time
import unittest

import stack
from stack import (Load, compose, containers, docker, inspect, sql, until, up,
                   wait_for_load)


def served_by(names):
    """Those of these containers that have answered a page by now."""
    def count(name):
        text = docker("exec", name, "ptctl", "status", "--json")
        return sum(w["requests"] for p in json.loads(text)["pools"]
                   for w in p["list"])
    before = {n: count(n) for n in names}
    return lambda: all(count(n) > before[n] for n in names)


class Case(unittest.TestCase):
    def check(self, load, least=50):
        print(f"{load.answered} answered, {len(load.saved)} saved, slowest "
              f"{load.slowest_s:.2f} s")
        self.assertEqual(load.failed, [])
        self.assertEqual(load.lost(), [])
        self.assertGreater(load.answered, least)


class Scale(Case):
    def test_1_3_1(self):
        """nginx is not touched, and uses all three."""
        nginx = inspect(containers("nginx")[0])["State"]["StartedAt"]
        with Load("Escala") as load:
            wait_for_load(load)
            up("--scale", "web=3", "--no-recreate", "web")
            names = containers("web")
            self.assertEqual(len(names), 3)
            until(served_by(names), what="all three answer")
            wait_for_load(load)
            up("--scale", "web=1", "--no-recreate", "web")
            self.assertEqual(len(containers("web")), 1)
            wait_for_load(load, 60)
        self.check(load)
        self.assertEqual(inspect(containers("nginx")[0])["State"]["StartedAt"],
                         nginx)


class Stop(Case):
    def test_docker_stop_loses_nothing(self):
        """One of two, again and again; it has finished, by itself, with 0."""
        with Load("Parada", savers=4) as load:
            up("--scale", "web=2", "--no-recreate", "web")
            names = containers("web")
            until(served_by(names), what="both answer")
            for name in names * 3:
                docker("stop", name)
                state = inspect(name)["State"]
                self.assertEqual((state["ExitCode"], state["OOMKilled"]),
                                 (0, False))
                since = ("--since", state["StartedAt"], name)
                until(lambda s=since: "all workers have ended" in docker(
                    "logs", *s, check=False), what="the last word")
                # nginx asks again where one died, which would hide it
                self.assertNotIn("worker.died", docker("logs", name,
                                                       check=False))
                wait_for_load(load)
                docker("start", name)
                until(lambda n=name: inspect(n)["State"]["Health"]["Status"] ==
                      "healthy", what="healthy again")
            up("--scale", "web=1", "--no-recreate", "web")
        self.check(load)


class Replace(Case):
    """The way of docs/containers.md, one container after the other."""

    def newer(self, service, before):
        now = containers(service)
        self.assertFalse(set(ids(now)) & set(before))
        self.assertTrue(now)

    def make_before_break(self, service):
        """The new one is healthy before the old one is told to go."""
        old = containers(service)
        before = ids(old)
        up("--scale", f"{service}={len(old) + 1}", "--no-recreate", service)
        until(lambda: len(containers(service)) == len(old) + 1)
        for name in old:
            docker("stop", name)
            docker("rm", name)
        self.newer(service, before)

    def test_web(self):
        with Load("Cambio web") as load:
            wait_for_load(load)
            self.make_before_break("web")
            wait_for_load(load, 60)
        self.check(load)

    def test_nginx(self):
        """Two for a moment, on two ports; a balancer in front finds them."""
        with Load("Cambio nginx") as load:
            wait_for_load(load)
            self.make_before_break("nginx")
            wait_for_load(load, 60)
        self.check(load)
        # back to the first port
        with Load("Otro nginx") as load:
            self.make_before_break("nginx")
        self.check(load, 0)

    def test_jobs(self):
        before = ids(containers("jobs"))
        with Load("Cambio jobs") as load:
            wait_for_load(load)
            up("--force-recreate", "--no-deps", "jobs")
            wait_for_load(load)
        self.newer("jobs", before)
        self.check(load)

    def test_redis(self):
        before = ids(containers("redis"))
        with Load("Cambio redis") as load:
            wait_for_load(load)
            up("--force-recreate", "--no-deps", "redis")
            wait_for_load(load, 60)
        self.newer("redis", before)
        self.check(load)

    def test_db(self):
        """Workers are told to be patient first; then the database goes."""
        patient = {"DATABASE_RECONNECT": "25s"}
        before = ids(containers("db"))
        rows = sql("SELECT count(*) FROM client")
        with Load("Cambio db") as load:
            wait_for_load(load)
            old = containers("web")
            up("--scale", f"web={len(old) + 1}", "--no-recreate", "--no-deps",
               "web", env=patient)
            for name in old:
                docker("stop", name)
                docker("rm", name)
            wait_for_load(load)
            begin = time.monotonic()
            up("--force-recreate", "--no-deps", "db", env=patient)
            print(f"the database was exchanged in "
                  f"{time.monotonic() - begin:.1f} s")
            wait_for_load(load, 60)
            self.make_before_break("web")
        self.newer("db", before)
        self.check(load)
        self.assertGreaterEqual(int(sql("SELECT count(*) FROM client")),
                                int(rows))

    @classmethod
    def tearDownClass(cls):
        compose("ps")


def ids(names):
    return [inspect(n)["Id"] for n in names]


if __name__ == "__main__":
    unittest.main()
