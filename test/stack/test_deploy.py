"""Releases by the scripts of the workflow, step by step, from a registry.

The steps are those of .github/workflows/deploy.yml: what GitHub would do for
Azure is done here for Compose, on the stack that the other tests have started.
"""
import contextlib
import json
import os
import re
import socket
import subprocess
import time
import unittest

import stack
from stack import (Browser, Load, containers, docker, inspect, run, until,
                   wait_for_load)

WORKFLOW = stack.ROOT + "/.github/workflows/deploy.yml"
FOLDER = stack.WORK + "/deploy"
REGISTRY_PORT = 15000
STAGING_PORT = 18445
# HEALTH_S: here it is well when it is looked at first, after 10 s, or never
ENV = {"DEPLOY_TARGET": "compose", "REGISTRY": f"127.0.0.1:{REGISTRY_PORT}",
       "DEPLOY_STATE": FOLDER + "/state", "STAGING_PORT": str(STAGING_PORT),
       "CURL_CA_BUNDLE": stack.SECRETS + "/tls/fullchain.pem",
       "HEALTH_S": "25", "DOCKER_BUILDKIT": "0"}
# those of scripts/stack-test, which has built all of it once already
OPTIONS = {"Build images": ["--network", "host", "--build-arg",
                            "http_proxy=http://127.0.0.1:3142"]}
PROGRAMS = ("ptpool", "ptworker", "ptjobs", "ptctl")
# a worker that ends at once
BROKEN = r"""
RUN printf '#!/bin/sh\nexit 1\n' >/app/bin/ptworker"""
# one that works in the first container that it is started in, and no other
MARK = "/var/lib/personal-tech/files/first"
ONCE = rf"""
RUN mv /app/bin/ptworker /app/bin/ptworker.real && printf '%s\n' '#!/bin/sh' \
    '[ -e {MARK} ] || hostname >{MARK}' \
    '[ "$(cat {MARK})" = "$(hostname)" ] || exit 1' \
    'exec /app/bin/ptworker.real "$@"' >/app/bin/ptworker && \
    chmod 755 /app/bin/ptworker"""

registry = None


def steps():
    """(name, command, is it for failures?) of the job that releases."""
    with open(WORKFLOW, encoding="utf-8") as f:
        job = f.read().partition("\n  release:\n")[2]
    found = re.findall(r"^      - name: (.+)\n(?:        if: (.+)\n)?"
                       r"        run: (.+)$", job, re.M)
    assert len(found) == job.count(" run: ") > 5
    return [(name, command.split(), "failure()" in condition)
            for name, condition, command in found]


def setUpModule():
    """The registry, in a folder of its own; a stack, if there is none."""
    global registry
    os.makedirs(FOLDER + "/registry")
    with open(FOLDER + "/registry.yml", "w", encoding="ascii") as f:
        f.write(f"version: 0.1\nlog: {{level: error}}\n"
                f"storage: {{filesystem: {{rootdirectory: {FOLDER}/registry}}}}"
                f"\nhttp: {{addr: 127.0.0.1:{REGISTRY_PORT}}}\n")
    with open(FOLDER + "/registry.log", "wb") as log:
        registry = subprocess.Popen(
            ["docker-registry", "serve", FOLDER + "/registry.yml"],
            stdout=log, stderr=log)
    unittest.addModuleCleanup(registry.wait)
    unittest.addModuleCleanup(registry.terminate)

    def listens():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", REGISTRY_PORT)) == 0
    until(listens, what="the registry listens")
    if not containers("web"):
        run("scripts/secrets", "localhost", "127.0.0.1")
        stack.up()
        stack.compose("run", "--rm", "--no-deps", "-T", "--entrypoint", "ptctl",
                      "migrate", "seed")


def image(name):
    return f"127.0.0.1:{REGISTRY_PORT}/{name}"


def revision():
    """The commit that the stack's images were built from."""
    found = json.loads(docker("image", "inspect", "personal-tech:latest"))
    return found[0]["Config"]["Labels"]["org.opencontainers.image.revision"]


def build_like(tag, more="", of=None):
    """A release like the one before, but for its commit and what is broken."""
    of = of or revision()
    assert len(tag) == len(of)  # it is replaced within programs
    text = (f"FROM {image('personal-tech')}:{of}\nUSER 0:0\n"
            f"RUN sed -i s/{of}/{tag}/g " +
            " ".join("/app/bin/" + p for p in PROGRAMS) + more +
            "\nUSER 10001:10001\n")
    docker("build", "--network", "none", "-t", f"{image('personal-tech')}:{tag}",
           "-", text_in=text, env={"DOCKER_BUILDKIT": "0"})
    docker("tag", f"{image('personal-tech-nginx')}:{of}",
           f"{image('personal-tech-nginx')}:{tag}")


class Release:
    """One run of the job, as GitHub would make it."""

    def __init__(self, tag, only=None):
        self.tag, self.failed, self.told, self.took = tag, None, {}, {}
        for name, command, on_failure in steps():
            # what build_like() has made is not built
            wanted = name in only if only else name != "Build images"
            if wanted and on_failure == (self.failed is not None):
                self.step(name, command + OPTIONS.get(name, []))
        print(f"{tag}: " + ", ".join(f"{k} {v:.1f} s"
                                     for k, v in self.took.items()))

    def step(self, name, command):
        begin = time.monotonic()
        done = subprocess.run(command, cwd=stack.ROOT, capture_output=True,
                              text=True, timeout=1200,
                              env=dict(stack.ENV, **ENV, DEPLOY_TAG=self.tag))
        self.took[name] = time.monotonic() - begin
        self.told[name] = done.stdout + done.stderr
        with open(f"{stack.LOGS}/deploy-{self.tag}", "a",
                  encoding="utf-8") as log:
            print(f"== {name}: {done.returncode}\n{self.told[name]}", file=log)
        if done.returncode != 0:
            if self.failed is not None:
                raise AssertionError(f"{name}: {self.told[name]}")
            self.failed = name


class Deploy(unittest.TestCase):
    """In the order of their names: each goes on where the last one ended."""

    def commit(self):
        return json.loads(Browser().get("/health/").text)["commit"]

    def images(self):
        """Of what runs."""
        return [inspect(n)["Config"]["Image"]
                for service in ("web", "jobs", "nginx")
                for n in containers(service)]

    def serves(self, tag, images=None):
        """What people get, and what runs."""
        self.assertEqual(self.commit(), tag)
        self.assertEqual(Browser().get("/").status, 200)
        self.assertEqual(self.images(), images or [
            f"{image('personal-tech')}:{tag}"] * 2 + [
            f"{image('personal-tech-nginx')}:{tag}"])
        self.assertEqual(docker("ps", "-aq", "--filter", "name=-staging-"), "")

    def nobody_noticed(self, load):
        print(f"{load.answered} answered, slowest {load.slowest_s:.2f} s")
        self.assertEqual(load.failed, [])
        self.assertEqual(load.lost(), [])
        self.assertGreater(load.answered, 50)

    def test_1_a_commit_is_built_and_pushed(self):
        tag = revision()
        Release(tag, ("Build images", "Push images"))
        for name in ("personal-tech", "personal-tech-nginx"):
            found = docker("image", "inspect", "--format", "{{.RepoDigests}}",
                           f"{image(name)}:{tag}")
            self.assertIn(f"{image(name)}@sha256:", found)

    def test_2_the_next_one_is_served(self):
        tag = "2" * len(revision())
        build_like(tag)
        with Load("Siguiente") as load:
            wait_for_load(load)
            release = Release(tag)
            wait_for_load(load)
        self.assertIsNone(release.failed, release.told)
        self.serves(tag)
        self.nobody_noticed(load)

    def test_3_one_whose_worker_does_not_start_is_seen_by_nobody(self):
        tag, before = "3" * len(revision()), self.commit()
        build_like(tag, BROKEN)
        with Load("Rota") as load:
            release = Release(tag)
            wait_for_load(load, 60)
        self.assertEqual(release.failed, "Check staging", release.told)
        self.assertIn("503", release.told["Check staging"])
        self.assertIn("has not reached production", release.told["Roll back"])
        self.serves(before)
        self.nobody_noticed(load)

    def test_4_one_that_breaks_on_its_way_is_taken_back(self):
        """Well in staging, and nowhere else: the swap is undone."""
        tag, before = "4" * len(revision()), self.commit()
        build_like(tag, ONCE)
        with Load("Tarde") as load:
            release = Release(tag)
            wait_for_load(load, 60)
        docker("exec", containers("web")[0], "rm", MARK)
        self.assertEqual(release.failed, "Swap", release.told)
        self.serves(before)
        self.nobody_noticed(load)

    def test_5_what_is_served_is_rolled_back(self):
        """By hand, when it shows later that a release was none."""
        tag, before = self.commit(), revision()
        self.assertNotEqual(tag, before)
        images = ["personal-tech:latest"] * 2 + ["personal-tech-nginx:latest"]
        with Load("Vuelta") as load:
            run("scripts/deploy/roll-back", env=dict(ENV, DEPLOY_TAG=tag))
            wait_for_load(load, 60)
        self.serves(before, images)
        self.nobody_noticed(load)
        # and that cannot be done twice
        told = run("scripts/deploy/roll-back", env=dict(ENV, DEPLOY_TAG=tag),
                   check=False)
        self.assertIn("has not reached production", told)
        self.serves(before, images)

    def test_6_health_is_that_of_the_commit(self):
        """Another one that answers is not the release."""
        told = run("scripts/deploy/health", "production", check=False,
                   env=dict(ENV, DEPLOY_TAG="f" * len(revision()), HEALTH_S="3"))
        self.assertIn("is not well", told)

    def test_7_names_that_mean_something_to_a_shell_are_refused(self):
        for name in ("DEPLOY_TAG", "REGISTRY", "DEPLOY_TARGET"):
            told = run("scripts/deploy/swap", check=False, env=dict(
                ENV, **{"DEPLOY_TAG": "abc", name: "a;b"}))
            self.assertRegex(told, name)

    def test_8_tests_run_in_a_debian_of_their_own(self):
        """The other job of the workflow: a Debian, and this tree in it."""
        told = run("scripts/deploy/in-debian", "make", "help", env={
            "CI_NETWORK": "host", "http_proxy": "http://127.0.0.1:3142"})
        self.assertIn("build the programs", told)

    def test_9_what_cannot_be_started_is_removed(self):
        """A second nginx, whose port somebody has taken."""
        def all_of_nginx():
            return docker("ps", "-a", "--format", "{{.Names}} {{.State}}",
                          "--filter", "label=com.docker.compose.service=nginx")
        before = all_of_nginx()
        with contextlib.ExitStack() as held:
            for port in stack.HTTPS_PORTS:
                s = held.enter_context(socket.socket())
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):  # that of the first one
                    s.bind(("127.0.0.1", port))
                    s.listen()
            told = run("scripts/deploy/swap", check=False,
                       env=dict(ENV, DEPLOY_TAG="3" * len(revision())))
        self.assertIn("in use", told)
        self.assertEqual(all_of_nginx(), before)


if __name__ == "__main__":
    unittest.main()
