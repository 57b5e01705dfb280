"""Static files are published to a storage account, and pages find them there."""
import base64
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import case
from azurite import (ACCOUNT, Azurite, allow_origins, bearer, make_container,
                     sign, signed)
from process import new_folder
from ptsite import Site

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "scripts", "publish-static")
FOREVER = "public, max-age=31536000, immutable"
TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml",
         "js": "text/javascript; charset=utf-8"}


def signature(rights="rc", seconds=600):
    """What the portal gives for "create" and "read" of objects."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                          time.gmtime(time.time() + seconds))
    text = f"{ACCOUNT}\n{rights}\nb\no\n\n{until}\n\nhttps,http\n2019-12-12\n"
    return urllib.parse.urlencode(
        {"sv": "2019-12-12", "ss": "b", "srt": "o", "sp": rights, "se": until,
         "spr": "https,http", "sig": sign(text)})


class Storage(unittest.TestCase):
    """A container for everybody, and a build of one's own."""

    TLS = False

    @classmethod
    def setUpClass(cls):
        cls.azurite = Azurite.get(cls.TLS)
        allow_origins(cls.azurite)
        try:
            make_container(cls.azurite, "static", public=True)
        except urllib.error.HTTPError as e:
            if e.code != 409:  # of the class before
                raise
        cls.url = cls.azurite.endpoint + "/static"

    def setUp(self):
        """Files of their own for each test: those of the build, renamed."""
        self.folder = new_folder("pt-static-")
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(case.BUILD + "/static", self.folder + "/static")
        self.mark = hashlib.sha256(self.id().encode()).hexdigest()[:10]
        for path in self.files():
            stem, _, ext = path.rsplit(".", 2)
            os.rename(path, f"{stem}.{self.mark}.{ext}")

    def files(self):
        return [os.path.join(folder, name)
                for folder, _, names in os.walk(self.folder + "/static")
                for name in names if not name.endswith(".gz")]

    def names(self):
        return sorted(os.path.relpath(p, self.folder + "/static")
                      for p in self.files())

    def publish(self, **env):
        return subprocess.run(
            [SCRIPT, self.folder + "/static", self.url], text=True,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "CURL_CA_BUNDLE": self.azurite.ca,
                 **env})

    def sent(self, n, there, **env):
        done = self.publish(**env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, f"publish-static: {n} sent, {there} "
                                      "there already\n")

    def get(self, name):
        """As anybody."""
        handlers = [urllib.request.ProxyHandler({})]
        if self.TLS:
            handlers.append(urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=self.azurite.ca)))
        opener = urllib.request.build_opener(*handlers)
        request = urllib.request.Request(f"{self.url}/{name}",
                                         headers={"Origin": "https://a.example"})
        with opener.open(request, timeout=60) as answer:
            return answer.headers, answer.read()


class Publish(Storage):
    def test_what_is_missing_is_sent_once_and_stays(self):
        right = {"STORAGE_SAS": signature()}
        self.assertEqual(len(self.names()), 4)
        self.sent(4, 0, **right)
        self.sent(0, 4, **right)
        for name in self.names():
            headers, data = self.get(name)
            with open(f"{self.folder}/static/{name}", "rb") as f:
                self.assertEqual(data, f.read())
            self.assertEqual(headers["Cache-Control"], FOREVER)
            self.assertEqual(headers["Content-Type"],
                             TYPES[name.rsplit(".")[-1]])
            self.assertNotIn("Content-Encoding", headers)
        # the next build has another style; the old one stays
        style = next(n for n in self.names() if n.endswith(".css"))
        newer = style.replace(self.mark, self.mark[::-1])
        os.rename(f"{self.folder}/static/{style}",
                  f"{self.folder}/static/{newer}")
        self.sent(1, 3, **right)
        self.get(style)
        self.get(newer)

    def test_nothing_that_is_there_is_replaced(self):
        """Not even by other bytes under the same name."""
        self.sent(4, 0, STORAGE_SAS=signature())
        name = self.names()[0]
        before = self.get(name)[1]
        with open(f"{self.folder}/static/{name}", "ab") as f:
            f.write(b"/* more */")
        self.sent(0, 4, STORAGE_SAS=signature())
        self.assertEqual(self.get(name)[1], before)
        # but with the address of browsers it is seen
        done = self.publish(STORAGE_SAS=signature(),
                            STATIC_PREFIX=self.azurite.endpoint)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is another file", done.stderr)

    def test_it_is_looked_at_as_a_browser_would(self):
        prefix = {"STATIC_PREFIX": self.azurite.endpoint}
        self.sent(4, 0, STORAGE_SAS=signature(), **prefix)
        signed(self.azurite, "PUT", "", query={
            "restype": "service", "comp": "properties"},
            body=b"<?xml version=\"1.0\"?><StorageServiceProperties><Cors />"
                 b"</StorageServiceProperties>")
        self.addCleanup(allow_origins, self.azurite)
        done = self.publish(STORAGE_SAS=signature(), **prefix)
        self.assertEqual(done.returncode, 1)
        self.assertIn("lacks Access-Control-Allow-Origin", done.stderr)

    def test_without_the_right_to_it(self):
        for env, told in (({}, "set STORAGE_TOKEN or STORAGE_SAS"),
                          ({"STORAGE_SAS": signature(seconds=-60)}, "403"),
                          ({"STORAGE_SAS": signature("r")}, "403")):
            done = self.publish(**env)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)
            self.assertNotIn("sig=", done.stderr + done.stdout)

    def test_pages_find_them_there(self):
        """The whole way: published, then a site whose pages name them."""
        shutil.rmtree(self.folder + "/static")
        shutil.copytree(case.BUILD + "/static", self.folder + "/static")
        done = self.publish(STORAGE_SAS=signature(),
                            STATIC_PREFIX=self.azurite.endpoint)
        self.assertEqual(done.returncode, 0, done.stderr)
        with Site(case.BUILD, workers=1, extra="site:\n  static_prefix: "
                  f"{self.azurite.endpoint}\n") as site:
            page = site.get("/").text
        found = re.findall(r'(?:href|src)="' + re.escape(self.url) +
                           r'/([^"]+)" integrity="sha256-([^"]+)"', page)
        self.assertEqual(len(found), 2, page[:600])
        for name, code in found:
            headers, data = self.get(name)
            self.assertEqual(
                base64.b64encode(hashlib.sha256(data).digest()).decode(), code)
            self.assertEqual(headers["Access-Control-Allow-Origin"], "*")


class PublishByToken(Storage):
    """Over TLS, as a workflow without any stored key."""

    TLS = True

    def test_what_is_missing_is_sent_once_and_stays(self):
        right = {"STORAGE_TOKEN": bearer()}
        self.sent(4, 0, **right)
        self.sent(0, 4, **right)
        for name in self.names():
            with open(f"{self.folder}/static/{name}", "rb") as f:
                self.assertEqual(self.get(name)[1], f.read())

    def test_without_the_right_to_it(self):
        done = self.publish(STORAGE_TOKEN=bearer(seconds=-60))
        self.assertEqual(done.returncode, 1)
        self.assertIn("403", done.stderr)
