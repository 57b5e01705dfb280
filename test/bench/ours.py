"""Instances of Personal Technology: a database and a cache for each."""

import http.client
import re
import time

from contender import PATH, Contender
from stack import TREE, die

WORKERS = 3
KEY = "only for measuring, on this machine, for a minute"


class Ours:
    """One pool. name is that of its folder and of its upstream in nginx."""

    def __init__(self, stack, name, database=None, cache="none"):
        self.stack = stack
        self.name = name
        self.folder = stack.path(name)
        stack.make_folder(name)
        self.environment = {
            "RUN_DIR": self.folder, "STATE_DIR": self.folder,
            "RUN_USER": stack.user, "SECRET_KEY": KEY, "AUDIT_KEY": KEY,
            "DATABASE_URL": database or f"sqlite:{self.folder}/data.db"}
        self.conf = f"{name}/personal-tech.yaml"
        self.write_conf(cache)
        self.port = stack.add_site("ours", name)
        self.process = None

    def write_conf(self, cache):
        with open(f"{TREE}/conf/personal-tech.example.yaml",
                  encoding="utf-8") as f:
            text = f.read()
        # of the pool web, which is the first
        for pattern, value in ((r"^(    workers: )\d+", str(WORKERS)),
                               (r"^(  console: )\w+", "warning"),
                               (r"^(cache:\n(?:  .*\n)*?  url: ).*", cache)):
            text, n = re.subn(pattern, rf"\g<1>{value}", text, count=1,
                              flags=re.M)
            if n == 0:
                die(f"conf/personal-tech.example.yaml has no {pattern}")
        self.stack.write(self.conf, text)

    def ptctl(self, *words):
        return self.stack.run(["bin/ptctl", "-c", self.conf, *words],
                              env=self.environment)

    def fill(self, *more):
        """Schema and demo data; what seed prints names a login."""
        self.ptctl("migrate")
        return self.ptctl("seed", *more)

    def start(self):
        self.process = self.stack.start(
            self.name, ["bin/ptpool", "-c", self.conf], env=self.environment)

    def stop(self):
        self.stack.stop_one(self.process)

    def contender(self, label, seeded, path=PATH):
        return Contender(self.name, label, self.port, path, (
            "/cuenta/entrar/", demo_login(seeded)))


def demo_login(seeded):
    """The first login that `ptctl seed` names: e-mail and password."""
    found = re.search(r"([\w.+-]+@[\w.-]+)\W+(\S+)", seeded)
    if not found:
        die(f"no login in what ptctl seed printed:\n{seeded}")
    return {"email": found.group(1), "password": found.group(2)}


def seconds_to_first_200(port, path, start, patience=30):
    """From the start of a program to the first good answer."""
    begin = time.monotonic()
    start()
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port,
                                                timeout=patience)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        took = time.monotonic() - begin
        if status == 200:
            return took
        if took > patience:
            die(f"{path} gives {status} after {patience} s")
        time.sleep(0.001)
