"""The two sides of the comparison: Google's ctemplate, and pttpl.

A case is (files, data, strip): the template and what it includes as a list of
(name, bytes), the data as the bytes of a JSON object, and the strip mode. Each
side gives the expansion, or None where it refuses.
"""
import os
import select
import shlex
import subprocess

STRIPS = ("none", "blank", "whitespace")


ANSWER_S = 10  # the library loops where nothing opens a marker


class Crashed(Exception):
    """The library ended, or does not: what would be right is not known."""


class Oracle:
    """The library, in one process for all questions."""

    def __init__(self, folder):
        source = os.path.join(os.path.dirname(__file__), "oracle.cc")
        self.program = os.path.join(folder, "oracle")
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libctemplate", "json-c"],
            check=True, capture_output=True, text=True).stdout.split()
        subprocess.run(
            shlex.split(os.environ.get("CXX", "g++")) +
            ["-std=c++17", "-O1", "-Wall", "-Wextra", "-o", self.program,
             source] + flags + ["-lpthread"], check=True)
        # where it finds no template of another's
        self.folder = os.path.join(folder, "empty")
        os.mkdir(self.folder)
        self.start()

    def start(self):
        # what it logs is not compared
        self.process = subprocess.Popen(
            [self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=self.folder)

    def expand(self, files, data, strip):
        question = b"%d %d %d\n" % (STRIPS.index(strip), len(files), len(data))
        for name, text in files:
            question += b"%s %d\n%s" % (name.encode(), len(text), text)
        self.process.stdin.write(question + b"\n" + data)
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_S)
        line = self.process.stdout.readline().split() if ready else []
        if not line:
            self.process.kill()
            self.close()
            self.start()
            raise Crashed
        out = self.process.stdout.read(int(line[1]))
        return out if line[0] == b"ok" else None

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Port:
    """pttpl render, a process for each question. errors is what it said."""

    def __init__(self, program, folder):
        self.program, self.errors = program, ""
        self.folder = os.path.join(folder, "port")
        os.mkdir(self.folder)

    def expand(self, files, data, strip):
        for name in os.listdir(self.folder): # none of the case before
            os.unlink(os.path.join(self.folder, name))
        for name, text in files + [("data.json", data)]:
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(text)
        done = subprocess.run(
            [self.program, "render", files[0][0], "data.json",
             "--strip=" + strip], cwd=self.folder, capture_output=True)
        self.errors = done.stderr.decode("utf-8", "replace")
        if done.returncode == 0:
            return done.stdout
        if done.returncode != 1:
            raise RuntimeError(f"pttpl ended with {done.returncode}: "
                               f"{files!r} {data!r} {self.errors}")
        return None
