"""A whole site for tests: database, pool and nginx in a folder of their own.

    with Site("build", db="pg") as site:
        site.get("/")

Everything runs on loopback, below one short folder in /tmp, as an ordinary
user (root starts it as nobody), and is stopped by its pid at the end.
"""
import atexit
import html.parser
import http.client
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

PASSWORD = "Demostracion-2026"
AUDIT_KEY = "a" * 40
ADMIN = "admin@demo.example"
TECHNICIAN = "tecnico@demo.example"
CLIENT = "cliente@demo.example"
PG_BIN = "/usr/lib/postgresql/15/bin"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


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
        return port


def wait_until(what, seconds=10, why="condition"):
    """Calls what() until it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} s still not: {why}")


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
        self.folder = tempfile.mkdtemp(prefix="pt-pg-", dir="/tmp")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        self.data, self.port = f"{self.folder}/data", 5433
        self.process, self.databases = None, 0
        subprocess.run(
            as_user([f"{PG_BIN}/initdb", "-D", self.data, "-A", "trust", "-U",
                     "pt", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]),
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self.start()

    def start(self):
        self.process = Process(
            [f"{PG_BIN}/postgres", "-D", self.data, "-k", self.folder, "-p",
             str(self.port), "-c", "listen_addresses=", "-c", "fsync=off",
             "-c", "shared_buffers=64MB"], f"{self.folder}/pg.log",
            self.folder)
        wait_until(lambda: subprocess.run(
            [f"{PG_BIN}/pg_isready", "-q", "-h", self.folder, "-p",
             str(self.port), "-d", "postgres"]).returncode == 0,
            seconds=30, why="PostgreSQL is ready")

    def stop(self, sig=signal.SIGINT):
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate."""
        self.process.stop(sig)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self):
        self.databases += 1
        name = f"pt{self.databases}"
        self.sql(f"CREATE DATABASE {name}", "postgres")
        return name

    def url(self, database):
        return (f"postgresql://pt@/{database}?host="
                f"{urllib.parse.quote(self.folder)}&port={self.port}")

    def psql(self, database):
        return ["psql", "-h", self.folder, "-p", str(self.port), "-U", "pt",
                "-X", "-A", "-t", "-q", "-d", database]

    def sql(self, text, database):
        return subprocess.run(self.psql(database) + ["-c", text], check=True,
                              capture_output=True, text=True).stdout.strip()


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
        self.folder = tempfile.mkdtemp(prefix="pt-redis-", dir="/tmp")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
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


CONF = """
pools:
  web:
    command: [{command}]
    listen: {listen}
    listen_mode: "0660"
    workers: {workers}
    own_accept: on
    stop_timeout: 20s
    {web}
{jobs}supervisor:
  health_socket: {folder}/health.sock
  control_socket: {folder}/control.sock
  pid_file: {folder}/ptpool.pid
cache:
  url: {cache}
http:
  allow_users: [{user}, root]
  read_timeout: 1s
  {http}
files:
  dir: {folder}/files
log:
  console: {level}
"""


JOBS = """  jobs:
    command: [ptjobs]
    workers: {n}
    stop_timeout: 20s
"""


class Site:
    """jobs: processes of ptjobs, none if nobody asks. form: "pool", "spawn-worker" (spawn-fcgi ... ptworker), "spawn-tcp"
    (the same on a TCP port), "spawn-pool" (spawn-fcgi ... ptpool) or
    "container" (the command line and the conf of the image)."""

    def __init__(self, build, db="sqlite", workers=3, form="pool", debug=True,
                 level="info", extra="", http="", web="", nginx=True, seed=True,
                 jobs=0, cache="shm"):
        """cache: "shm", "redis" (the run's), a redis:// address or "none"."""
        self.build = os.path.abspath(build)
        self.cache = cache
        self.db, self.workers, self.form = db, workers, form
        self.level, self.extra, self.with_nginx = level, extra, nginx
        self.seed, self.http, self.jobs = seed, http, jobs
        self.web = web
        self.tcp_port = free_port()
        self.folder = tempfile.mkdtemp(prefix="pt-", dir="/tmp")
        self.port = free_port()
        self.pg = self.pool = self.nginx = None
        self.env = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "SECRET_KEY": "k" * 40, "AUDIT_KEY": AUDIT_KEY,
            "DEBUG": "1" if debug else "0",
            "PT_CONF": f"{self.folder}/conf.yaml"}
        if cache.startswith("redis"):
            self.env["REDIS_URL"] = (Redis.get().url if cache == "redis"
                                     else cache)
        if form == "container":
            self.env.update(RUN_DIR=self.folder, WORKERS="2",
                            FILES_DIR=f"{self.folder}/files",
                            ALLOW="127.0.0.1")

    # --- start and stop ---

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc):
        self.stop()

    def start(self):
        self.install()
        self.open_database()
        self.ctl("migrate")
        if self.seed:
            self.ctl("seed")
        self.start_pool()
        if self.with_nginx:
            self.start_nginx()

    def install(self):
        """Copies the programs: the checkout may lie where nobody can go."""
        for name in ("bin", "www", "nginx/snippets/personal-tech",
                     "nginx/logs", "nginx/tmp"):
            os.makedirs(f"{self.folder}/{name}")
        for name in ("ptpool", "ptworker", "ptjobs", "ptctl"):
            shutil.copy(f"{self.build}/{name}", f"{self.folder}/bin/")
        shutil.copytree(f"{self.build}/static", f"{self.folder}/www/static")
        shutil.copytree(f"{ROOT}/conf/nginx/errors",
                        f"{self.folder}/www/errors")
        for name in ("http", "server", "fastcgi"):
            shutil.copy(f"{ROOT}/conf/nginx/{name}.conf",
                        f"{self.folder}/nginx/snippets/personal-tech/")
        with open(f"{ROOT}/conf/nginx/dev.conf", encoding="utf-8") as f:
            text = f.read()
        for mark, value in (("@PORT@", str(self.port)),
                            ("@RUN@", self.folder),
                            ("@WWW@", f"{self.folder}/www"),
                            ("@FILES@", f"{self.folder}/files")):
            text = text.replace(mark, value)
        with open(f"{self.folder}/nginx/nginx.conf", "w",
                  encoding="utf-8") as f:
            f.write(text)
        self.write_conf()
        shutil.copy(f"{ROOT}/conf/personal-tech.container.yaml",
                    f"{self.folder}/container.yaml")
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody:nogroup", self.folder],
                           check=True)

    def write_conf(self, workers=None, command="ptworker", extra=None):
        if workers is not None:
            self.workers = workers
        listen = ("fd:0" if self.form == "spawn-pool"
                  else f"unix:{self.folder}/web.sock")
        text = CONF.format(command=command, listen=listen,
                           workers=self.workers, folder=self.folder,
                           user=ordinary_user(), level=self.level,
                           http=self.http, web=self.web,
                           jobs=JOBS.format(n=self.jobs) if self.jobs else "",
                           cache="none" if self.cache == "none"
                           else "shm:64MiB")
        with open(f"{self.folder}/conf.yaml", "w", encoding="utf-8") as f:
            f.write(text + (self.extra if extra is None else extra))

    def open_database(self):
        if self.db == "pg":
            self.pg = Postgres.get()
            self.database = self.pg.new_database()
            self.env["DATABASE_URL"] = self.pg.url(self.database)
        else:
            self.env["DATABASE_URL"] = f"sqlite:{self.folder}/pt.db"

    def start_pool(self):
        binary = f"{self.folder}/bin"
        command = {
            "pool": [f"{binary}/ptpool", "-c", f"{self.folder}/conf.yaml"],
            "spawn-worker": ["spawn-fcgi", "-n", "-s",
                             f"{self.folder}/web.sock", "--",
                             f"{binary}/ptworker"],
            "spawn-tcp": ["spawn-fcgi", "-n", "-a", "127.0.0.1", "-p",
                          str(self.tcp_port), "--", f"{binary}/ptworker"],
            "container": ["spawn-fcgi", "-n", "-a", "127.0.0.1", "-p",
                          str(self.tcp_port), "--", f"{binary}/ptpool", "-c",
                          f"{self.folder}/container.yaml"],
            "spawn-pool": ["spawn-fcgi", "-n", "-s",
                           f"{self.folder}/web.sock", "--",
                           f"{binary}/ptpool", "-c",
                           f"{self.folder}/conf.yaml"]}[self.form]
        self.pool = Process(command, f"{self.folder}/pool.log", self.folder,
                            self.env)
        wait_until(lambda: self.pool.popen.poll() is not None or
                   self.listens(), why="pool listens")
        if self.pool.popen.poll() is not None:
            raise AssertionError("the pool ended: " + self.pool.text())
        if self.form in ("pool", "spawn-pool", "container"):
            wait_until(self.is_healthy, why="all workers are ready")

    def listens(self):
        if self.form in ("spawn-tcp", "container"):
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.tcp_port)) == 0
        return connects(f"{self.folder}/web.sock")

    def start_nginx(self):
        self.nginx = Process(
            ["nginx", "-p", f"{self.folder}/nginx", "-c",
             f"{self.folder}/nginx/nginx.conf", "-e",
             f"{self.folder}/nginx/logs/error.log"],
            f"{self.folder}/nginx.log", self.folder)

        def up():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(lambda: self.nginx.popen.poll() is not None or up(),
                   why="nginx listens")
        if self.nginx.popen.poll() is not None:
            raise AssertionError("nginx ended: " + self.nginx.text())

    def stop(self):
        problems = []
        for what in (self.nginx, self.pool):
            if what is not None:
                try:
                    what.stop(signal.SIGTERM)
                except AssertionError as e:
                    problems.append(e)
        keep = os.environ.get("KEEP_SITE")
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if problems:
            raise problems[0]

    # --- using it ---

    def ctl(self, *arguments, check=True, text=None):
        done = subprocess.run(
            as_user([f"{self.folder}/bin/ptctl", "-c",
                     f"{self.folder}/conf.yaml"] + list(arguments)),
            env=self.env, cwd=self.folder, capture_output=True, text=True,
            input=text)
        if check and done.returncode != 0:
            raise AssertionError(f"ptctl {arguments}: {done.stderr}")
        return done

    def sql(self, text):
        """Runs SQL beside the site; returns rows as "a|b" lines. The cache
        is told of changes, as an operator would do it."""
        if self.pg is not None:
            rows = self.pg.sql(text, self.database)
        else:
            rows = subprocess.run(
                as_user(["sqlite3", "-cmd", ".timeout 5000",
                         f"{self.folder}/pt.db", text]),
                check=True, capture_output=True, text=True).stdout.strip()
        if self.pool is not None and not text.lstrip().startswith("SELECT"):
            self.ctl("flush", check=False)
        return rows

    def health(self):
        """(status, body) of the supervisor's own socket."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(f"{self.folder}/health.sock")
            s.sendall(b"GET /health/ HTTP/1.0\r\n\r\n")
            text = b""
            while block := s.recv(65536):
                text += block
        head, _, body = text.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def is_healthy(self):
        try:
            return self.health()[0] == 200
        except OSError:
            return False

    def workers_running(self, program="ptworker"):
        """Pids of the pool's processes of that program."""
        done = subprocess.run(["pgrep", "-P", str(self.pool.pid), program],
                              capture_output=True, text=True)
        return [int(p) for p in done.stdout.split()]

    def browser(self, email=None):
        b = Browser(self.port)
        if email is not None:
            b.login(email)
        return b

    def get(self, path, **headers):
        return Browser(self.port).get(path, **headers)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.bytes = response.read()

    @property
    def text(self):
        return self.bytes.decode("utf-8")

    @property
    def location(self):
        return self.headers.get("Location")

    def form(self, action=None):
        """Fields of the form with this action (default: the last form)."""
        finder = FormFinder()
        finder.feed(self.text)
        found = [f for f in finder.forms
                 if action is None or f["action"] == action]
        if not found:
            raise AssertionError(f"no form {action} in the page")
        return found[-1]["fields"]


class FormFinder(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.area, self.select = [], None, None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append({"action": a.get("action"),
                               "method": a.get("method", "get"),
                               "fields": {}})
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        if tag == "input" and a.get("name"):
            if (a.get("type") not in ("checkbox", "radio") or
                    "checked" in a):
                fields[a["name"]] = a.get("value") or ""
        elif tag == "textarea":
            self.area = a["name"]
            fields[self.area] = ""
        elif tag == "select":
            self.select = a["name"]
        elif tag == "option" and self.select:
            if "selected" in a or self.select not in fields:
                fields[self.select] = a.get("value")

    def handle_data(self, data):
        if self.area:
            self.forms[-1]["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            fields = self.forms[-1]["fields"]
            fields[self.area] = fields[self.area].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None


BOUNDARY = "----pt-test-7MA4YWxkTrZu0gW"


def multipart(fields, files):
    """A body as browsers write it. files: (field, name, bytes), …"""
    def quoted(name):
        return (name.replace('"', "%22").replace("\r", "%0D")
                .replace("\n", "%0A"))
    parts = [f'name="{quoted(name)}"\r\n\r\n{value}'.encode()
             for name, value in fields.items()]
    parts += [f'name="{quoted(field)}"; filename="{quoted(name)}"\r\n'
              "Content-Type: application/octet-stream\r\n\r\n".encode() + data
              for field, name, data in files]
    return b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part +
        b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


class Browser:
    """Keeps cookies; does not follow redirects by itself."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=30)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}"
                                       for k, v in self.cookies.items())
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        answer = Answer(response)
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            pair, *rest = line.split("; ")
            name, value = pair.split("=", 1)
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, fields, **headers):
        headers.setdefault("Content-Type",
                           "application/x-www-form-urlencoded")
        return self.request("POST", path,
                            urllib.parse.urlencode(fields), headers)

    def post_files(self, path, fields, files, **headers):
        headers.setdefault("Content-Type",
                           f"multipart/form-data; boundary={BOUNDARY}")
        return self.request("POST", path, multipart(fields, files), headers)

    def submit(self, page_path, changes, action=None):
        """Fills the form of a page and sends it."""
        page = self.get(page_path)
        fields = page.form(action or page_path.split("?")[0])
        fields.update(changes)
        return self.post(action or page_path.split("?")[0], fields)

    def follow(self, answer):
        if answer.status not in (301, 302, 303):
            raise AssertionError(f"no redirect but {answer.status}: "
                                 f"{answer.text[:2000]}")
        return self.get(answer.location)

    def login(self, email, password=PASSWORD):
        answer = self.submit("/cuenta/entrar/",
                             {"email": email, "password": password})
        if answer.status != 303:
            raise AssertionError(f"login of {email}: {answer.status}")
        return answer
