"""As much of a browser as the measuring needs: pages, cookies, one form."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


class Browser:
    def __init__(self, origin):
        self.origin = origin
        self.cookies = {}
        self.opener = urllib.request.build_opener(NoRedirect)

    def cookie_header(self):
        return "; ".join(f"{k}={v}" for k, v in self.cookies.items())

    def request(self, path, fields=None):
        """Status, headers, text; a form is posted as a browser does."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(
            self.origin + path, data=data,
            headers={"Origin": self.origin, "Referer": self.origin + path})
        if self.cookies:
            request.add_header("Cookie", self.cookie_header())
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as e:
            answer = e
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return answer.status, answer.headers, answer.read().decode()

    def log_in(self, path, fields):
        """Fills the form at path, hidden fields kept."""
        status, _, page = self.request(path)
        if status != 200:
            raise RuntimeError(f"{path} answers {status}")
        form = dict(fields)
        for tag in re.findall(r"<input[^>]*>", page):
            given = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
            if given.get("type") == "hidden" and "name" in given:
                form[given["name"]] = html.unescape(given.get("value", ""))
        status, _, _ = self.request(path, form)
        if status not in (302, 303):
            raise RuntimeError(f"login at {path} answers {status}")
