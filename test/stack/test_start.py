"""The stack comes up, and what its containers may do."""
import json
import os
import socket
import unittest

import stack
from stack import Browser, compose, containers, docker, inspect, run, until

SERVICES = ("db", "redis", "web", "jobs", "nginx")
SHOW = ("grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/1/status;"
        "tr '\\0' ' ' </proc/1/cmdline; echo; cat /proc/1/comm;"
        "stat -c %u /proc/1; touch /nowhere 2>&1; touch /usr/nowhere 2>&1; true")


def setUpModule():
    run("scripts/secrets", "localhost", "127.0.0.1")
    stack.up()
    compose("run", "--rm", "--no-deps", "-T", "--entrypoint", "ptctl",
            "migrate", "seed")


class Start(unittest.TestCase):
    def test_all_are_healthy(self):
        for service in SERVICES:
            names = containers(service)
            self.assertEqual(len(names), 1, service)
            self.assertEqual(inspect(names[0])["State"]["Health"]["Status"],
                             "healthy")

    def test_migrated_once_and_ended(self):
        name = docker("ps", "-a", "--filter",
                      "label=com.docker.compose.service=migrate", "--format",
                      "{{.Names}} {{.State}}").split()
        self.assertEqual(name[1], "exited")
        self.assertEqual(inspect(name[0])["State"]["ExitCode"], 0)

    def test_no_root_no_capability_read_only(self):
        for service in SERVICES:
            with self.subTest(service=service):
                name = containers(service)[0]
                told = docker("exec", name, "sh", "-c", SHOW)
                for line in ("CapEff:\t0000000000000000",
                             "CapPrm:\t0000000000000000",
                             "CapBnd:\t0000000000000000", "NoNewPrivs:\t1",
                             "Seccomp:\t2"):
                    self.assertIn(line, told)
                self.assertNotIn("\n0\n", told)
                self.assertEqual(told.count("Read-only file system"), 2, told)
                host = inspect(name)["HostConfig"]
                self.assertTrue(host["ReadonlyRootfs"])
                self.assertFalse(host["Privileged"])
                self.assertGreater(host["Memory"], 0)
                self.assertGreater(host["NanoCpus"], 0)
                self.assertGreater(host["PidsLimit"], 0)
                self.assertFalse(host["Ulimits"])
                self.assertEqual(host["LogConfig"]["Config"]["max-size"], "10m")

    def test_process_1(self):
        """spawn-fcgi has become ptpool, nginx the entry point."""
        for service, comm in (("web", "ptpool"), ("jobs", "ptpool"),
                              ("nginx", "nginx")):
            self.assertEqual(docker("exec", containers(service)[0], "cat",
                                    "/proc/1/comm").strip(), comm)

    def test_strays_are_reaped(self):
        """What loses its parent becomes a child of process 1."""
        name = containers("web")[0]
        pid = docker("exec", name, "sh", "-c", "(sleep 0.3 >/dev/null 2>&1 &"
                     " echo $!; exec sleep 0.1) & wait").strip()
        self.assertRegex(pid, r"^\d+$")
        # a zombie would be there
        until(lambda: docker("exec", name, "sh", "-c", f"[ -e /proc/{pid} ] ||"
                             " echo gone") == "gone\n", what="it is reaped")

    def test_secrets_are_not_in_the_environment(self):
        for service in SERVICES:
            env = "\n".join(inspect(containers(service)[0])["Config"]["Env"])
            for name in ("postgres_password", "redis_password", "secret_key",
                         "audit_key", "backup_key"):
                with open(f"{stack.SECRETS}/{name}", encoding="ascii") as f:
                    self.assertNotIn(f.read().strip(), env)

    def test_secrets_are_made_once(self):
        """Another audit_key or password would be a loss."""
        def all_of_them():
            found = {}
            for folder, _, names in os.walk(stack.SECRETS):
                for name in names:
                    with open(f"{folder}/{name}", "rb") as f:
                        found[name] = f.read()
            return found
        before = all_of_them()
        self.assertEqual(os.stat(stack.SECRETS).st_mode & 0o777, 0o700)
        self.assertEqual(run("scripts/secrets", "localhost", "127.0.0.1"), "")
        self.assertEqual(all_of_them(), before)
        self.assertIn("exists", run("scripts/certificate", check=False))
        for names in (["a b"], ["x;y"]):
            self.assertIn("is no name", run(
                "scripts/certificate", *names, check=False,
                env={"FORCE": "yes"}))
        self.assertEqual(all_of_them(), before)

    def test_only_nginx_is_published(self):
        for service in SERVICES:
            ports = inspect(containers(service)[0])["HostConfig"]["PortBindings"]
            self.assertEqual(bool(ports), service == "nginx", service)
        # no way out for those who hold the data
        for service in ("db", "redis", "web"):
            networks = inspect(containers(service)[0])["NetworkSettings"]
            for network in networks["Networks"]:
                self.assertTrue(inspect(network)["Internal"], network)

    def test_login_by_a_provider_opens_web_alone(self):
        def services(*files, **env):
            return json.loads(compose("config", "--format", "json", files=files,
                                      env=env))["services"]
        without = services("docker-compose.yml")
        opened = services("docker-compose.yml", "docker-compose.oidc.yml",
                          OIDC_ISSUER="https://login.example",
                          OIDC_CLIENT_ID="pt")
        web, was = opened.pop("web"), without.pop("web")
        self.assertEqual(opened, without)
        self.assertEqual(set(web["networks"]) - set(was["networks"]),
                         {"provider"})
        self.assertEqual([s["source"] for s in web["secrets"]
                          if s not in was["secrets"]], ["oidc_client_secret"])
        told = compose("config", "-q", check=False, files=(
            "docker-compose.yml", "docker-compose.oidc.yml"),
            env={"OIDC_CLIENT_ID": "pt"})
        self.assertIn("OIDC_ISSUER", told)

    def test_more_workers_than_connections_are_refused(self):
        """Before anything is started: all else waits for this one."""
        told = compose("run", "--rm", "--no-deps", "-T", "migrate",
                       check=False, env={"WORKERS": "40"})
        self.assertIn("database.connections: 7 instances of 46", told)

    def test_who_may_connect_to_the_pool(self):
        """nginx may; the host, at the gateway's address, may not."""
        name = containers("web")[0]
        address = inspect(name)["NetworkSettings"]["Networks"][
            "personal-tech_fastcgi"]["IPAddress"]
        with socket.create_connection((address, 9000), 10) as s:
            try:
                s.sendall(b"\1\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0")
                self.assertEqual(s.recv(100), b"")
            except ConnectionError:
                pass
        until(lambda: "peer.refused" in docker("logs", name, check=False),
              what="refusal in the log")
        self.assertEqual(Browser().get("/").status, 200)


class Health(unittest.TestCase):
    def test_probe_reads_the_status(self):
        """A page with an error is no health, though the program ran well."""
        name = containers("web")[0]
        self.assertEqual(docker("exec", name, "ptctl", "probe",
                                "127.0.0.1:9000").strip(), "200")
        told = docker("exec", name, "ptctl", "probe", "127.0.0.1:9000", "/no/",
                      check=False)
        self.assertIn("404", told)

    def test_health_through_nginx(self):
        def well():
            answer = Browser().get("/health/")
            return answer.status == 200 and '"status":"ok"' in answer.text
        until(well, what="all workers are ready")  # not "degraded"


if __name__ == "__main__":
    unittest.main()
