#!/usr/bin/env python3
"""scripts/setup and scripts/doctor, in a tree of their own.

Ends with "setup: N passed, N failed".
"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CONF = "etc/personal-tech/personal-tech.yaml"
CERTIFICATE = "etc/personal-tech/tls/fullchain.pem"


def run(*command, check=False):
    done = subprocess.run(command, cwd=TREE, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}")
    return done.returncode, done.stdout


class Installed(unittest.TestCase):
    """Laid out once; each test gives back what it took away."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="pt-setup-")
        run("scripts/setup", "--root", cls.root, check=True)
        os.makedirs(os.path.dirname(cls.path(CERTIFICATE)))
        cls.make_certificate(30)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.root, name)

    @classmethod
    def make_certificate(cls, days):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
            "-days", str(days), "-subj", "/CN=localhost", "-keyout",
            cls.path("key.pem"), "-out", cls.path(CERTIFICATE), check=True)

    def doctor(self):
        return run("scripts/doctor", "--root", self.root)

    def finds(self, *words):
        """Exactly one thing, with these words."""
        code, text = self.doctor()
        self.assertEqual(code, 1, text)
        self.assertEqual(text.count("WRONG"), 1, text)
        for word in words:
            self.assertIn(word, text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def put(self, name, text):
        """For this test alone."""
        before = self.read(name)
        mode = stat.S_IMODE(os.stat(self.path(name)).st_mode)

        def back():
            with open(self.path(name), "w", encoding="utf-8") as f:
                f.write(before)
            os.chmod(self.path(name), mode)
        self.addCleanup(back)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    # --- setup ---

    def test_nothing_is_missing(self):
        code, text = self.doctor()
        self.assertEqual(code, 0, text)
        self.assertIn("nothing is missing", text)

    def test_secrets_are_for_nobody_else(self):
        for name in ("secret_key", "audit_key", "backup_key"):
            path = self.path(f"etc/personal-tech/{name}")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertEqual(len(self.read(f"etc/personal-tech/{name}")), 64)
        self.assertNotEqual(self.read("etc/personal-tech/secret_key"),
                            self.read("etc/personal-tech/audit_key"))

    def test_again_it_changes_nothing_of_ours(self):
        kept = ("etc/personal-tech/secret_key", "etc/personal-tech/audit_key",
                "etc/nginx/sites-available/personal-tech.conf")
        before = [self.read(name) for name in kept]
        self.put(CONF, self.read(CONF) + "# ours\n")
        run("scripts/setup", "--root", self.root, check=True)
        self.assertEqual([self.read(name) for name in kept], before)
        self.assertTrue(self.read(CONF).endswith("# ours\n"))

    def test_sockets_are_for_the_group_of_nginx(self):
        code, text = run(self.path("usr/lib/personal-tech/ptpool"), "-c",
                         self.path(CONF), "--dump")
        self.assertEqual(code, 0, text)
        self.assertIn("pools.web.listen_group: www-data\n", text)
        self.assertIn("supervisor.health_group: www-data\n", text)

    def test_what_nginx_sends_is_there(self):
        site = self.read("etc/nginx/sites-available/personal-tech.conf")
        self.assertIn("root /usr/share/personal-tech;", site)
        share = self.path("usr/share/personal-tech")
        self.assertTrue(os.path.isfile(f"{share}/errors/502.html"))
        self.assertTrue(any(name.startswith("app.") and name.endswith(".gz")
                            for name in os.listdir(f"{share}/static/css")))

    def test_the_manual_can_be_read(self):
        for name in ("man1/ptctl.1", "man8/ptpool.8",
                     "man5/personal-tech.yaml.5"):
            self.assertIn(".TH ", self.read(f"usr/share/man/{name}"))

    # --- doctor ---

    def test_a_mistake_in_the_configuration(self):
        self.put(CONF, self.read(CONF).replace("workers: 4", "workers: many"))
        self.finds("pools.web.workers", "many", "reload personal-tech")

    def test_an_open_secret(self):
        path = self.path("etc/personal-tech/secret_key")
        os.chmod(path, 0o644)
        self.addCleanup(os.chmod, path, 0o600)
        self.finds("secret_key can be read by others", f"chmod 600 {path}")

    def test_a_short_secret(self):
        self.put("etc/personal-tech/audit_key", "short")
        self.finds("audit_key has less than 32 characters")

    def test_a_lost_program(self):  # one that no pool runs
        path = self.path("usr/lib/personal-tech/ptctl")
        os.rename(path, path + ".away")
        self.addCleanup(os.rename, path + ".away", path)
        self.finds("ptctl does not run", "scripts/setup")

    def test_a_certificate_that_ends_soon(self):
        self.addCleanup(self.make_certificate, 30)
        self.make_certificate(7)
        self.finds("expires within 14 days", "renew it")

    def test_no_certificate(self):
        os.rename(self.path(CERTIFICATE), self.path("away.pem"))
        self.addCleanup(os.rename, self.path("away.pem"),
                        self.path(CERTIFICATE))
        self.finds("fullchain.pem is missing", "put a certificate there")

    def test_a_backlog_that_the_kernel_cuts(self):
        self.put(CONF, self.read(CONF).replace("backlog: 511",
                                               "backlog: 65535"))
        self.finds("65535", "sysctl -w net.core.somaxconn=65535")

    def test_wrong_words(self):
        self.assertEqual(run("scripts/doctor", "--what")[0], 64)
        self.assertNotEqual(run("scripts/setup", "--root")[0], 0)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Installed)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"setup: {result.testsRun - failed} passed, {failed} failed")
    return 0 if failed == 0 and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
