"""Identity providers for tests, on loopback, and a person who uses them."""
import atexit
import json
import os
import shutil
import socket
import subprocess
import urllib.parse

from process import Process, free_port, new_folder, wait_until
from ptsite import Browser

HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "a secret: with 100% of +strange& characters"


def new_keys(kid):
    """A JWK set with private keys, made by node."""
    text = ("const k = require('crypto').generateKeyPairSync('rsa',"
            "{modulusLength: 2048}).privateKey.export({format: 'jwk'});"
            "console.log(JSON.stringify({keys: [{...k, use: 'sig',"
            f"alg: 'RS256', kid: '{kid}'}}]}}))")
    return json.loads(subprocess.run(["node", "-e", text], check=True,
                                     capture_output=True).stdout)


class Node:
    """A program of this folder, where the ordinary user may read it."""

    modules = None

    def __init__(self):
        self.folder, self.port = new_folder("pt-oidc-"), free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.process = None

    @classmethod
    def program(cls, name):
        if cls.modules is None:
            cls.modules = new_folder("pt-node-")
            atexit.register(shutil.rmtree, cls.modules, True)
            shutil.copytree(f"{HERE}/node_modules",
                            f"{cls.modules}/node_modules", symlinks=True)
        return shutil.copy(f"{HERE}/{name}", cls.modules)

    def run(self, *command):
        self.process = Process(
            ["node", *command], f"{self.folder}/log", self.folder,
            {"PATH": os.environ["PATH"], "HOME": self.folder})
        wait_until(lambda: self.process.popen.poll() is not None or self.up(),
                   seconds=60, why="the provider listens")
        if self.process.popen.poll() is not None:
            raise AssertionError("it ended: " + self.process.text())

    def up(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.stop()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, content):
        """Whole or not at all: it is read at any moment."""
        path = f"{self.folder}/{name}"
        with open(path + ".new", "w", encoding="utf-8") as f:
            json.dump(content, f)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)
        return path


class Provider(Node):
    """npm's oidc-provider."""

    def __init__(self, site_url):
        super().__init__()
        self.site_url = site_url
        self.people({})

    def people(self, people):
        self.people_file = self.write("people.json", people)

    def start(self, kid="first"):
        client = {"redirect_uris": [f"{self.site_url}/cuenta/oidc/retorno/"],
                  "post_logout_redirect_uris": [f"{self.site_url}/"],
                  "grant_types": ["authorization_code"],
                  "response_types": ["code"]}
        settings = self.write("settings.json", {
            "port": self.port, "jwks": new_keys(kid),
            "people": self.people_file,
            "clients": [
                {**client, "client_id": "pt", "client_secret": SECRET},
                {**client, "client_id": "public",
                 "token_endpoint_auth_method": "none"}]})
        self.run(self.program("provider.mjs"), settings)


class Forger(Node):
    """Signs what it is told to, see forger.mjs."""

    def start(self):
        orders = self.write("orders.json", {})
        self.run(self.program("forger.mjs"), str(self.port), orders)

    def order(self, **orders):
        self.write("orders.json", orders)

    def asked(self, path):
        return json.loads(Browser(self.port).get("/asked").text).get(path, 0)


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class Person:
    """Somebody with a browser who presses the button."""

    def __init__(self, site, provider):
        self.site, self.provider = site, provider
        self.here, self.there = site.browser(), Browser(provider.port)

    def press(self, following="", prefix=""):
        """The answer to the button of the login page."""
        query = urllib.parse.urlencode({"next": following})
        page = self.here.get(f"{prefix}/cuenta/entrar/?{query}")
        action = f"{prefix}/cuenta/oidc/"
        return self.here.post(action, page.form(action))

    def authenticate(self, url, name, refuse=False):
        """The provider's pages, until it sends the browser back: there."""
        answer = self.there.get(path_of(url))
        while answer.status in (302, 303):
            url = answer.location
            if url.startswith(f"http://127.0.0.1:{self.site.port}/"):
                return path_of(url)
            answer = self.there.get(path_of(url))
            if answer.status == 200 and refuse:
                answer = self.there.get(path_of(url) + "/abort")
            elif answer.status == 200:
                action = path_of(answer_action(answer))
                answer = self.there.post(action, {
                    "prompt": answer.form()["prompt"], "login": name,
                    "password": "any"})
        raise AssertionError(f"{answer.status}: {answer.text[:2000]}")

    def come_back(self, name="", following="", prefix=""):
        """The address at which the site is to see the browser again."""
        answer = self.press(following, prefix)
        if answer.status != 303:
            raise AssertionError(f"{answer.status}: {answer.text[:2000]}")
        return self.authenticate(answer.location, name)

    def log_in(self, name="", following="", prefix=""):
        return self.here.get(self.come_back(name, following, prefix))

    def is_in(self):
        return self.here.get("/cuenta/").status == 200


def answer_action(answer):
    """Where the only form of a page leads."""
    return answer.text.split('action="', 1)[1].split('"', 1)[0]
