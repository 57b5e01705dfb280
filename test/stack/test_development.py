"""docker-compose.dev.yml: SQLite, no TLS, demo data, both pools in one."""
import os
import unittest

import stack
from stack import compose, docker, until

PORT = "18888"
HERE = {"files": ("docker-compose.dev.yml",), "env": {"HTTP_PORT": PORT}}


class Development(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        compose("down", "-v", "-t", "30")
        docker("tag", "personal-tech:latest", "personal-tech:dev")
        docker("tag", "personal-tech-nginx:latest", "personal-tech-nginx:dev")
        stack.up(**HERE)

    def test_pages_and_login(self):
        b = stack.ptsite.Browser(int(PORT))
        self.assertEqual(b.get("/").status, 200)
        b.login(stack.ptsite.ADMIN)
        self.assertEqual(b.get("/clientes/").status, 200)

    def test_both_pools(self):
        name = stack.containers("web", "personal-tech-dev")[0]
        for line in ("web: 4 of 4 workers ready", "jobs: 1 of 1 workers ready"):
            until(lambda: line in docker("exec", name, "ptctl", "status"),
                  what=line)

    def test_again_with_the_data_that_is_there(self):
        compose("down", **HERE)
        stack.up(**HERE)
        b = stack.ptsite.Browser(int(PORT))
        b.login(stack.ptsite.ADMIN)

    @classmethod
    def tearDownClass(cls):
        compose("down", "-v", **HERE)


if __name__ == "__main__":
    os.chdir(stack.ROOT)
    unittest.main()
