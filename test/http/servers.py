"""The servers that all sites of a run share: PostgreSQL and Redis, and the
databases on them. Everything is removed when the run ends."""
import atexit
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.parse

from process import Process, as_user, free_port, new_folder, wait_until

PG_BIN = "/usr/lib/postgresql/15/bin"


class Postgres:
    """A PostgreSQL cluster on a unix socket, one for all sites of a run."""

    shared = None

    @classmethod
    def get(cls):
        """The run's cluster; it is stopped when the run ends."""
        if cls.shared is None:
            cls.shared = cls()
            atexit.register(cls.shared.remove)
        return cls.shared

    def __init__(self):
        self.folder = new_folder("pt-pg-")
        self.data, self.port = f"{self.folder}/data", 5433
        self.process, self.databases, self.shells = None, 0, {}
        subprocess.run(
            as_user([f"{PG_BIN}/initdb", "-D", self.data, "-A", "trust", "-U",
                     "pt", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]),
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self.start()

    def start(self):
        self.process = Process(
            [f"{PG_BIN}/postgres", "-D", self.data, "-k", self.folder, "-p",
             str(self.port), "-c", "listen_addresses=", "-c", "fsync=off",
             "-c", "full_page_writes=off", "-c", "shared_buffers=64MB"],
            f"{self.folder}/pg.log", self.folder)
        wait_until(lambda: subprocess.run(
            [f"{PG_BIN}/pg_isready", "-q", "-h", self.folder, "-p",
             str(self.port), "-d", "postgres"]).returncode == 0,
            seconds=60, why="PostgreSQL is ready")

    def stop(self, sig=signal.SIGINT):
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate."""
        for database in list(self.shells):
            self.leave(database)
        self.process.stop(sig)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, template="template0"):
        """A copy of another one, which nobody may be connected to. Of its
        files: copied page by page through the log (the default), a sequence
        would after a crash give out again what it gave since the copy."""
        self.databases += 1
        name = f"pt{self.databases}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}"
                 " STRATEGY file_copy", "postgres")
        return name

    def url(self, database):
        return (f"postgresql://pt@/{database}?host="
                f"{urllib.parse.quote(self.folder)}&port={self.port}")

    def psql(self, database):
        return ["psql", "-h", self.folder, "-p", str(self.port), "-U", "pt",
                "-X", "-A", "-t", "-q", "-d", database]

    def sql(self, text, database):
        if database not in self.shells:
            self.shells[database] = PgShell(self.psql(database))
        return self.shells[database].run(text)

    def leave(self, database):
        """Ends the connection that sql() keeps open."""
        if database in self.shells:
            self.shells.pop(database).close()


class PgShell:
    """One psql for many statements: starting it costs more than they do."""

    END = "end of rows"

    def __init__(self, command):
        self.process = subprocess.Popen(
            command + ["-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, text):
        """Its rows as lines. After an error psql has ended."""
        try:
            self.process.stdin.write(f"{text};\nSELECT '{self.END}';\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        lines = []
        for line in self.process.stdout:
            if line == self.END + "\n":
                return "".join(lines).strip()
            lines.append(line)
        raise AssertionError(f"{text}: {self.process.stderr.read()}")

    def close(self):
        self.process.communicate()


def sqlite_sql(path, text):
    """As `sqlite3 path text`, without a process for it."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        if not text.lstrip().startswith(("SELECT", "PRAGMA")):
            db.executescript(text)
            return ""
        return "\n".join(
            "|".join("" if cell is None else str(cell) for cell in row)
            for row in db.execute(text)).strip()
    finally:
        db.close()


class Templates:
    """Databases with the schema, or with the demo data too, to copy: made
    once in a run, as every site was made: by `ptctl migrate` and `seed`."""

    made = {}  # (kind, what they hold) -> name or path
    folder = None

    @classmethod
    def get(cls, site):
        """The one that the site is to begin with."""
        key = (site.db, site.build, site.seed)
        if key not in cls.made:
            cls.made[key] = cls.make(site)
        return cls.made[key]

    @classmethod
    def make(cls, site):
        if site.db == "pg":
            template = Postgres.get().new_database()
            url = Postgres.get().url(template)
        else:
            if cls.folder is None:
                cls.folder = new_folder("pt-template-")
                atexit.register(shutil.rmtree, cls.folder, True)
            template = f"{cls.folder}/{len(cls.made)}.db"
            url = f"sqlite:{template}"
        env = {**site.env, "DATABASE_URL": url}
        site.ctl("migrate", env=env)
        if site.seed:
            site.ctl("seed", env=env)
        return template


class Redis:
    """A Redis on loopback, one for all sites of a run."""

    shared = None

    @classmethod
    def get(cls):
        """The run's server; it is stopped when the run ends."""
        if cls.shared is None:
            cls.shared = cls()
            atexit.register(cls.shared.remove)
        return cls.shared

    def __init__(self):
        self.folder = new_folder("pt-redis-")
        self.port, self.process = free_port(), None
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self.process = Process(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--dir", self.folder, "--save", ""], f"{self.folder}/log",
            self.folder)

        def up():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(lambda: self.process.popen.poll() is not None or up(),
                   why="Redis listens")
        if self.process.popen.poll() is not None:
            raise AssertionError("Redis ended: " + self.process.text())

    def stop(self, sig=signal.SIGKILL):
        self.process.stop(sig)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
