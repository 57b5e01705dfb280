"""Programs that tests start: as whom, where, and until when."""
import collections
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOM = 2 << 30
# names that say to whoever runs beside us which ports are ours: a site takes
# one long before its nginx listens there
taken = collections.deque(maxlen=64)


def in_memory():
    """Is there a file system in memory with enough room, from which programs
    may be started? What tests write need not outlive the machine, and a disk
    that many wait for makes them slow."""
    try:
        fs = os.statvfs("/dev/shm")
    except OSError:
        return False
    return (fs.f_bavail * fs.f_frsize > ROOM and
            not fs.f_flag & os.ST_NOEXEC and os.access("/dev/shm", os.W_OK))


def new_folder(prefix):
    """A folder with a short path, of the account everything runs as."""
    folder = tempfile.mkdtemp(prefix=prefix,
                              dir="/dev/shm" if in_memory() else "/tmp")
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


def ordinary_user():
    """The account everything runs as."""
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(
        os.geteuid()).pw_name


def as_user(command):
    """command, run as the ordinary user."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=nobody", "--regid=nogroup",
            "--clear-groups", "--"] + command


def free_port():
    """A port below those that the kernel gives to outgoing connections: who
    asks again and again for a server that is down would get its port as its
    own, be connected to itself, and keep the server from coming back."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0pt-test-port-{port}")
        except OSError:
            name.close()
            continue
        taken.append(name)
        return port


def wait_until(what, seconds=30, why="condition"):
    """Calls what() until it is true: once more after the time is over, which
    a machine that stood still did not give it."""
    end = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= end
        if what():
            return
        if late:
            raise AssertionError(f"after {seconds} s still not: {why}")
        time.sleep(0.02)


def connects(path):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


class Process:
    """A program in a session of its own, its output in a file."""

    def __init__(self, command, log, cwd, env=None, pass_fds=()):
        self.log = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(
                as_user(command), cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True,
                pass_fds=pass_fds)

    @property
    def pid(self):
        return self.popen.pid

    def stop(self, sig=signal.SIGTERM, seconds=40):
        if self.popen.poll() is None:
            self.popen.send_signal(sig)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.popen.pid, signal.SIGKILL)
                self.popen.wait()
                raise AssertionError(f"{self.log}: did not stop")
        return self.popen.returncode

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def lines(self, *words):
        """The whole lines so far with all these words."""
        return [line for line in self.text().split("\n")[:-1]
                if all(word in line for word in words)]

    def wait_for(self, *words):
        """Those lines, once there is one: what a worker writes comes through
        its supervisor, after the answer to its page."""
        wait_until(lambda: self.lines(*words), why=f"{words} in {self.log}")
        return self.lines(*words)
