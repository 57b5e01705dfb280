"""Drives a real ptpool: starts it in a directory of its own, speaks FastCGI
to its socket and HTTP to its admin sockets. Python 3 standard library only.
"""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             os.pardir, "http"))
from process import free_port  # noqa: E402

BUILD = "build"
PATIENCE_S = 30  # for what takes a moment, on a machine that others keep busy


def program(name):
    return os.path.abspath(os.path.join(BUILD, name))


# --- FastCGI ---------------------------------------------------------------

def record(kind, content=b""):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def params(pairs):
    out = b""
    for name, value in pairs.items():
        name, value = name.encode(), value.encode()
        for part in (name, value):
            n = len(part)
            out += bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)
        out += name + value
    return out


def connect(address, timeout=PATIENCE_S):
    if isinstance(address, str):
        s = socket.socket(socket.AF_UNIX)
    elif ":" in address[0]:
        s = socket.socket(socket.AF_INET6)
    else:
        s = socket.socket()
    s.settimeout(timeout)
    s.connect(address)
    return s


class Lost(Exception):
    """A request that got no whole answer."""


def send_request(address, path="/", rid="r1", timeout=PATIENCE_S):
    s = connect(address, timeout)
    s.sendall(record(1, struct.pack(">HB5x", 1, 0)) +
              record(4, params({"REQUEST_METHOD": "GET", "REQUEST_URI": path,
                                "REQUEST_ID": rid})) +
              record(4) + record(5))
    return s


def read_answer(s):
    """The body, once END_REQUEST has come."""
    data, out = b"", b""
    with s:
        while True:
            try:
                more = s.recv(65536)
            except OSError as e:
                raise Lost(str(e)) from e
            data += more
            while len(data) >= 8:
                _, kind, _, n, pad = struct.unpack(">BBHHBx", data[:8])
                if len(data) < 8 + n + pad:
                    break
                if kind == 3:
                    return out.split(b"\r\n\r\n", 1)[1].decode()
                if kind == 6:
                    out += data[8:8 + n]
                data = data[8 + n + pad:]
            if not more:
                raise Lost("connection closed")


def ask(address, path="/", rid="r1", timeout=PATIENCE_S):
    """[pid, generation, slot, uid, text] of the echo worker that answered."""
    try:
        s = send_request(address, path, rid, timeout)
    except OSError as e:
        raise Lost(str(e)) from e
    return read_answer(s).split(" ", 4)


# --- HTTP on the admin sockets -----------------------------------------------

def http(path, method="GET", target="/health/", timeout=PATIENCE_S):
    """(status, body as JSON)"""
    with connect(path, timeout) as s:
        s.sendall(f"{method} {target} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else None


def environment_of(pid):
    with open(f"/proc/{pid}/environ", encoding="utf-8") as f:
        return f.read()


def until(test, timeout=PATIENCE_S, what="condition"):
    """Waits for a true value and returns it."""
    end = time.monotonic() + timeout
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out: {what}")
        time.sleep(0.01)


# --- processes ---------------------------------------------------------------

def state_of(pid):
    """Its letter in /proc; "" when it is no more."""
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid):
    """It has ended, whether or not process 1 has taken note of that."""
    return state_of(pid) in ("", "Z", "X")


def halt(pid):
    """From now on it takes no request, and goes on with none."""
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state_of(pid) == "T", what=f"{pid} stands still")


def resume(pid):
    os.kill(pid, signal.SIGCONT)


# --- one supervisor ---------------------------------------------------------

class Pool:
    """A ptpool with its own directory; pools is a dict of dicts of keys."""

    def __init__(self, pools=None, supervisor=None, env=None, **web):
        self.dir = tempfile.mkdtemp(prefix="ptp", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.sock = self.dir + "/web.sock"
        self.health_sock = self.dir + "/h.sock"
        self.control_sock = self.dir + "/c.sock"
        self.conf = self.dir + "/pool.yaml"
        self.log_path = self.dir + "/log"
        self.mode_file = self.dir + "/mode"
        self.env = dict(os.environ, ECHO_MODE_FILE=self.mode_file,
                        **(env or {}))
        for name in ("PT_CONF", "DATABASE_URL", "DEBUG", "SECRET_KEY",
                     "AUDIT_KEY"):
            self.env.pop(name, None)
        self.proc = None
        self.halted = []
        self.supervisor = {"health_socket": self.health_sock,
                           "control_socket": self.control_sock,
                           "pid_file": self.dir + "/pid"}
        self.supervisor.update(supervisor or {})
        self.web = {"command": program("echo-worker"),
                    "listen": "unix:" + self.sock, "own_accept": "on",
                    "environment": "[ECHO*]", "workers": 2, "stop_timeout": "5s"}
        self.web.update(web)
        self.pools = pools or {"web": self.web}
        self.log_file = ""
        self.log_format = "text"
        self.write()

    def write(self, extra=""):
        lines = ["pools:"]
        for name, keys in self.pools.items():
            lines.append(f"  {name}:")
            lines += [f"    {k}: {v}" for k, v in keys.items()]
        lines.append("supervisor:")
        lines += [f"  {k}: {v}" for k, v in self.supervisor.items()]
        lines += ["log:", "  console: debug",
                  f"  format: {self.log_format}"]
        if self.log_file:
            lines.append(f"  file: {self.log_file}")
        with open(self.conf, "w") as f:
            f.write("\n".join(lines) + "\n" + extra)

    def mode(self, text):
        """How echo workers started from now on behave."""
        with open(self.mode_file + ".new", "w") as f:
            f.write(text)
        os.rename(self.mode_file + ".new", self.mode_file)

    def start(self, *args, prefix=(), ready=True, ptpool=None, **popen):
        popen.setdefault("stdin", subprocess.DEVNULL)
        with open(self.log_path, "ab") as log:
            self.proc = subprocess.Popen(
                [*prefix, ptpool or program("ptpool"), "-c", self.conf, *args],
                stdout=log, stderr=log, env=self.env, cwd=self.dir, **popen)
        if ready:
            self.wait_log("pool.ready")
        return self

    def run(self, *args, name="ptpool", **popen):
        """One call that ends by itself: (status, output)."""
        p = subprocess.run([program(name), "-c", self.conf, *args],
                           stdin=subprocess.DEVNULL, capture_output=True,
                           env=self.env, cwd=self.dir, timeout=60, **popen)
        return p.returncode, (p.stdout + p.stderr).decode()

    def ctl(self, *args):
        return self.run(*args, name="ptctl")

    def log(self):
        """Its whole lines: the last one may still be written."""
        with open(self.log_path, errors="replace") as f:
            text = f.read()
        return text[:text.rfind("\n") + 1]

    def wait_log(self, text, timeout=PATIENCE_S, count=1):
        def found():
            if self.log().count(text) >= count:
                return True
            if self.proc.poll() is not None:
                raise AssertionError("ptpool ended:\n" + self.log())
            return False
        try:
            until(found, timeout)
        except AssertionError:
            raise AssertionError(f"no {text!r} in:\n{self.log()}") from None

    def ask(self, path="/", **more):
        return ask(self.sock, path, **more)

    def health(self):
        return http(self.health_sock)

    def status(self):
        return http(self.control_sock, target="/status")[1]

    def workers(self, pool=0, state="ready"):
        return [w for w in self.status()["pools"][pool]["list"]
                if w["state"] == state]

    def busy(self, pool=0):
        """The process of a worker that has a request, or None."""
        return next((w["pid"] for w in self.workers(pool) if w["request"]),
                    None)

    def halt_busy(self, pool=0):
        """The process of a worker that has a request, which is halted."""
        pid = until(lambda: self.busy(pool), what="busy")
        halt(pid)
        self.halted.append(pid)
        return pid

    def send(self, sig):
        self.proc.send_signal(sig)

    def wait(self, timeout=PATIENCE_S):
        return self.proc.wait(timeout)

    def stop(self, sig=signal.SIGTERM):
        self.send(sig)
        return self.wait()

    def children(self):
        pid = self.proc.pid
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(n) for n in f.read().split()]

    def close(self):
        for pid in self.halted:  # a test that failed resumed none
            if state_of(pid) == "T":
                os.kill(pid, signal.SIGKILL)
        if self.proc is not None and self.proc.poll() is None:
            children = self.children()
            self.proc.kill()
            self.proc.wait()
            for pid in children:  # those that no TERM ends
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        shutil.rmtree(self.dir, ignore_errors=True)


class Load:
    """Threads that ask all the time; counts answers and losses."""

    def __init__(self, address, threads=4, path="/sleep/2"):
        self.address, self.path = address, path
        self.answered, self.lost, self.seen = 0, [], set()
        self.ending = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run)
                        for _ in range(threads)]

    def run(self):
        while not self.ending:
            try:
                got = ask(self.address, self.path)
            except Lost as e:
                with self.lock:
                    self.lost.append(str(e))
                continue
            with self.lock:
                self.answered += 1
                self.seen.add((got[1], got[0]))

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def answers(self, more):
        """Waits until so many more have come than now."""
        enough = self.answered + more
        until(lambda: self.answered >= enough or self.lost,
              what=f"{more} answers")

    def __exit__(self, *_):
        self.ending = True
        for t in self.threads:
            t.join()


class Case(unittest.TestCase):
    def pool(self, *args, **more):
        p = Pool(*args, **more)
        self.addCleanup(p.close)
        return p

    free_port = staticmethod(free_port)

    def refused(self, p, *needed):
        """A start that fails with status 1 and one clear line."""
        p.start(ready=False)
        self.assertEqual(p.wait(), 1)
        for text in needed:
            self.assertIn(text, p.log())
