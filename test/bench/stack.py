"""What a measurement starts: one folder, PostgreSQL, nginx, processes.

Everything listens on loopback or on unix sockets in the folder, runs as an
ordinary user (www-data when the tool runs as root), and ends with it.
"""

import contextlib
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

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.realpath(os.path.join(HERE, "..", ".."))
PROGRAMS = ("ptpool", "ptworker", "ptjobs", "ptctl", "bench-bare")
PATIENCE_S = 60
HUGE_PAGES = "/proc/sys/vm/nr_hugepages"
# what the caller's own installation says is not for these
NOT_INHERITED = ("DEBUG", "LOG_FILE", "SECRET_KEY_FILE", "AUDIT_KEY_FILE",
                 "PT_CONF", "DATABASE_URL_FILE", "REDIS_URL",
                 "REDIS_URL_FILE")


def die(text):
    sys.exit(f"bench: {text}")


def free_ports(count):
    """Held all at once, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


class Stack:
    def __init__(self, build, sites=16):
        self.build = os.path.abspath(build)
        root = os.geteuid() == 0
        self.user = "www-data" if root else \
            pwd.getpwuid(os.geteuid()).pw_name
        self.drop = {"user": self.user, "group": self.user,
                     "extra_groups": []} if root else {}
        self.folder = tempfile.mkdtemp(prefix="pt-bench.")
        os.chmod(self.folder, 0o755)
        self.own(self.folder)
        self.processes = []
        self.huge_pages = None  # how many there were
        self.sites = []
        self.ports = free_ports(sites)
        self.environment = {k: v for k, v in os.environ.items()
                            if k not in NOT_INHERITED}
        self.environment.update(PYTHONDONTWRITEBYTECODE="1")
        try:
            self.install()
        except OSError as e:
            self.stop()
            die(f"{e}; scripts/bench builds what is needed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # --- files -----------------------------------------------------------

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def own(self, path):
        if self.drop:
            shutil.chown(path, self.user, self.user)

    def make_folder(self, *names):
        os.makedirs(self.path(*names), exist_ok=True)
        self.own(self.path(*names))

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def install(self):
        """Copies: the user may not look into the clone."""
        self.make_folder("bin")
        for name in PROGRAMS:
            shutil.copy(f"{self.build}/{name}", self.path("bin"))
        shutil.copytree(f"{self.build}/static", self.path("www", "static"))
        for name in ("django", "php"):
            shutil.copytree(f"{HERE}/{name}", self.path("peers", name))

    # --- processes -------------------------------------------------------

    def run(self, words, env=None, **more):
        """Runs a command to its end, which must be a good one."""
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, cwd=more.pop("cwd", self.folder),
            env={**self.environment, **(env or {})}, **self.drop, **more)
        if done.returncode != 0:
            die(f"{' '.join(words)} failed:\n{done.stdout}")
        return done.stdout

    def start(self, name, words, env=None, cwd=None,
              stdin=subprocess.DEVNULL):
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(
                words, stdout=log, stderr=log, stdin=stdin,
                env={**self.environment, **(env or {})},
                cwd=cwd or self.folder, start_new_session=True, **self.drop)
        self.processes.append((name, process))
        return process

    def log_of(self, name):
        with open(self.path(name + ".log"), errors="replace",
                  encoding="utf-8") as f:
            return "".join(f.readlines()[-20:])

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            for name, process in self.processes:
                if process.poll() is not None:
                    die(f"{name} has ended:\n{self.log_of(name)}")
            if time.monotonic() > end:
                die(f"{what} did not happen within {PATIENCE_S} s; the last "
                    "lines of each:\n" + "".join(
                        f"{n}: {self.log_of(n)}" for n, _ in self.processes))
            time.sleep(0.02)

    @staticmethod
    def end(process, patience=10):
        """Asks, then kills what is left of its session."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop_one(self, process):
        process.terminate()
        self.end(process)
        self.processes = [p for p in self.processes if p[1] is not process]

    def stop(self):
        for name, process in reversed(self.processes):
            if process.poll() is None:
                # of PostgreSQL a fast shutdown, which ends connections
                process.send_signal(signal.SIGINT if name == "postgres"
                                    else signal.SIGTERM)
        for _, process in reversed(self.processes):
            self.end(process)
        self.return_huge_pages()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- PostgreSQL ------------------------------------------------------

    def start_postgres(self):
        """As packaged, but careless about a crash: nothing is kept; and with a
        quarter of a small server's memory, as its manual advises, instead of
        the 128 MB that a package cannot know better."""
        tools = sorted(p for p in os.listdir("/usr/lib/postgresql"))[-1]
        tools = f"/usr/lib/postgresql/{tools}/bin"
        self.make_folder("pg")
        self.run([f"{tools}/initdb", "-D", self.path("pg/data"), "-N",
                  "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
                  "-U", self.user])
        server = [
            f"{tools}/postgres", "-D", self.path("pg/data"),
            "-c", "listen_addresses=", "-k", self.path("pg"),
            "-c", "fsync=off", "-c", "max_wal_size=4GB",
            "-c", "shared_buffers=1GB"]
        self.reserve_huge_pages(server)
        self.start("postgres", server)
        self.psql_words = [f"{tools}/psql", "-h", self.path("pg"), "-U",
                           self.user, "-qtA", "-v", "ON_ERROR_STOP=1"]
        self.wait(lambda: subprocess.run(
            self.psql_words + ["-c", "select 1", "postgres"], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode == 0, "PostgreSQL")

    def reserve_huge_pages(self, server):
        """So many as it wants: its manual advises them for so large a buffer,
        and it takes them by itself. Only root can; stop() gives them back."""
        if not self.drop:
            return
        want = self.run(server + ["-C", "shared_memory_size_in_huge_pages"])
        with open(HUGE_PAGES, "r+", encoding="ascii") as f:
            self.huge_pages = int(f.read())
            f.seek(0)
            f.write(str(self.huge_pages + int(want)))

    def return_huge_pages(self):
        if self.huge_pages is not None:
            with open(HUGE_PAGES, "w", encoding="ascii") as f:
                f.write(str(self.huge_pages))

    def create_database(self, name):
        self.psql("postgres", f"create database {name}")
        return self.url(name)

    def url(self, database):
        return f"postgresql://{self.user}@/{database}?host=" + \
            self.path("pg")

    def psql(self, database, sql, **more):
        return self.run(self.psql_words + ["-c", sql, database], **more)

    # --- Redis -----------------------------------------------------------

    def start_redis(self):
        """Keeps nothing on disk; returns its port."""
        port = self.ports.pop()
        self.make_folder("redis")
        self.start("redis", ["redis-server", "--bind", "127.0.0.1", "--port",
                             str(port), "--save", "", "--appendonly", "no",
                             "--dir", self.path("redis")])
        return port

    # --- nginx -----------------------------------------------------------

    def add_site(self, template, name, **marks):
        """A server block of nginx; returns its port."""
        port = self.ports.pop()
        with open(f"{HERE}/nginx/{template}.conf", encoding="utf-8") as f:
            text = f.read()
        marks.update(NAME=name, PORT=port, DIR=self.folder)
        for mark, value in marks.items():
            text = text.replace(f"@{mark}@", str(value))
        self.sites.append(text)
        self.add_snippets(name)
        return port

    def add_snippets(self, name):
        """The product's own snippets, for the upstream of this name."""
        target = self.path("snippets", name)
        os.makedirs(target)
        for file in ("http", "server", "fastcgi"):
            with open(f"{TREE}/conf/nginx/{file}.conf",
                      encoding="utf-8") as f:
                text = f.read()
            text = text.replace("snippets/personal-tech/",
                                f"snippets/{name}/")
            text = re.sub(r"(_pass (?:http://)?)personal_tech", rf"\1{name}",
                          text)
            self.write(f"snippets/{name}/{file}.conf", text)

    def start_nginx(self):
        with open(f"{HERE}/nginx/nginx.conf", encoding="utf-8") as f:
            text = f.read()
        self.add_snippets("all")
        self.write("nginx.conf", text.replace("@DIR@", self.folder)
                   .replace("@SITES@", "\n".join(self.sites)))
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.start("nginx", [nginx, "-p", self.folder, "-e",
                             self.path("nginx-error.log"),
                             "-c", self.path("nginx.conf")])
        self.wait(lambda: os.path.exists(self.path("nginx.pid")), "nginx")
