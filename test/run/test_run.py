#!/usr/bin/env python3
"""`make run` as people meet it: started in a scratch copy of this tree, looked
at from outside, stopped by Ctrl-C, killed, started again.

As root it is tested twice: as root, and as an ordinary user.
Ends with "run: N passed, N failed".
"""

import contextlib
import errno
import gzip
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.append(f"{TREE}/test/http")
from process import free_port  # noqa: E402

FIRST_START_S = 300  # builds, when there is no build to copy
SECOND_START_S = 2
WRITING_S = 2.5  # the script looks for a new configuration each second
PATIENCE_S = 60  # for what takes a moment, on a machine that others keep busy
ORDINARY_USER = "nobody"


class Failed(Exception):
    pass


def check(ok, what):
    if not ok:
        raise Failed(what)


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise Failed(f"{what() if callable(what) else what} within {seconds} s")


def get(port, path, data=None, headers=None):
    """Status, headers and body; status 0 when nobody answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()
    except OSError:
        return 0, {}, b""


def answer_of(port, path, data=None):
    """get(), again while nobody answers: a server that answers before it
    has read all may hang up on who still sends."""
    def answer():
        got = get(port, path, data)
        return got if got[0] else None
    return wait_for(answer, PATIENCE_S, f"{path} is answered")


def held_port():
    """A port that no other test is given as a free one, though it is closed
    until a server listens there, and again when that server has gone."""
    while True:
        held, port = socket.socket(), free_port()
        with contextlib.suppress(OSError):
            held.bind(("127.0.0.1", port))
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return held, port
        held.close()


def is_closed(port):
    with socket.socket() as s:
        s.settimeout(PATIENCE_S)
        return s.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def load_now():
    """How many processes run or want to, for each processor."""
    with open("/proc/loadavg", encoding="ascii") as f:
        return int(f.read().split()[3].split("/")[0]) / os.cpu_count()


def processes(words):
    """{pid: (uid, command line)} of the programs whose command line, or the
    one of an ancestor, names the words."""
    table = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
            with open(f"/proc/{pid}/stat", encoding="ascii",
                      errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            if fields[0] != "Z":
                uid = os.stat(f"/proc/{pid}").st_uid
                table[int(pid)] = (uid, line, int(fields[1]))
    found = {p for p, (_, line, _) in table.items()
             if any(w in line for w in words)}
    grown = True
    while grown:
        more = {p for p, (_, _, parent) in table.items() if parent in found}
        grown = not more <= found
        found |= more
    return {p: table[p][:2] for p in found if p in table}


def parent_of(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as f:
            return int(f.read().rpartition(")")[2].split()[1])
    return None


class Copy:
    """A scratch copy of the tree, with what is built already."""

    def __init__(self, user):
        self.user = user
        self.folder = tempfile.mkdtemp(prefix="pt-run.")
        self.path = os.path.join(self.folder, "clone")
        files = subprocess.run(
            ["git", "-C", TREE, "ls-files", "-co", "--exclude-standard", "-z"],
            check=True, stdout=subprocess.PIPE).stdout
        os.mkdir(self.path)
        self.copy_each(files)
        if os.path.isdir(f"{TREE}/build"):
            subprocess.run(["cp", "-a", f"{TREE}/build", self.path],
                           check=True)
        if user:
            # mkdtemp's 0700 would be the user's own: as /home is
            subprocess.run(["chown", "-R", user, self.folder], check=True)
        self.held, self.port = held_port()
        self.root_state = None
        self.process = None
        self.log = os.path.join(self.folder, "output")

    def copy_each(self, files):
        for name in files.decode().split("\0"):
            source = os.path.join(TREE, name)
            if name and os.path.lexists(source):
                target = os.path.join(self.path, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)

    def as_user(self, words):
        if not self.user:
            return words
        return ["setpriv", "--reuid", self.user, "--regid",
                str(pwd.getpwnam(self.user).pw_gid), "--clear-groups"] + words

    def environment(self, port):
        env = {k: v for k, v in os.environ.items()
               if k not in ("DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FILE",
                            "AUDIT_KEY", "AUDIT_KEY_FILE",
                            "DEBUG", "XDG_RUNTIME_DIR", "RUN_DIR",
                            "STATE_DIR", "MAKEFLAGS", "PT_CONF")}
        env["PORT"] = str(port)
        if self.user:
            env["HOME"] = self.folder
        return env

    def start(self):
        with open(self.log, "wb") as out:
            # a group of its own, as a terminal's foreground job has
            self.process = subprocess.Popen(
                self.as_user([f"{self.path}/scripts/run"]), stdout=out,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                cwd=self.path, env=self.environment(self.port),
                start_new_session=True)

    def run(self, words, **more):
        """Another command in the clone: its code and its output."""
        done = subprocess.run(
            self.as_user(words), cwd=self.path, timeout=3 * PATIENCE_S,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False,
            env=dict(self.environment(more.get("port", self.port))))
        return done.returncode, done.stdout.decode(errors="replace")

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def open(self, seconds):
        def ready():
            if self.process.poll() is not None:
                raise Failed(f"scripts/run ended with "
                             f"{self.process.returncode}: {self.output()}")
            return get(self.port, "/")[0] == 200
        wait_for(ready, seconds, "the home page is open")

    def state(self):
        if self.user or os.geteuid() != 0:
            return f"{self.path}/var"
        # where its link leads to, though a new file lies in its place now
        real = os.path.realpath(f"{self.path}/conf/personal-tech.yaml")
        if real.startswith("/var/lib/personal-tech/"):
            self.root_state = os.path.dirname(os.path.dirname(real))
        return self.root_state or f"{self.path}/var"

    def mine(self):
        words = [self.state() + "/", f"{self.path}/build/"]
        return {p: v for p, v in processes(words).items() if p != os.getpid()}

    def programs(self, name):
        return [p for p, (_, line) in self.mine().items() if name in line]

    def server(self, name):
        """The one that scripts/run started itself: a child of it that was
        just forked has the same command line."""
        found = [p for p in self.programs(name)
                 if parent_of(p) == self.process.pid]
        check(len(found) == 1, f"one {name}, not {found}")
        return found[0]

    def gone(self):
        wait_for(lambda: not self.mine(), PATIENCE_S,
                 lambda: f"no process is left: {self.mine()}")
        check(is_closed(self.port), "the port is closed")

    def ends(self, code, seconds=PATIENCE_S):
        try:
            got = self.process.wait(seconds)
        except subprocess.TimeoutExpired as e:
            raise Failed(f"scripts/run still runs after {seconds} s") from e
        check((got == 0) == (code == 0),
              f"scripts/run ended with {got}: {self.output()}")
        self.gone()

    def clean(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE_S)
        for pid in self.mine():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        state = self.state()
        if state.startswith("/var/lib/personal-tech/"):
            shutil.rmtree(state, ignore_errors=True)
            shutil.rmtree("/run/personal-tech/" + os.path.basename(state),
                          ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.held.close()


# --- the tests, in this order: each one finds what the last one left ----------

def test_first_start(copy):
    copy.start()
    copy.open(FIRST_START_S)
    check(get(copy.port, "/health/")[0] == 200, "/health/ answers 200")


def test_says_where_and_who(copy):
    wait_for(lambda: "Stop   " in copy.output(), PATIENCE_S,
             "the announcement is printed")
    text = copy.output()
    check(f"http://127.0.0.1:{copy.port}/" in text, f"the address: {text}")
    logins = re.findall(r"[\w.]+@[\w.]+", text)
    check(len(set(logins)) >= 3, f"three demo logins, not {logins}")
    check("reload" in text, "how to reload")


def test_nothing_runs_as_root(copy):
    def roots():
        return [line for uid, line in copy.mine().values()
                if uid == 0 and "scripts/run" not in line and
                not line.startswith("sleep")]
    # what scripts/run does itself, it does as root, and in a moment
    wait_for(lambda: not roots(), PATIENCE_S, lambda: f"as root: {roots()}")
    check(copy.programs("ptworker"), "its programs are looked at")


def test_secret_is_private(copy):
    for name in ("secret_key", "audit_key", "backup_key"):
        secret = f"{copy.state()}/{name}"
        check(os.stat(secret).st_mode & 0o777 == 0o600, f"{name} is 0600")
        check(os.path.getsize(secret) >= 32, f"{name} is long")


def test_static_files(copy):
    css = re.search(rb'href="(/static/[^"]*app\.[0-9a-f]{10}\.css)"',
                    get(copy.port, "/")[2])
    check(css, "the home page names app.css with its hash")
    path = css.group(1).decode()
    status, headers, plain = get(copy.port, path)
    check(status == 200, f"{path} is served")
    check("immutable" in headers["Cache-Control"], "for a year")
    check(headers["X-Content-Type-Options"] == "nosniff", "nosniff")
    _, headers, small = get(copy.port, path,
                            headers={"Accept-Encoding": "gzip"})
    check(headers["Content-Encoding"] == "gzip", "compressed")
    check(gzip.decompress(small) == plain, "the same when unpacked")
    status, headers, _ = get(copy.port, "/static/none.0123456789.css")
    check(status == 404 and "Cache-Control" not in headers, "404, not kept")


def test_html_is_compressed(copy):
    _, headers, _ = get(copy.port, "/", headers={"Accept-Encoding": "gzip"})
    check(headers["Content-Encoding"] == "gzip", "the home page is compressed")


def test_big_body_is_refused(copy):
    status, headers, page = answer_of(copy.port, "/cuenta/entrar/",
                                      b"x" * (1 << 20) + b"x")
    check(status == 413, f"413, not {status}")
    check(b"1 MB" in page and b"Too large" in page, "in both languages")
    check("Server" not in headers or "/" not in headers["Server"],
          "nginx keeps its version to itself")


def test_second_instance_is_refused(copy):
    code, text = copy.run(["scripts/run"], port=free_port())
    check(code != 0, "a second one of the same clone ends")
    check("already being served" in text and str(copy.port) in text, text)
    check(get(copy.port, "/")[0] == 200, "the first one goes on")


def workers(copy):
    return len(copy.programs("ptworker"))


def set_workers(copy, number, in_place):
    path = f"{copy.path}/conf/personal-tech.yaml"
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"workers: \d+", f"workers: {number}", f.read())
    # as `sed -i` does: a new file, whole, in the place of the link
    target = path if in_place else path + ".edited"
    with open(target, "w", encoding="utf-8") as f:
        f.write(text)
    if copy.user and not in_place:
        shutil.chown(target, copy.user)
    if not in_place:
        os.rename(target, path)


def test_conf_and_reload_by_ptctl(copy):
    set_workers(copy, 2, in_place=True)
    ptctl = f"{copy.path}/build/ptctl"
    code, text = copy.run([ptctl, "-c", "conf/personal-tech.yaml", "reload"])
    check(code == 0, f"ptctl reload: {text}")
    wait_for(lambda: workers(copy) == 2, PATIENCE_S,
             lambda: f"2 workers, not {workers(copy)}, after the reload")
    check(get(copy.port, "/")[0] == 200, "the site is open")


def test_conf_replaced_and_reload_by_script(copy):
    set_workers(copy, 3, in_place=False)
    code, text = copy.run(["scripts/ctl", "reload"])
    check(code == 0, f"scripts/ctl reload: {text}")
    wait_for(lambda: workers(copy) == 3, PATIENCE_S,
             lambda: f"3 workers, not {workers(copy)}, after the reload")


def test_conf_that_takes_time_to_write(copy):
    """As editors do that make a new file, some seconds slower."""
    path = f"{copy.path}/conf/personal-tech.yaml"
    with open(path, encoding="utf-8") as f:
        lines = f.readlines() + ["# the end\n"]
    os.unlink(path)
    with open(path, "w", encoding="utf-8") as f:
        for line in lines:
            print(line, end="", file=f, flush=True)
            time.sleep(WRITING_S / len(lines))
    if copy.user:
        shutil.chown(path, copy.user)
    code, text = copy.run(["scripts/ctl", "reload"])
    check(code == 0, f"scripts/ctl reload: {text}")
    with open(path, encoding="utf-8") as f:
        check(f.readlines() == lines, "nothing of it is lost")
    check(copy.user or os.path.islink(path), "root's is a link again")


def test_ctrl_c(copy):
    os.killpg(copy.process.pid, signal.SIGINT)
    copy.ends(0)
    check("Traceback" not in copy.output(), copy.output())


def test_second_start_is_quick(copy):
    times = []
    for attempt in range(5):  # other work on the machine may slow down one
        if attempt:
            copy.process.terminate()
            copy.ends(0)
        # where others keep the machine busy everything takes its share
        # longer; the average of a minute tells of a minute ago
        loads = [os.getloadavg()[0] / os.cpu_count(), load_now()]
        began = time.monotonic()
        copy.start()
        copy.open(PATIENCE_S)
        took = time.monotonic() - began
        loads.append(load_now())
        limit = SECOND_START_S * max(1, loads[0], sum(loads[1:]) / 2)
        times.append(f"{took:.1f} of {limit:.1f} s")
        if took < limit:
            break
    check(took < limit, f"{times} until the home page")
    wait_for(lambda: workers(copy) == 3, PATIENCE_S,
             "the changed settings hold")


def test_killed_script_leaves_nothing(copy):
    copy.process.kill()
    copy.process.wait()
    copy.gone()
    copy.start()
    copy.open(PATIENCE_S)


def test_dead_pool_stops_nginx(copy):
    os.kill(copy.server("/ptpool -c "), signal.SIGKILL)
    copy.ends(1)
    check("ptpool has ended" in copy.output(), copy.output())


def test_dead_nginx_stops_pool(copy):
    copy.start()
    copy.open(PATIENCE_S)
    os.kill(copy.server("nginx: master"), signal.SIGKILL)
    copy.ends(1)
    check("nginx has ended" in copy.output(), copy.output())


def test_term(copy):
    copy.start()
    copy.open(PATIENCE_S)
    copy.process.terminate()
    copy.ends(0)


def test_port_in_use(copy):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        for _ in range(5):  # other work on the machine may slow down one
            began = time.monotonic()
            code, text = copy.run(["scripts/run"], port=port)
            took = time.monotonic() - began
            if took < 2:
                break
        check(took < 2, f"said at once, not after {took:.1f} s")
    check(code != 0, "ends")
    check(len(text.splitlines()) == 1, f"one line: {text}")
    check(str(port) in text and "PORT=" in text and "make run" in text, text)


def test_bad_port(copy):
    for port in ("http", "0", "65536", "-1", "999999999999999999999", "08"):
        code, text = copy.run(["scripts/run"], port=port)
        check(code != 0 and len(text.splitlines()) == 1 and port in text,
              f"PORT={port}: {text}")


def run_all(user):
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_")]
    title = user or pwd.getpwuid(os.geteuid()).pw_name
    passed = failed = 0
    copy = Copy(user)
    try:
        for name, test in tests:
            try:
                test(copy)
                passed += 1
                print(f"  ok    as {title}: {name[5:]}", flush=True)
            except Exception as e:  # pylint: disable=broad-except
                failed += 1
                kind = "" if isinstance(e, Failed) else type(e).__name__ + " "
                print(f"  FAIL  as {title}: {name[5:]}: {kind}{e}", flush=True)
        return passed, failed
    finally:
        copy.clean()


def main():
    passed = failed = 0
    for user in [None, ORDINARY_USER] if os.geteuid() == 0 else [None]:
        p, f = run_all(user)
        passed += p
        failed += f
    print(f"run: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
