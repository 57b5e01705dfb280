"""Pages through nginx with TLS, in a browser."""
import os
import re
import subprocess
import unittest

import stack
from stack import containers, docker, until


class Pages(unittest.TestCase):
    def test_browser(self):
        """test/stack/pages.mjs, each of whose tests must pass."""
        env = dict(os.environ, BASE_URL=stack.url(), SCREENSHOTS=stack.LOGS,
                   ADMIN_EMAIL=stack.ptsite.ADMIN,
                   DEMO_PASSWORD=stack.ptsite.PASSWORD)
        done = subprocess.run(["node", "test/stack/pages.mjs"], env=env,
                              cwd=stack.ROOT, capture_output=True, text=True,
                              timeout=600)
        print(done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"browser: [1-9]\d* passed, 0 failed")

    def test_a_request_has_one_name_everywhere(self):
        """From nginx to the log, and to the visitor."""
        rid = stack.Browser().get("/").headers["X-Request-Id"]
        self.assertRegex(rid, r"^[0-9a-f]{32}$")
        until(lambda: rid in docker("logs", "--tail", "200",
                                    containers("nginx")[0], check=False),
              what="request in the log of nginx")

    def test_a_file_goes_through_the_volume(self):
        """Uploaded by a worker, sent by nginx, which may only read it."""
        admin = stack.Browser(stack.ptsite.ADMIN)
        page = admin.get("/clientes/1/archivos/subir/")
        if page.status != 200:
            page = admin.get("/clientes/1/archivos/")
        action = re.search(r'action="(/clientes/1/[^"]*subir/)"', page.text)[1]
        answer = admin.post_files(action, page.form(action),
                                  [("files", "nota.txt", b"una nota\n")])
        self.assertEqual(answer.status, 303, answer.text)
        page = admin.get(answer.location).text
        for link in re.findall(r'href="(/archivos/[^"]+|/clientes/1/archivos/'
                               r'\d+/[^"]*)"', page):
            got = admin.get(link)
            if got.status == 200 and got.bytes == b"una nota\n":
                break
        else:
            self.fail("the file was not found in the page")


if __name__ == "__main__":
    unittest.main()
