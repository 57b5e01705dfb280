"""What people see when a part is down (docs/operations.md)."""
import json
import threading
import time
import unittest

import stack
from stack import Browser, Load, containers, docker, inspect, until

WAIT_S = 2  # database.reconnect


def kill(service):
    """It dies, and nobody starts it again."""
    name = containers(service)[0]
    docker("update", "--restart", "no", name)
    docker("kill", name)
    until(lambda: not inspect(name)["State"]["Running"])
    return name


def start(name):
    docker("start", name)
    docker("update", "--restart", "unless-stopped", name)
    until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy",
          what=f"{name} is healthy")


def workers(web):
    state = json.loads(docker("exec", web, "ptctl", "status", "--json"))
    return state["pools"][0]["list"]


def at_work(web):
    """The pid of a worker that has a request of a visitor, or None."""
    for w in workers(web):
        if w["request"] and w["request"]["id"] != "probe":
            return w["pid"]
    return None


class Down(unittest.TestCase):
    def kill(self, service):
        name = kill(service)
        self.addCleanup(start, name)  # whatever the test finds
        return name

    def test_redis_dies(self):
        """Everything goes on, slower; sessions too. Said once a worker."""
        who = Browser(stack.ptsite.ADMIN)
        since = str(int(time.time()))

        def said(what):
            return docker("logs", "--since", since, containers("web")[0],
                          check=False).count(what)
        with Load("Sin redis") as load:
            name = self.kill("redis")
            until(lambda: said("cache.lost"), what="cache.lost")
            stack.wait_for_load(load, 180)
            self.assertEqual(who.get("/clientes/").status, 200)
            start(name)
            until(lambda: said("cache.back"), what="cache.back")
            stack.wait_for_load(load, 120)
        self.assertEqual(load.failed, [])
        self.assertEqual(load.lost(), [])
        self.assertLessEqual(said("cache.lost"), 4)

    def test_db_dies(self):
        """A wait of two seconds, then 503 with Retry-After; back by itself."""
        who = Browser(stack.ptsite.ADMIN)
        with Load("Sin db") as load:
            stack.wait_for_load(load)
            name = self.kill("db")
            begin = time.monotonic()
            answer = who.get("/clientes/")
            took = time.monotonic() - begin
            self.assertEqual(answer.status, 503)
            self.assertTrue(answer.headers["Retry-After"])
            self.assertGreater(took, WAIT_S - 0.5)
            self.assertLess(took, WAIT_S + 6)
            until(lambda: inspect(containers("web")[0])["State"]["Health"][
                "Status"] == "unhealthy", what="web is unhealthy")
            # it has no part in this, and stays
            self.assertEqual(inspect(containers("nginx")[0])["State"]["Health"][
                "Status"], "healthy")
            start(name)
            until(lambda: who.get("/clientes/").status == 200, what="back")
            back = time.monotonic()
            stack.wait_for_load(load, 60)
        # each failure is a 503 of the application, none of nginx
        self.assertTrue(load.failed)
        for line in load.failed:
            self.assertTrue(line.endswith(": 503 ") or line.endswith(": 503"),
                            line)
        self.assertLess(load.failed_at, back)
        self.assertEqual(load.lost(), [])
        until(lambda: inspect(containers("web")[0])["State"]["Health"][
            "Status"] == "healthy", what="web is healthy")

    def killed_at_work(self, request):
        """The answer to a request whose worker died while it waited."""
        web, db = containers("web")[0], containers("db")[0]
        got = []
        docker("pause", db)
        try:
            t = threading.Thread(target=lambda: got.append(request()))
            t.start()
            pid = until(lambda: at_work(web), what="a worker is at it")
            docker("exec", web, "sh", "-c", f"kill -9 {pid}")
            until(lambda: pid not in [w["pid"] for w in workers(web)],
                  what="it is gone")
        finally:
            docker("unpause", db)
        t.join()
        return got[0]

    def test_a_worker_dies_at_work(self):
        """A GET is tried again on another worker, a POST never is."""
        who = Browser(stack.ptsite.ADMIN)
        form = who.get("/clientes/nuevo/").form("/clientes/nuevo/")
        form["name"] = "Nadie guardó esto"
        answer = self.killed_at_work(lambda: who.get("/cuenta/perfil/"))
        self.assertEqual(answer.status, 200)
        answer = self.killed_at_work(
            lambda: who.post("/clientes/nuevo/", form))
        self.assertEqual(answer.status, 502)
        self.assertIn('<p class="code">502</p>', answer.text)
        self.assertEqual(stack.sql("SELECT count(*) FROM client WHERE name = "
                                   "'Nadie guardó esto'"), "0")

    def test_a_worker_dies(self):
        name = containers("web")[0]
        with Load("Sin un proceso", savers=0) as load:
            for _ in range(3):
                stack.wait_for_load(load)
                docker("exec", name, "sh", "-c",
                       "for d in /proc/[0-9]*; do read -r c <$d/comm && "
                       "[ \"$c\" = ptworker ] && kill -9 ${d#/proc/} && break;"
                       "done; true")
            stack.wait_for_load(load)
        self.assertEqual(load.failed, [])
        until(lambda: "worker.died" in docker("logs", "--tail", "3000", name,
                                              check=False),
              what="worker.died in the log")


if __name__ == "__main__":
    unittest.main()
