"""The FastCGI socket itself: what a broken or hostile peer can do."""
import random
import re
import socket
import struct
import subprocess
import time
import unittest

import fastcgi as f
from case import SiteCase, new_site
from ptsite import as_user, wait_until


class Protocol(SiteCase):
    OPTIONS = {"nginx": False, "workers": 1, "level": "warning"}

    def setUp(self):
        self.socket = f"{self.site.folder}/web.sock"
        self.pids = self.site.workers_running()

    def still_serves(self, same_worker=True):
        self.assertIn("Status: 200", f.ask(self.socket, f.request("/")))
        if same_worker:
            self.assertEqual(self.site.workers_running(), self.pids)

    def test_request(self):
        out = f.ask(self.socket, f.request("/"))
        self.assertTrue(out.startswith("Status: 200 OK\r\n"), out[:80])
        self.assertIn("\r\n\r\n\n<!doctype html>", out)

    def test_frames_are_whole_and_none_is_of_the_error_stream(self):
        """Records with content, an empty one of the output at most, the end;
        what a worker has to complain of goes into its log."""
        for path in ("/", "/nada/", "/clientes/", "/%ff", "/services/clients/",
                     "/servicios/ciberseguridad/"):
            records = []
            with f.connect(self.socket) as s:
                s.sendall(f.request(path))
                while not records or records[-1][0] != f.END:
                    records.append(f.read_record(s))
                self.assertEqual(s.recv(1), b"", path)
            self.assertEqual({kind for kind, _ in records[:-1]}, {f.STDOUT})
            self.assertEqual(records[-1][1][4], 0, path)  # REQUEST_COMPLETE
            empty = [i for i, (_, content) in enumerate(records)
                     if content == b""]
            self.assertIn(empty, ([], [len(records) - 2]), path)

    def test_finish_does_not_wait_for_the_peer(self):
        """libfcgi alone would poll for 2 s here."""
        with f.connect(self.socket) as s:
            s.sendall(f.request("/"))
            while f.read_record(s)[0] != f.END:
                pass
            begin = time.monotonic()
            self.still_serves()
            self.assertLess(time.monotonic() - begin, 1.5)

    def test_get_values_is_answered_by_us(self):
        """Repeated names overflow a buffer in libfcgi; here they are not
        even looked at."""
        for names in (["FCGI_MAX_CONNS"], ["FCGI_MAX_CONNS"] * 50, []):
            with f.connect(self.socket) as s:
                s.sendall(f.record(f.GET_VALUES, b"".join(
                    f.pair(n, "") for n in names), 0, padding=3))
                kind, content = f.read_record(s)
                self.assertEqual(kind, f.GET_VALUES_RESULT)
                self.assertIn(b"FCGI_MPXS_CONNS0", content)
                s.sendall(f.request("/"))
                self.assertEqual(f.read_record(s)[0], f.STDOUT)
        self.still_serves()

    def test_other_first_records_end_the_connection(self):
        for data in (f.record(f.PARAMS), f.record(f.STDIN, b"x"),
                     f.record(99), b"GET / HTTP/1.0\r\n\r\n",
                     f.record(f.GET_VALUES, b"x" * 60000, 0)):
            self.assertEqual(f.ask(self.socket, data), "")
        self.still_serves()

    def test_management_records_within_a_request(self):
        """libfcgi would overflow its stack, or leak."""
        for record in (f.record(f.GET_VALUES, f.pair("FCGI_MAX_CONNS", "") * 8,
                                0), f.record(99, b"", 0)):
            begin = f.record(f.BEGIN, struct.pack("!HB5x", 1, 0))
            self.assertEqual(f.ask(self.socket, begin + record), "")
            data = f.request("/cuenta/entrar/", "POST", CONTENT_LENGTH="1",
                             CONTENT_TYPE="application/x-www-form-urlencoded")
            data = data[:-8] + record + f.record(f.STDIN, b"a")
            self.assertIn("Status: 400", f.ask(self.socket, data))
        self.still_serves()

    def test_a_parameter_longer_than_what_is_sent(self):
        """libfcgi would ask for 2 GiB, and take what is cut for whole."""
        begin = f.record(f.BEGIN, struct.pack("!HB5x", 1, 0))
        end = f.record(f.PARAMS) + f.record(f.STDIN)
        for pair in (b"\x01\xff\xff\xff\xf0A", b"\xff" * 8, b"\1\2A"):
            self.assertEqual(f.ask(self.socket, begin + f.record(
                f.PARAMS, pair) + end), "")
        self.still_serves()

    def test_silent_and_half_sent_requests_hold_nobody_for_long(self):
        """read_timeout is 1 s in these tests; one worker serves all."""
        whole = f.request("/")
        for part in (b"", whole[:4], whole[:12], whole[:40]):
            with f.connect(self.socket) as s:
                s.sendall(part)
                begin = time.monotonic()
                self.still_serves()
                self.assertLess(time.monotonic() - begin, 2.5, part)

    def test_body_shorter_than_announced(self):
        data = f.request("/cuenta/entrar/", "POST", CONTENT_LENGTH="100",
                         CONTENT_TYPE="application/x-www-form-urlencoded")
        self.assertIn("Status: 400", f.ask(self.socket, data))
        self.still_serves()

    def test_unread_body_loses_no_response(self):
        data = f.request("/nada/", "POST", b"a" * 50000)
        self.assertIn("Status: 404", f.ask(self.socket, data))
        self.still_serves()

    def test_too_many_parameters(self):
        more = {f"X{i}": "1" for i in range(300)}
        self.assertIn("Status: 400",
                      f.ask(self.socket, f.request("/", **more)))
        self.still_serves()

    def test_proxy_header_and_missing_parameters(self):
        self.assertIn("Status: 200", f.ask(self.socket, f.request(
            "/", HTTP_PROXY="http://evil.example")))
        data = f.record(f.BEGIN, struct.pack("!HB5x", 1, 0)) + f.record(
            f.PARAMS) + f.record(f.STDIN)
        self.assertIn("Status: 40", f.ask(self.socket, data))
        self.still_serves()

    def test_random_garbage(self):
        random.seed(20261124)
        for _ in range(200):
            data = bytearray(f.request("/?q=" + "a" * 50))
            for _ in range(random.randint(1, 6)):
                data[random.randrange(len(data))] = random.randrange(256)
            with f.connect(self.socket) as s:
                try:
                    s.sendall(bytes(data))
                    s.shutdown(1)
                    while s.recv(65536):
                        pass
                except OSError:
                    pass
        self.still_serves()


class Peers(SiteCase):
    """Only the web server's user may speak to the socket."""

    OPTIONS = {"nginx": False, "workers": 1, "level": "warning"}

    def test_a_foreign_user_is_refused(self):
        script = ("import socket,sys\n"
                  "s=socket.socket(socket.AF_UNIX);s.settimeout(5)\n"
                  "s.connect(sys.argv[1])\n"
                  "print(s.recv(100))")
        socket_path = f"{self.site.folder}/web.sock"
        subprocess.run(as_user(["chmod", "755", self.site.folder]),
                       check=True)
        subprocess.run(as_user(["chmod", "666", socket_path]), check=True)
        subprocess.run(["setpriv", "--reuid=daemon", "--regid=daemon",
                        "--clear-groups", "/usr/bin/python3", "-c", script,
                        socket_path], check=True, capture_output=True)
        wait_until(lambda: "peer.refused uid=1 " in self.site.pool.text(),
                   why="the refusal is logged")


class Tcp(unittest.TestCase):
    """Over TCP, by address; a list without a valid entry refuses all."""

    def status(self, allow):
        site = new_site(form="spawn-tcp", nginx=False, workers=1,
                        http=f"allow: {allow}")
        with site:
            with socket.create_connection(("127.0.0.1", site.tcp_port),
                                          timeout=5) as s:
                s.sendall(f.request("/"))
                try:
                    return f.read_record(s)
                except ConnectionResetError:
                    return None

    def test_addresses(self):
        self.assertIsNotNone(self.status("[127.0.0.1]"))
        self.assertIsNotNone(self.status("[127.0.0.0/8]"))
        self.assertIsNone(self.status("[10.0.0.0/8]"))
        self.assertIsNone(self.status("[]"))


class AccessLog(SiteCase):
    """http.access_log and http.suppress_paths"""

    OPTIONS = {"workers": 1,
               "http": "access_log: on\n  suppress_paths: [/robots.txt, /x/]"}

    def lines(self, rid):
        return [line for line in self.site.pool.text().splitlines()
                if re.search(rf"\brequest client=.*\b{rid}\b|"
                             rf"\b{rid}\b.*\brequest client=", line)]

    def line(self, rid, path, **more):
        """What the log has of one request, None if nothing."""
        sock = f"{self.site.folder}/web.sock"
        f.ask(sock, f.request(path, REQUEST_ID=rid, HTTP_HOST="example.com",
                              **more))
        f.ask(sock, f.request("/", REQUEST_ID=rid + "-after"))
        wait_until(lambda: self.lines(rid + "-after"), why="the one after it")
        found = [x for x in self.lines(rid) if rid + "-after" not in x]
        self.assertLess(len(found), 2, found)
        return found[0] if found else None

    def test_suppressed_paths(self):
        """46"""
        self.assertIsNone(self.line("quiet1", "/robots.txt"))
        self.assertIsNone(self.line("quiet2", "/robots.txt", method="HEAD"))
        self.assertRegex(self.line("loud1", "/robots.txt?key=secret"),
                         r"method=GET path=/robots\.txt query_bytes=10 "
                         r"status=200 bytes=\d\d+ us=\d+ statements=\d+ "
                         r"route=public\.robots")
        self.assertRegex(self.line("loud2", "/robots.txt", method="POST",
                                   body=b"a=1"), r"method=POST .*status=405")
        self.assertRegex(self.line("loud3", "/x/"), r"path=/x/ .*status=404")
        self.assertRegex(self.line("loud4", "/sitemap.xml"), "status=200")
        self.assertNotIn("secret", self.site.pool.text())

    def test_an_address_of_ipv6(self):
        """19"""
        for client in ("2001:db8::7", "::1", "192.0.2.9"):
            rid = "v" + re.sub(r"\W", "", client)
            self.assertIn(f"client={client} ",
                          self.line(rid, "/", REMOTE_ADDR=client))

    def test_a_path_that_is_none(self):
        conf = f"{self.site.folder}/conf.yaml"
        with open(conf, encoding="utf-8") as file:
            text = file.read()
        self.addCleanup(self.site.write_conf)
        with open(conf, "w", encoding="utf-8") as file:
            file.write(text.replace("/x/]", "x/]"))
        done = self.site.ctl("reload", check=False)
        self.assertEqual(done.returncode, 1)
        self.site.pool.wait_for(
            'http.suppress_paths: "x/" does not begin with /')


class Forms(unittest.TestCase):
    """Both spawn-fcgi forms behind nginx, and that of the container."""

    def test_container(self):
        with new_site(form="container", nginx=False) as site:
            self.assertEqual(len(site.workers_running()), 2)
            with socket.create_connection(("127.0.0.1", site.tcp_port),
                                          timeout=5) as s:
                s.sendall(f.request("/"))
                self.assertIn(b"Status: 200", f.read_record(s)[1])
            self.assertEqual(site.health()[0], 200)

    def test_bare_worker(self):
        with new_site(form="spawn-worker") as site:
            self.assertEqual(site.get("/").status, 200)
            site.browser("admin@demo.example")

    def test_pool(self):
        with new_site(form="spawn-pool", workers=2) as site:
            self.assertEqual(site.get("/").status, 200)
            self.assertEqual(len(site.workers_running()), 2)
            site.browser("admin@demo.example")
