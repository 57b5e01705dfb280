"""The peers: the same page, written as their own documentation advises."""

import os
import socket

from contender import PATH, Contender
from ours import WORKERS

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's Django
BACKLOG = 511
LOGIN = {"username": "bench", "password": "bench"}
LOGIN_FORM = ("/cuenta/entrar/", LOGIN)
PHP_FPM = "/usr/sbin/php-fpm8.2"

# what the peers store of our clients, in this order
COPIED = ("id, kind, doc_type, doc_number, doc_dv, name, company, email, "
          "phone, city, address, notes")


def copy_clients(stack, database, table):
    """The rows of our own demo data, so that all show the same."""
    rows = stack.psql("ours", f"copy (select {COPIED} from client order by "
                      "name_key, id) to stdout")
    stack.psql(database, f"copy {table} ({COPIED}) from stdin", input=rows)
    stack.psql(database, "vacuum analyze")


# --- Django ------------------------------------------------------------------

class Django:
    """gunicorn with sync workers; sessions in memcached."""

    def __init__(self, stack):
        self.stack = stack
        self.environment = {
            "BENCH_DATABASE_USER": stack.user,
            "BENCH_DATABASE_HOST": stack.path("pg"),
            "BENCH_MEMCACHED": stack.path("memcached.sock"),
            "BENCH_CACHED": ""}
        stack.create_database("django")
        stack.start("memcached", ["memcached", "-s",
                                  stack.path("memcached.sock"), "-m", "64"])
        self.manage("migrate", "-v", "0")
        self.manage("make_user", LOGIN["username"], LOGIN["password"])
        copy_clients(stack, "django", "clients_client")

    def manage(self, *words):
        self.stack.run([PYTHON, "manage.py", *words], env=self.environment,
                       cwd=self.stack.path("peers/django"))

    def add(self, name, label):
        port = self.stack.add_site("gunicorn", name)
        return Contender(name, label, port, PATH, LOGIN_FORM)

    def start(self, name, cached=""):
        return self.stack.start(
            name, [PYTHON, "/usr/bin/gunicorn", "peer.wsgi",
                   "--workers", str(WORKERS), "--worker-tmp-dir", "/dev/shm",
                   "--bind", f"unix:{self.stack.path(name)}.sock"],
            env={**self.environment, "BENCH_CACHED": cached},
            cwd=self.stack.path("peers/django"))


# --- PHP ---------------------------------------------------------------------

class Php:
    """PHP-FPM with a static pool and Debian's php.ini for production."""

    def __init__(self, stack):
        self.stack = stack
        self.environment = {
            "BENCH_DSN": f"pgsql:host={stack.path('pg')};dbname=php;"
                         f"user={stack.user}"}
        stack.create_database("php")
        stack.run(stack.psql_words + ["-f", stack.path("peers/php/schema.sql"),
                                      "php"])
        stack.run(["php8.2", "-d", "opcache.enable_cli=0",
                   stack.path("peers/php/make_user.php"),
                   LOGIN["username"], LOGIN["password"]],
                  env=self.environment)
        copy_clients(stack, "php", "client")

    def add(self, name, label):
        port = self.stack.add_site("fastcgi", name)
        return Contender(name, label, port, PATH, LOGIN_FORM)

    def start(self, name, cached=""):
        self.stack.make_folder(name)
        with open(self.stack.path("peers/php/php-fpm.conf"),
                  encoding="utf-8") as f:
            text = f.read()
        for mark, value in (("DIR", self.stack.folder), ("NAME", name),
                            ("WORKERS", WORKERS), ("BACKLOG", BACKLOG)):
            text = text.replace(f"@{mark}@", str(value))
        self.stack.write(f"{name}/php-fpm.conf", text)
        return self.stack.start(
            name, [PHP_FPM, "--nodaemonize", "-y",
                   self.stack.path(name, "php-fpm.conf"),
                   # the code does not change while it runs
                   "-d", "opcache.validate_timestamps=0"],
            env={**self.environment, "BENCH_CACHED": cached})


# --- without an application --------------------------------------------------

def add_bare(stack, name, label):
    return Contender(name, label, stack.add_site("fastcgi", name),
                     "/clients/")


def start_bare(stack, name, *arguments):
    """Workers that share a listening socket, their file descriptor 0."""
    path = stack.path(f"{name}.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        stack.own(path)
        listener.listen(BACKLOG)
        for _ in range(WORKERS):
            stack.start(name, ["bin/bench-bare", *arguments],
                        stdin=listener)


def add_file(stack, name, label):
    port = stack.add_site("file", name)
    return Contender(name, label, port, "/clients.html")


def write_file(stack, page):
    os.makedirs(stack.path("file"))
    stack.write("file/clients.html", page)
    return stack.path("file/clients.html")
