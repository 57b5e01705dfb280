"""What containers need of ptpool and ptctl: a probe, pools that can be switched
off, a health socket with a port.
"""
import os
import socket
import struct
import threading
import unittest

import harness
from harness import Case, http, until

END = struct.pack(">IB3x", 0, 0)


class Answer:
    """A FastCGI program that answers one request with these bytes."""

    def __init__(self, *records, close=True):
        self.asked = b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.records, self.close = records, close
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        s, _ = self.socket.accept()
        with s:
            while not self.asked.endswith(harness.record(5)):
                self.asked += s.recv(4096)
            s.sendall(b"".join(self.records))
            if not self.close:
                s.recv(1)

    def done(self):
        self.thread.join(10)
        self.socket.close()


class Probe(Case):
    def probe(self, *records, **how):
        answer = Answer(*records, **how)
        result = self.pool().ctl("probe", answer.address, "/x/")
        answer.done()
        self.assertIn(b"REQUEST_URI/x/", answer.asked)
        return result

    def test_status_is_read(self):
        """The program says of each that it went well: exit status 0."""
        for head, status, text in (
                (b"Status: 200 OK\r\n\r\nx", 0, "200\n"),
                (b"Content-Type: text/plain\r\nstatus: 301\r\n\r\n", 0, "301\n"),
                (b"Content-Type: text/plain\r\n\r\nStatus: 503\n", 0, "200\n"),
                (b"Status: 404 Not Found\r\n\r\n", 1, "404\n"),
                (b"Status: 503 Service Unavailable\r\n\r\n", 1, "503\n")):
            with self.subTest(head=head):
                self.assertEqual(self.probe(harness.record(6, head),
                                            harness.record(3, END)),
                                 (status, text))

    def test_a_long_answer_in_pieces(self):
        self.assertEqual(
            self.probe(harness.record(6, b"Sta"), harness.record(7, b"words"),
                       harness.record(6, b"tus: 200 OK\r\n\r\n"),
                       *[harness.record(6, b"y" * 60000)] * 5,
                       harness.record(6), harness.record(3, END)), (0, "200\n"))

    def test_half_answers_are_none(self):
        ok = harness.record(6, b"Status: 200 OK\r\n\r\nx")
        for records in ((), (ok,), (harness.record(3, END),),
                        (harness.record(6, b"Status: 200 OK\r\n"),
                         harness.record(3, END)),
                        (ok, harness.record(3, struct.pack(">IB3x", 0, 2)))):
            with self.subTest(records=records):
                status, text = self.probe(*records)
                self.assertEqual(status, 1)
                self.assertIn("no whole answer", text)

    def test_silence_ends(self):
        status, text = self.probe(close=False)
        self.assertEqual(status, 1)
        self.assertIn("within 5000 ms", text)

    def test_nobody(self):
        p = self.pool()
        for address in (f"127.0.0.1:{self.free_port()}", "unix:/nowhere", "x"):
            status, text = p.ctl("probe", address)
            self.assertEqual(status, 1)
            self.assertIn(f"nobody answers at {address}", text)
        self.assertEqual(p.ctl("probe", "a", "b", "c")[0], 64)

    def test_a_pool(self):
        p = self.pool().start()
        self.assertEqual(p.ctl("probe", "unix:" + p.sock), (0, "200\n"))

    def test_the_supervisor(self):
        p = self.pool().start()
        self.assertEqual(p.ctl("probe"), (0, "200\n"))
        p.mode("fail")
        p.pools["web"]["workers"] = 1
        for w in p.workers():
            p.ctl("recycle", str(w["pid"]))
        until(lambda: p.health()[1]["status"] == "degraded")
        self.assertEqual(p.ctl("probe"), (0, "200\n"))
        p.stop()
        status, text = p.ctl("probe")
        self.assertEqual(status, 1)
        self.assertIn("no supervisor answers", text)


class Enabled(Case):
    def two(self, **other):
        p = self.pool()
        p.pools = {"web": p.web,
                   "other": dict(p.web, listen="unix:" + p.dir + "/o.sock",
                                 **other)}
        p.write()
        return p

    def test_a_pool_that_is_off(self):
        p = self.two(enabled="${OTHER:-off}").start()
        self.assertEqual([q["name"] for q in p.status()["pools"]], ["web"])
        self.assertNotIn("other", p.run("--dump")[1])
        p = self.two(enabled="${OTHER:-off}")
        p.env["OTHER"] = "on"
        p.start()
        self.assertEqual([q["name"] for q in p.status()["pools"]],
                         ["web", "other"])

    def test_all_off(self):
        status, text = self.pool(enabled="off").run("-t")
        self.assertEqual(status, 78)
        self.assertIn("enable one", text)

    def test_a_reload_switches_it_off_and_on(self):
        p = self.two().start()
        for enabled, names in (("off", ["web"]), ("on", ["web", "other"])):
            p.pools["other"]["enabled"] = enabled
            p.write()
            self.assertEqual(p.ctl("reload")[0], 0)
            self.assertEqual([q["name"] for q in p.status()["pools"]], names)
            self.assertEqual(os.path.exists(f"{p.dir}/o.sock"),
                             enabled == "on")


class HealthPort(Case):
    def test_health_and_metrics_by_tcp(self):
        port = self.free_port()
        p = self.pool(supervisor={"health_socket": f"127.0.0.1:{port}"}).start()
        self.assertEqual(http(("127.0.0.1", port))[0], 200)
        self.assertEqual(http(("127.0.0.1", port), target="/status")[0], 404)
        self.assertEqual(http(("127.0.0.1", port), "POST", "/stop")[0], 404)

    def test_addresses(self):
        for address, words in (("127.0.0.1:x", "is no address"),
                               ("a:b:c", "is no address"),
                               ("fd:0", "is no address")):
            p = self.pool(supervisor={"health_socket": address})
            status, text = p.run("-t")
            self.assertEqual(status, 78, text)
            self.assertIn("health_socket", text)
            self.assertIn(words, text)

    def test_control_has_no_port(self):
        p = self.pool(supervisor={"control_socket": "127.0.0.1:9000"})
        status, text = p.run("-t")
        self.assertEqual(status, 78)
        self.assertIn("supervisor.control_socket", text)


if __name__ == "__main__":
    unittest.main()
