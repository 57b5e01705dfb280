#!/usr/bin/env python3
"""The first figure: the client list of Personal Technology against that of
Django 3.2 under gunicorn, doing the same work on the same machine.

Both: 300 clients in PostgreSQL, a page of 100, a logged-in user, the whole
layout; 3 workers behind one nginx over unix sockets; 16 connections. They are
measured in turns, and only the ratio of the medians counts.

Writes docs/bench/latest.txt and the table between the markers in README.md;
exits 1 below the floor.
"""

import argparse
import contextlib
import datetime
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from browser import Browser

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.realpath(os.path.join(HERE, "..", ".."))
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's Django
FLOOR = 6
ROUNDS = 3
ROUND_S = 8
WARM_S = 2
CONNECTIONS = 16
WORKERS = 3
CLIENTS = 300
ROWS = 100
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def die(text):
    sys.exit(f"bench: {text}")


def run(words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          **more)
    if done.returncode != 0:
        die(f"{' '.join(words)} failed:\n{done.stdout}")
    return done.stdout


class Stack:
    """Everything that is started, in one scratch folder."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.root = os.geteuid() == 0
        self.folder = tempfile.mkdtemp(prefix="pt-bench.")
        os.chmod(self.folder, 0o755)
        self.processes = []
        with socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", 0))
            b.bind(("127.0.0.1", 0))
            self.port, self.peer_port = (a.getsockname()[1],
                                         b.getsockname()[1])
        # initdb refuses root
        self.pg_user = "postgres" if self.root else \
            pwd.getpwuid(os.geteuid()).pw_name
        self.environment = dict(
            os.environ, PYTHONDONTWRITEBYTECODE="1",
            BENCH_PG_USER=self.pg_user, BENCH_PG_SOCKET=self.path("pg"),
            BENCH_MEMCACHED=self.path("memcached.sock"),
            RUN_DIR=self.folder, STATE_DIR=self.folder,
            SECRET_KEY="only for measuring, on this machine, for a minute",
            AUDIT_KEY="only for measuring, on this machine, for a minute",
            DATABASE_URL=f"postgresql://{self.pg_user}@/ours?host="
                         + self.path("pg"))
        for name in ("DEBUG", "LOG_FILE", "SECRET_KEY_FILE", "PT_CONF",
                     "AUDIT_KEY_FILE",
                     "DATABASE_URL_FILE"):
            self.environment.pop(name, None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, words, **more):
        with open(self.path(name + ".log"), "wb") as log:
            self.processes.append((name, subprocess.Popen(
                words, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=self.environment, start_new_session=True, **more)))

    def log_of(self, name):
        with open(self.path(name + ".log"), errors="replace",
                  encoding="utf-8") as f:
            return "".join(f.readlines()[-20:])

    def wait(self, condition, what):
        end = time.monotonic() + 30
        while not condition():
            for name, process in self.processes:
                if process.poll() is not None:
                    die(f"{name} has ended:\n{self.log_of(name)}")
            if time.monotonic() > end:
                die(f"{what} did not happen within 30 s; the last lines of "
                    f"each:\n" + "".join(f"{n}: {self.log_of(n)}"
                                         for n, _ in self.processes))
            time.sleep(0.05)

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                # PostgreSQL: fast shutdown; nginx, ours and gunicorn: now
                process.send_signal(signal.SIGINT if _ == "postgres"
                                    else signal.SIGTERM)
        for _, process in reversed(self.processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the database, one for each --------------------------------------

    def start_postgres(self):
        tools = run(["sh", "-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"]
                    ).strip()
        as_user = ["runuser", "-u", self.pg_user, "--"] if self.root else []
        os.mkdir(self.path("pg"))
        if self.root:
            shutil.chown(self.path("pg"), self.pg_user)
        run(as_user + [f"{tools}/initdb", "-D", self.path("pg/data"),
                       "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
                       "-U", self.pg_user], cwd="/")
        drop = {"user": self.pg_user, "group": self.pg_user,
                "extra_groups": []} if self.root else {}
        self.start("postgres", [
            f"{tools}/postgres", "-D", self.path("pg/data"),
            "-c", "listen_addresses=", "-k", self.path("pg")],
            cwd="/", **drop)
        self.psql = [f"{tools}/psql", "-h", self.path("pg"),
                     "-U", self.pg_user, "-qtA"]
        self.wait(lambda: subprocess.run(
            self.psql + ["-c", "select 1", "postgres"], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ).returncode == 0, "PostgreSQL")
        for name in ("ours", "django"):
            run(self.psql + ["-c", f"create database {name}", "postgres"])

    # --- ours --------------------------------------------------------------

    def start_ours(self):
        conf = self.path("ours.yaml")
        with open(f"{TREE}/conf/personal-tech.example.yaml",
                  encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"workers: \d+", f"workers: {WORKERS}", text)
        text = re.sub(r"console: \w+", "console: warning", text)
        with open(conf, "w", encoding="utf-8") as f:
            f.write(text)
        ptctl = [f"{self.build}/ptctl", "-c", conf]
        run(ptctl + ["migrate"], env=self.environment)
        self.seeded = run(ptctl + ["seed"], env=self.environment)
        run(self.psql + ["-c", "vacuum analyze", "ours"])
        self.environment["PT_CONF"] = conf
        self.start("ptpool", [f"{self.build}/ptpool", "-c", conf], cwd=TREE)

    def our_login(self):
        """The first login that `ptctl seed` names: e-mail and password."""
        given = os.environ.get("BENCH_LOGIN")
        if given:
            return given.split(":", 1)
        found = re.search(r"([\w.+-]+@[\w.-]+)\W+(\S+)", self.seeded)
        if not found:
            die(f"no login in what ptctl seed printed:\n{self.seeded}")
        return found.groups()

    # --- the peer ------------------------------------------------------------

    def start_django(self):
        self.start("memcached", [
            "memcached", "-s", self.path("memcached.sock"), "-a", "0777",
            "-m", "64"] + (["-u", "root"] if self.root else []))
        manage = [PYTHON, "manage.py"]
        where = {"cwd": f"{HERE}/django", "env": self.environment}
        run(manage + ["migrate", "-v", "0"], **where)
        run(manage + ["fill", str(CLIENTS)], **where)
        run(self.psql + ["-c", "vacuum analyze", "django"])
        self.start("gunicorn", [
            PYTHON, "/usr/bin/gunicorn", "peer.wsgi",
            "--workers", str(WORKERS), "--worker-tmp-dir", "/dev/shm",
            "--bind", "unix:" + self.path("gunicorn.sock")],
            cwd=f"{HERE}/django")

    # --- nginx in front of both --------------------------------------------

    def start_nginx(self):
        snippets = self.path("snippets/personal-tech")
        os.makedirs(snippets)
        for name in ("http", "server", "fastcgi"):
            shutil.copy(f"{TREE}/conf/nginx/{name}.conf", snippets)
        with open(f"{HERE}/nginx.conf", encoding="utf-8") as f:
            text = f.read()
        for mark, value in (("@DIR@", self.folder),
                            ("@USER@", "user root;" if self.root else ""),
                            ("@WWW@", self.build),
                            ("@PORT@", str(self.port)),
                            ("@PEER_PORT@", str(self.peer_port))):
            text = text.replace(mark, value)
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as f:
            f.write(text)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.start("nginx", [nginx, "-p", self.folder, "-e",
                             self.path("nginx-error.log"),
                             "-c", self.path("nginx.conf")])


class Contender:
    def __init__(self, name, port, path, login_path, fields):
        self.name = name
        self.port = port
        self.path = path
        self.login_path = login_path
        self.fields = fields
        self.rounds = []
        self.browser = Browser(f"http://127.0.0.1:{port}")
        self.bytes = 0

    def answers(self):
        try:
            return self.browser.request(self.login_path)[0] == 200
        except OSError:
            return False

    def prepare(self):
        self.browser.login(self.login_path, self.fields)
        status, _, page = self.browser.request(self.path)
        rows = len(re.findall(r"<tr\b", page.split("<tbody", 1)[-1]))
        if status != 200 or rows != ROWS:
            die(f"{self.name}: {self.path} answers {status} with {rows} rows,"
                f" not 200 with {ROWS}")
        self.bytes = len(page.encode())

    def measure(self, seconds):
        out = run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s",
                   "--latency", "-H",
                   "Cookie: " + self.browser.cookie_header(),
                   f"http://127.0.0.1:{self.port}{self.path}"])
        if "Non-2xx" in out or "Socket errors" in out:
            die(f"{self.name}: errors while measured:\n{out}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
        delays = {p: to_ms(v) for p, v in
                  re.findall(r"\s(50|99)%\s+([\d.]+\w+)", out)}
        return {"rate": rate, "p50": delays["50"], "p99": delays["99"]}, out

    def median(self, key):
        return statistics.median(r[key] for r in self.rounds)


def to_ms(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        found = re.search(r"model name\s*: (.*)", f.read())
        if found:
            model = found.group(1)
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{os.cpu_count()} × {model}, Linux {kernel}"


def commit():
    git = ["git", "-C", TREE]
    name = run(git + ["rev-parse", "--short", "HEAD"]).strip()
    changed = run(git + ["status", "--porcelain", "-uno"]).strip()
    return name + (" with changes" if changed else "")


def table(ours, peer):
    ratio = ours.median("rate") / peer.median("rate")
    lines = [
        f"{datetime.date.today().isoformat()}, commit {commit()}, "
        f"{machine()}. The client list: {ROWS} rows of {CLIENTS}, logged in, "
        f"whole layout, PostgreSQL, {WORKERS} workers each behind nginx, "
        f"{CONNECTIONS} connections; medians of {ROUNDS} rounds in turns. "
        "Only the ratio counts.",
        "",
        "| | requests/s | p50 ms | p99 ms | page, bytes | ratio |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for c, r in ((ours, f"{ratio:.1f}×"), (peer, "1×")):
        lines.append(f"| {c.name} | {c.median('rate'):.0f} | "
                     f"{c.median('p50'):.1f} | {c.median('p99'):.1f} | "
                     f"{c.bytes} | {r} |")
    return ratio, "\n".join(lines)


def write_readme(text):
    path = f"{TREE}/README.md"
    try:
        with open(path, encoding="utf-8") as f:
            old = f.read()
    except FileNotFoundError:
        old = ""
    if BEGIN not in old or END not in old:
        print(f"bench: README.md has no {BEGIN} … {END}: table not written")
        return
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(f"{head}{BEGIN}\n{text}\n{END}{tail}")
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=f"{TREE}/build")
    parser.add_argument("--peer-only", action="store_true",
                        help="only the peer, without a verdict")
    options = parser.parse_args()
    stack = Stack(options.build)
    try:
        stack.start_postgres()
        stack.start_django()
        if not options.peer_only:
            stack.start_ours()
        stack.start_nginx()
        peer = Contender(
            "Django 3.2, gunicorn", stack.peer_port, f"/clients/?por={ROWS}",
            "/login/", {"username": "bench", "password": "bench"})
        contenders = [peer]
        if not options.peer_only:
            email, password = stack.our_login()
            contenders.insert(0, Contender(
                "Personal Technology", stack.port, f"/clientes/?por={ROWS}",
                "/cuenta/entrar/", {"email": email, "password": password}))
        raw = []
        for c in contenders:
            stack.wait(c.answers, f"a login page of {c.name}")
            c.prepare()
            c.measure(WARM_S)
        for number in range(ROUNDS):
            for c in contenders:
                result, out = c.measure(ROUND_S)
                c.rounds.append(result)
                raw.append(f"== round {number + 1}: {c.name}\n{out}")
                print(f"round {number + 1}: {c.name}: "
                      f"{result['rate']:.0f} requests/s", flush=True)
    except RuntimeError as e:
        die(str(e))
    finally:
        stack.stop()
    if options.peer_only:
        return 0
    ratio, text = table(*contenders)
    print(text)
    os.makedirs(f"{TREE}/docs/bench", exist_ok=True)
    with open(f"{TREE}/docs/bench/latest.txt", "w", encoding="utf-8") as f:
        f.write(text + "\n\n" + "\n".join(raw))
    write_readme(text)
    if ratio < FLOOR:
        die(f"{ratio:.1f}× is below the floor of {FLOOR}×")
    return 0


if __name__ == "__main__":
    sys.exit(main())
