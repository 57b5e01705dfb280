"""Static files of the site itself, and of another place."""
import base64
import hashlib
import http.client
import re
import urllib.parse

from case import SiteCase, new_site
from ptsite import ADMIN

LINK = re.compile(r'<(?:link|script)[^>]*(?:href|src)="([^"]*/static/[^"]+)"'
                  r'([^>]*)>')
HERE = ("default-src 'none'; style-src 'self'; script-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'")


def fetch(url, origin):
    """What a browser does for a file that it compares with its hash."""
    at = urllib.parse.urlsplit(url)
    c = http.client.HTTPConnection(at.netloc, timeout=10)
    c.request("GET", at.path, headers={"Origin": origin})
    answer = c.getresponse()
    data = answer.read()
    c.close()
    return answer.status, answer.headers, data


class Without(SiteCase):
    def test_all_of_it_is_here(self):
        page = self.site.get("/")
        links = LINK.findall(page.text)
        self.assertEqual(len(links), 3)
        for address, rest in links:
            self.assertTrue(address.startswith("/static/"), address)
            self.assertNotIn("integrity", rest)
            self.assertNotIn("crossorigin", rest)
            self.assertEqual(self.site.get(address).status, 200)
        self.assertEqual(page.headers["Content-Security-Policy"], HERE)


class With(SiteCase):
    """The other place is another site, as a CDN that asks it would be."""

    @classmethod
    def setUpClass(cls):
        cls.other = new_site(workers=1)
        cls.other.start()
        cls.addClassCleanup(cls.other.stop)
        cls.prefix = f"http://127.0.0.1:{cls.other.port}"
        cls.OPTIONS = {"extra": f"site:\n  static_prefix: {cls.prefix}\n"}
        super().setUpClass()

    def check(self, page):
        links = LINK.findall(page.text)
        self.assertEqual(len(links), 3)
        for address, rest in links:
            self.assertTrue(address.startswith(self.prefix + "/static/"),
                            address)
            status, headers, data = fetch(
                address, f"http://127.0.0.1:{self.site.port}")
            self.assertEqual(status, 200)
            self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
            if address.endswith(".svg"):
                continue
            code = base64.b64encode(hashlib.sha256(data).digest()).decode()
            self.assertIn(f'integrity="sha256-{code}"', rest)
            self.assertIn('crossorigin="anonymous"', rest)
        place = f" {self.prefix}/static/"
        self.assertEqual(
            page.headers["Content-Security-Policy"],
            HERE.replace("style-src 'self'", "style-src 'self'" + place)
            .replace("script-src 'self'", "script-src 'self'" + place)
            .replace("img-src 'self' data:", "img-src 'self' data:" + place)
            .replace("font-src 'self'", "font-src 'self'" + place))

    def test_every_page_has_it_from_there(self):
        admin = self.site.browser(ADMIN)
        for page in (self.site.get("/"), self.site.get("/en/"),
                     self.site.get("/nada/"), admin.get("/clientes/"),
                     admin.get("/clientes/")):  # the second from the cache
            self.check(page)

    def test_drawings_stay_here(self):
        """No browser takes <use href> from another origin."""
        text = self.site.get("/").text
        used = set(re.findall(r'<use href="([^"#]+)#', text))
        self.assertEqual(len(used), 1)
        address = used.pop()
        self.assertTrue(address.startswith("/static/"), address)
        self.assertEqual(self.site.get(address).status, 200)

    def test_a_prefix_that_is_none_is_refused(self):
        self.assertEqual(self.site.ctl("check").returncode, 0)
        self.addCleanup(self.site.write_conf)
        self.site.write_conf(
            extra="site:\n  static_prefix: \"https://a.example; script-src *\""
                  "\n")
        told = self.site.ctl("check", check=False)
        self.assertEqual(told.returncode, 1)
        self.assertIn("site.static_prefix", told.stderr)
