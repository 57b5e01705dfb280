"""A whole site for tests: database, pool and nginx in a folder of their own.

    with Site("build", db="pg") as site:
        site.get("/")

Everything runs on loopback, below one short folder, as an ordinary user
(root starts it as nobody), and is stopped by its pid at the end.
"""
import html.parser
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import urllib.parse

from process import (Process, as_user, connects, free_port, new_folder,
                     ordinary_user, wait_until)
from servers import Postgres, Redis, Templates, sqlite_sql

PASSWORD = "Demostracion-2026"
AUDIT_KEY = "a" * 40
ADMIN = "admin@demo.example"
TECHNICIAN = "tecnico@demo.example"
CLIENT = "cliente@demo.example"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


CONF = """
pools:
  web:
    command: [{command}]
    listen: {listen}
    listen_mode: "0660"
    environment: &ours [DATABASE_URL*, REDIS_URL*, SECRET_KEY*, AUDIT_*, DEBUG,
                        SMTP_*, OIDC_*, APPLICATIONINSIGHTS_*]
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
    environment: *ours
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
        self.folder = new_folder("pt-")
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
                            HEALTH_LISTEN=f"{self.folder}/health.sock",
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
        self.open_database(Templates.get(self))
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

    def open_database(self, template=None):
        """An empty one, or a copy of the template that is a site of its own
        to those that share a Redis."""
        if self.db == "pg":
            self.pg = Postgres.get()
            self.database = self.pg.new_database(template or "template0")
            self.env["DATABASE_URL"] = self.pg.url(self.database)
        else:
            self.env["DATABASE_URL"] = f"sqlite:{self.folder}/pt.db"
            if template is not None:
                shutil.copy(template, f"{self.folder}/pt.db")
                if os.geteuid() == 0:
                    shutil.chown(f"{self.folder}/pt.db", "nobody", "nogroup")
        if template is not None:
            self.sql("UPDATE cache_epoch SET site ="
                     f" {random.randrange(1, 1 << 46)}")

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
        if self.pg is not None:
            self.pg.leave(self.database)
        keep = os.environ.get("KEEP_SITE")
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if problems:
            raise problems[0]

    # --- using it ---

    def ctl(self, *arguments, check=True, text=None, env=None):
        done = subprocess.run(
            as_user([f"{self.folder}/bin/ptctl", "-c",
                     f"{self.folder}/conf.yaml"] + list(arguments)),
            env=env or self.env, cwd=self.folder, capture_output=True,
            text=True, input=text)
        if check and done.returncode != 0:
            raise AssertionError(f"ptctl {arguments}: {done.stderr}")
        return done

    def sql(self, text):
        """Runs SQL beside the site; returns rows as "a|b" lines. The cache
        is told of changes, as an operator would do it."""
        if self.pg is not None:
            rows = self.pg.sql(text, self.database)
        else:
            rows = sqlite_sql(f"{self.folder}/pt.db", text)
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
        """Is every worker ready? With some of them it is "degraded"."""
        try:
            return '"status":"ok"' in self.health()[1]
        except OSError:
            return False

    def workers_running(self, program="ptworker"):
        """Pids of the pool's processes of that program."""
        pid, running = self.pool.pid, []
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            children = f.read().split()
        for child in children:
            try:
                with open(f"/proc/{child}/comm", encoding="ascii") as f:
                    if program in f.read():
                        running.append(int(child))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
        return running

    def browser(self, email=None):
        b = Browser(self.port)
        if email is not None:
            b.login(email)
        return b

    def get(self, path, **headers):
        return Browser(self.port).get(path, **headers)

    def log_of(self, answer):
        """The pool's log, once it holds the lines of this answer: to look for
        what must not be there."""
        self.pool.wait_for(answer.headers["X-Request-Id"])
        return self.pool.text()

    def log_so_far(self):
        """The pool's log, once what a worker says of a page that is asked for
        now is there: all that it wrote before is, too."""
        return self.log_of(self.browser().post("/contacto/", {}))

    def access_log(self, *words):
        """nginx's, once there is a line with these words: it writes it after
        the answer."""
        path = f"{self.folder}/nginx/logs/nginx-access.log"

        def text():
            with open(path, encoding="utf-8") as f:
                return f.read()
        wait_until(lambda: any(all(word in line for word in words)
                               for line in text().split("\n")[:-1]),
                   why=f"{words} in nginx's access log")
        return text()


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

    def fewest_statements(self, path):
        """That the page takes. A worker's first one reads the epoch of the
        cache too, and so does one that comes back to the cache."""
        return min(int(self.get(path).headers["X-Statements"])
                   for _ in range(4))

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
