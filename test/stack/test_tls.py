"""TLS as scanners see it, what nginx says by itself, and a new certificate."""
import concurrent.futures
import http.client
import json
import os
import re
import ssl
import time
import unittest
import xml.etree.ElementTree

import stack
from stack import Browser, Load, containers, docker, run, until, wait_for_load

GOOD = re.compile(r"^(TLS_(AES|CHACHA20)_\w+|ECDHE-(ECDSA|RSA)-(AES\d+-GCM|"
                  r"CHACHA20-POLY1305)(-SHA\d+)?)$")


def plain(path, **headers):
    c = http.client.HTTPConnection("127.0.0.1", stack.HTTP_PORT, timeout=10)
    c.request("GET", path, headers=headers)
    answer = c.getresponse()
    answer.read()
    c.close()
    return answer


def serial():
    """Of the certificate that nginx shows."""
    with stack.connect(context=trusting()) as s:
        return ssl.DER_cert_to_PEM_cert(s.getpeercert(True))


def trusting():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Scanned(unittest.TestCase):
    def test_sslscan(self):
        run("sslscan", "--no-colour", f"--xml={stack.LOGS}/sslscan.xml",
            f"127.0.0.1:{stack.HTTPS_PORTS[0]}")
        test = xml.etree.ElementTree.parse(
            f"{stack.LOGS}/sslscan.xml").getroot().find("ssltest")
        enabled = {f"{p.get('type')} {p.get('version')}"
                   for p in test.findall("protocol") if p.get("enabled") == "1"}
        self.assertEqual(enabled, {"tls 1.2", "tls 1.3"})
        ciphers = {c.get("cipher") for c in test.findall("cipher")}
        self.assertGreaterEqual(len(ciphers), 6)
        for cipher in ciphers:
            self.assertRegex(cipher, GOOD)
        for bug in test.findall("heartbleed"):
            self.assertEqual(bug.get("vulnerable"), "0")
        for group in test.findall("group"):
            self.assertGreaterEqual(int(group.get("bits")), 128)

    def test_testssl(self):
        """Protocols and the known holes."""
        out = f"{stack.LOGS}/testssl.json"
        if os.path.exists(out):
            os.remove(out)
        run("testssl", "--quiet", "--color", "0", "--warnings", "off",
            "--add-ca", stack.SECRETS + "/tls/fullchain.pem", "-p", "-U",
            "--jsonfile", out, f"localhost:{stack.HTTPS_PORTS[0]}", check=False,
            timeout=1200)
        with open(out, encoding="utf-8") as f:
            found = json.load(f)
        by_id = {x["id"]: x for x in found}
        for name in ("heartbleed", "ROBOT", "SWEET32", "POODLE_SSL", "DROWN",
                     "LOGJAM", "BEAST", "LUCKY13", "RC4", "TLS1_2", "TLS1_3"):
            self.assertTrue([i for i in by_id if i.startswith(name)], name)
        bad = [f"{x['id']}: {x['severity']} {x['finding']}" for x in found
               # BREACH: compressed pages have tokens that differ each time
               if x["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL") and
               x["id"] != "BREACH"]
        self.assertEqual(bad, [])

    def test_old_versions_are_refused(self):
        for version in ("1", "1_1"):
            out = run("openssl", "s_client", "-connect",
                      f"127.0.0.1:{stack.HTTPS_PORTS[0]}", f"-tls{version}",
                      "-cipher", "ALL:@SECLEVEL=0", check=False, text_in="")
            self.assertNotIn("Cipher is ECDHE", out)


class Answers(unittest.TestCase):
    def test_plain_http_leads_to_tls(self):
        answer = plain("/clientes/?q=a", Host="evil.example")
        self.assertEqual(answer.status, 301)
        # the configured name, not the one that was asked for
        self.assertEqual(answer.headers["Location"],
                         "https://localhost/clientes/?q=a")

    def test_http2_is_offered(self):
        context = trusting()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with stack.connect(context=context) as s:
            self.assertEqual(s.selected_alpn_protocol(), "h2")

    def test_hsts(self):
        answer = Browser().get("/")
        self.assertIn("max-age=31536000",
                      answer.headers["Strict-Transport-Security"])
        self.assertIsNone(plain("/").headers["Strict-Transport-Security"])

    def test_static_files_come_compressed(self):
        page = Browser().get("/").text
        css = re.search(r'href="(/static/[^"]+\.css)"', page)[1]
        answer = Browser().get(css, **{"Accept-Encoding": "gzip"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertIn("immutable", answer.headers["Cache-Control"])

    def test_upload_limits_and_static_pages(self):
        """What is too big never reaches a worker."""
        b = Browser()
        answer = b.post("/contacto/", {"body": "x" * (1 << 20)})
        self.assertEqual(answer.status, 413)
        self.assertIn("</html>", answer.text)
        self.assertEqual(answer.headers["Retry-After"], "10")

    def test_logins_are_limited(self):
        """By nginx; the application, which counts failed ones, sees none."""
        b = Browser()
        # faster than the limit lets one go, whatever one of them takes
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: b.post("/cuenta/entrar/", {}),
                                    range(40)))
        refused = [a for a in answers if a.status == 429]
        self.assertEqual({a.status for a in answers}, {403, 429})
        self.assertIn('<p class="code">429</p>', refused[0].text)
        self.assertEqual(refused[0].headers["Retry-After"], "10")
        # looking at the form is no login
        self.assertEqual(b.get("/cuenta/entrar/").status, 200)
        time.sleep(6)  # for those who come next


class Renewal(unittest.TestCase):
    def test_new_certificate_without_a_drop(self):
        before = serial()
        with Load("Certificado") as load:
            wait_for_load(load)
            stack.trust_present()
            run("scripts/certificate", "localhost", "127.0.0.1",
                env={"FORCE": "yes"})
            docker("kill", "--signal", "HUP", containers("nginx")[0])
            until(lambda: serial() != before, what="the new certificate")
            wait_for_load(load)
        self.assertEqual(load.failed, [])
        self.assertEqual(load.lost(), [])


if __name__ == "__main__":
    unittest.main()
