"""scripts/load-test, against a real site."""
import os
import re
import subprocess

from case import SiteCase
from ptsite import ADMIN, PASSWORD, ROOT


class LoadTest(SiteCase):
    OPTIONS = {"workers": 2}

    def load(self, *arguments, text=""):
        done = subprocess.run(
            [f"{ROOT}/scripts/load-test", *arguments], input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={"PATH": os.environ["PATH"]})
        return done.returncode, done.stdout

    def url(self, path):
        return f"http://127.0.0.1:{self.site.port}{path}"

    def test_a_page_of_a_person(self):
        before = int(self.site.ctl("status").stdout.count("clients.list"))
        code, text = self.load("-c", "4", "-d", "1", "-u", ADMIN,
                               self.url("/clientes/"), text=PASSWORD + "\n")
        self.assertEqual(code, 0, text)
        found = re.match(r"(\d+) answered, \d+ a second; .*; 0 failed\n", text)
        self.assertGreater(int(found.group(1)), 50)
        self.assertEqual(before, 0)
        self.assertIn("clients.list", self.site.ctl("status").stdout)

    def test_what_fails(self):
        for arguments, text, said in (
                ([self.url("/clientes/")], "", "status 303, not 200"),
                (["-u", ADMIN, self.url("/")], "falsa\n", "was refused"),
                (["-d", "0", self.url("/")], "", "-d is a number"),
                (["-c", "5000", self.url("/")], "", "-c is a number"),
                (["ftp://x/"], "", "is no address"),
                (["http://127.0.0.1:1/"], "", "nobody answers")):
            code, out = self.load(*arguments, text=text)
            self.assertEqual(code, 1, out)
            self.assertIn(said, out)
        self.assertEqual(self.load()[0], 64)
