#!/usr/bin/env python3
"""docs/tour.md, followed to the letter in a copy of this tree; and the
skeletons of scripts/new-page, as they are.

    test/tour/test_tour.py [--build DIR]

Ends with "tour: N passed, N failed".
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
COMMAND_S = 300
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
MESSAGE = re.compile(r"^MSG\((\w+),.*$", re.M)


class Copy:
    """A copy of the files that git knows or would add, and of what is built
    from them, so that only what the tour changes is built again."""

    def __init__(self, build):
        self.folder = tempfile.mkdtemp(prefix="pt-tour-", dir="/tmp")
        names = self.git("ls-files", "-coz", "--exclude-standard",
                         folder=TREE).split("\0")
        for name in filter(None, names):
            source = os.path.join(TREE, name)
            if os.path.exists(source):
                target = os.path.join(self.folder, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)
        shutil.copytree(os.path.join(TREE, build), f"{self.folder}/build",
                        symlinks=True,
                        ignore=shutil.ignore_patterns("*-logs", "screenshots"))
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=tour", "-c", "user.email=tour@example.com",
                 "commit", "-q", "-m", "start")

    def git(self, *arguments, folder=None):
        return subprocess.run(["git", "-C", folder or self.folder, *arguments],
                              check=True, capture_output=True,
                              text=True).stdout

    def run(self, command, status=0):
        began = time.monotonic()
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command],
                              cwd=self.folder, text=True, timeout=COMMAND_S,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        print(f"      {time.monotonic() - began:5.1f} s  {command.strip()}")
        if (done.returncode != 0) != (status != 0):
            raise AssertionError(f"{command}: status {done.returncode}\n"
                                 f"{done.stdout[-4000:]}")
        return done.stdout

    def changed(self):
        return self.git("status", "--porcelain")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        if name.endswith("messages.def"):
            text = merged(open(path, encoding="utf-8").read(), text)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def merged(old, new):
    """old, with the lines of new in the place of those with their keys."""
    for line in MESSAGE.finditer(new):
        same = re.compile(rf"^MSG\({line[1]},.*$", re.M)
        if same.search(old):
            old = same.sub(lambda _, text=line[0]: text, old)
        else:
            old += line[0] + "\n"
    return old


# feature, page, and what else is said
PAGES = (("clients", "history", ""), ("company", "jobs", ""),
         ("workshops", "index", ""),
         ("a_long_name_of_a_feature", "a_long_name_of_some_page",
          " AT=/largo/"))
WRONG = ("F=clients P=list", "F=clients", "F=Clients P=x", "F=../x P=y",
         "F=clients P=z AT=/clientes/", "F=clients P=z AT=clientes")


def skeletons_overwrite_nothing(copy):
    for feature, page, more in PAGES:
        copy.run(f"make -s new-page F={feature} P={page}{more}")
    before = copy.changed()
    for feature, page, more in PAGES:
        copy.run(f"make -s new-page F={feature} P={page}{more}", status=1)
    for wrong in WRONG:
        copy.run(f"make -s new-page {wrong}", status=1)
    assert copy.changed() == before, "a refusal wrote something"


def the_tour(copy):
    """Each block of docs/tour.md in its turn."""
    with open(f"{copy.folder}/docs/tour.md", encoding="utf-8") as f:
        blocks = BLOCK.findall(f.read())
    assert len(blocks) > 6, "docs/tour.md has hardly any blocks"
    for language, path, text in blocks:
        if path:
            copy.write(path, text)
        elif language == "sh":
            copy.run(text)
        else:
            raise AssertionError(f"a block of {language} without a path")
    assert "test/http/test_clients_recent.py" in copy.changed()


def skeletons_work_as_they_are(copy):
    names = " ".join(f"test_{feature}_{page}" for feature, page, _ in PAGES)
    copy.run(f"python3 test/http/run.py {names} test_public"
             " test_access.Access")
    copy.run("scripts/lint format messages layers functions columns files")
    listed = copy.run("make -s routes")
    for feature, page, _ in PAGES:
        name = feature if page == "index" else page
        assert re.search(rf" {feature}\.{page} +show +views/{feature}/"
                         rf"{name}\.c:\d+ +{feature}/{page}\.tpl$", listed,
                         re.M), f"{feature}.{page} is not in:\n{listed}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    passed = failed = 0
    copy = Copy(options.build)
    # the skeletons come first, so that all is built once
    for test in (skeletons_overwrite_nothing, the_tour,
                 skeletons_work_as_they_are):
        try:
            test(copy)
            passed += 1
            print(f"ok    {test.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {test.__name__}\n{traceback.format_exc()}")
    copy.remove()
    print(f"tour: {passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
