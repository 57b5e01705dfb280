#!/usr/bin/env python3
"""`make run` as people meet it: started in a scratch copy of this tree, looked
at from outside, stopped by Ctrl-C, killed, started again.

As root it is tested twice: as root, and as an ordinary user.
Ends with "run: N passed, N failed".
"""

import contextlib
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
STOP_S = 15
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
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()
    except OSError:
        return 0, {}, b""


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
        self.port = free_port()
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
            self.as_user(words), cwd=self.path, timeout=60,
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
        real = os.path.realpath(f"{self.path}/conf/personal-tech.yaml")
        return os.path.dirname(os.path.dirname(real))

    def mine(self):
        words = [self.state() + "/", f"{self.path}/build/"]
        return {p: v for p, v in processes(words).items() if p != os.getpid()}

    def programs(self, name):
        return [p for p, (_, line) in self.mine().items() if name in line]

    def gone(self):
        wait_for(lambda: not self.mine(), STOP_S,
                 lambda: f"no process is left: {self.mine()}")
        check(get(self.port, "/")[0] == 0, "the port is closed")

    def ends(self, code, seconds=STOP_S):
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
                self.process.wait(STOP_S)
        for pid in self.mine():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        state = self.state()
        if state.startswith("/var/lib/personal-tech/"):
            shutil.rmtree(state, ignore_errors=True)
            shutil.rmtree("/run/personal-tech/" + os.path.basename(state),
                          ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


# --- the tests, in this order: each one finds what the last one left ----------

def test_first_start(copy):
    copy.start()
    copy.open(FIRST_START_S)
    check(get(copy.port, "/health/")[0] == 200, "/health/ answers 200")


def test_says_where_and_who(copy):
    wait_for(lambda: "Stop" in copy.output(), 5, "the announcement is printed")
    text = copy.output()
    check(f"http://127.0.0.1:{copy.port}/" in text, f"the address: {text}")
    logins = re.findall(r"[\w.]+@[\w.]+", text)
    check(len(set(logins)) >= 3, f"three demo logins, not {logins}")
    check("reload" in text, "how to reload")


def test_nothing_runs_as_root(copy):
    roots = [line for uid, line in copy.mine().values()
             if uid == 0 and "scripts/run" not in line and
             not line.startswith("sleep")]
    check(not roots, f"as root: {roots}")


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
    status, headers, page = get(copy.port, "/cuenta/entrar/",
                                data=b"x" * (1 << 20) + b"x")
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
    if not in_place:  # as `sed -i` does: a new file in the place of the link
        os.unlink(path)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    if copy.user and not in_place:
        shutil.chown(path, copy.user)


def test_conf_and_reload_by_ptctl(copy):
    set_workers(copy, 2, in_place=True)
    ptctl = f"{copy.path}/build/ptctl"
    code, text = copy.run([ptctl, "-c", "conf/personal-tech.yaml", "reload"])
    check(code == 0, f"ptctl reload: {text}")
    wait_for(lambda: workers(copy) == 2, 10,
             lambda: f"2 workers, not {workers(copy)}, after the reload")
    check(get(copy.port, "/")[0] == 200, "the site is open")


def test_conf_replaced_and_reload_by_script(copy):
    set_workers(copy, 3, in_place=False)
    code, text = copy.run(["scripts/ctl", "reload"])
    check(code == 0, f"scripts/ctl reload: {text}")
    wait_for(lambda: workers(copy) == 3, 10,
             lambda: f"3 workers, not {workers(copy)}, after the reload")


def test_ctrl_c(copy):
    os.killpg(copy.process.pid, signal.SIGINT)
    copy.ends(0)
    check("Traceback" not in copy.output(), copy.output())


def test_second_start_is_quick(copy):
    # on a machine that others keep busy everything takes its share longer
    limit = SECOND_START_S * max(1, os.getloadavg()[0] / os.cpu_count())
    times = []
    for attempt in range(3):  # other work on the machine may slow down one
        if attempt:
            copy.process.terminate()
            copy.ends(0)
        began = time.monotonic()
        copy.start()
        copy.open(30)
        times.append(time.monotonic() - began)
        if times[-1] < limit:
            break
    check(min(times) < limit, f"{times} s until the home page")
    wait_for(lambda: workers(copy) == 3, 5, "the changed settings hold")


def test_killed_script_leaves_nothing(copy):
    copy.process.kill()
    copy.process.wait()
    copy.gone()
    copy.start()
    copy.open(30)


def test_dead_pool_stops_nginx(copy):
    pool = [p for p, (_, line) in copy.mine().items()
            if re.search(r"/ptpool -c ", line)]
    check(pool, "ptpool runs")
    os.kill(pool[0], signal.SIGKILL)
    copy.ends(1)
    check("ptpool has ended" in copy.output(), copy.output())


def test_dead_nginx_stops_pool(copy):
    copy.start()
    copy.open(30)
    os.kill(copy.programs("nginx: master")[0], signal.SIGKILL)
    copy.ends(1)
    check("nginx has ended" in copy.output(), copy.output())


def test_term(copy):
    copy.start()
    copy.open(30)
    copy.process.terminate()
    copy.ends(0)


def test_port_in_use(copy):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        began = time.monotonic()
        code, text = copy.run(["scripts/run"], port=port)
        check(time.monotonic() - began < 2, "said at once")
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
