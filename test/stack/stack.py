"""The running stack, for its tests: docker compose, a browser over TLS, load."""
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, "test", "http"))
import ptsite  # noqa: E402

WORK = os.environ["STACK_WORK"]
LOGS = os.environ["STACK_LOGS"]
SECRETS = WORK + "/secrets"
HTTP_PORT = 18080
# one for each nginx: while one is exchanged there are two
HTTPS_PORTS = (18443, 18444)
PROMETHEUS_PORT = 19090
CONNECT_S = 10  # a balancer looks so long for a server that answers
ENV = dict(os.environ, SECRETS_DIR=SECRETS, TLS_DIR=SECRETS + "/tls",
           ACME_DIR=SECRETS + "/acme", SITE_NAME="localhost",
           HTTP_PORT="127.0.0.1:18080-18081",
           HTTPS_PORT="127.0.0.1:18443-18444",
           PROMETHEUS_PORT=str(PROMETHEUS_PORT), BUILDKIT_PROGRESS="plain")


def run(*words, env=None, check=True, text_in=None, timeout=600):
    """What a command prints; it must succeed."""
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT,
                          env=dict(ENV, **(env or {})), input=text_in,
                          timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout + (done.stderr if not check else "")


def docker(*words, **how):
    return run("docker", *words, **how)


def compose(*words, files=("docker-compose.yml",), **how):
    flags = [x for f in files for x in ("-f", f)]
    return docker("compose", *flags, *words, **how)


def up(*words, env=None, project=(), **how):
    compose(*project, "up", "-d", "--no-build", "--wait", "--wait-timeout", "300",
            *words, env=env, **how)


def containers(service, project="personal-tech"):
    """Their names, oldest first."""
    out = docker("ps", "--filter", f"label=com.docker.compose.project={project}",
                 "--filter", f"label=com.docker.compose.service={service}",
                 "--format", "{{.Names}}")
    return out.split()[::-1]


def inspect(name):
    return json.loads(docker("inspect", name))[0]


def sql(text, db=None):
    """Rows as "a|b" lines."""
    return docker("exec", db or containers("db")[0], "psql", "-qAt", "-U",
                  "personal_tech", "-d", "personal_tech", "-c", text).strip()


def until(test, timeout=180.0, what="condition", pause=0.1):
    end = time.monotonic() + timeout
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out: {what}")
        time.sleep(pause)


trusted = []  # certificates that were in use before


def certificate():
    with open(SECRETS + "/tls/fullchain.pem", encoding="ascii") as f:
        return f.read()


def trust_present():
    """While another takes its place, nginx shows the one or the other."""
    trusted.append(certificate())


def tls():
    """Trusts the certificate of the stack, and no other."""
    context = ssl.create_default_context(
        cadata="\n".join([certificate(), *trusted]))
    context.set_alpn_protocols(["http/1.1"])
    return context


def connect(ports=HTTPS_PORTS, context=None):
    """
    A connection to an nginx that answers, as a balancer in front of several
    would find it. Nothing of a request has been sent on one that failed.
    """
    context = context or tls()
    end = time.monotonic() + CONNECT_S
    while True:
        for port in ports:
            s = socket.socket()
            s.settimeout(45)
            try:
                s.connect(("127.0.0.1", port))
                return context.wrap_socket(s, server_hostname="localhost")
            except ssl.SSLCertVerificationError:
                s.close()
                raise
            except OSError as e:
                s.close()
                why = e
        if time.monotonic() > end:
            raise why
        time.sleep(0.05)


class Connection(http.client.HTTPConnection):
    """One request, never sent twice."""

    def connect(self):
        self.sock = connect()


class Browser(ptsite.Browser):
    def __init__(self, email=None):
        super().__init__(None)
        if email is not None:
            self.login(email)

    def request(self, method, path, body=None, headers=None):
        sent = dict(headers or {}, Connection="close")
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}"
                                       # threads share them
                                       for k, v in list(self.cookies.items()))
        c = Connection("localhost")
        c.request(method, path, body, sent)
        answer = ptsite.Answer(c.getresponse())
        c.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split("; ")[0].split("=", 1)
            self.cookies[name] = value
        return answer


class Load:
    """
    People at work: four read, others save. Each request goes once, over a
    connection of its own. failed: what was not answered as it should be;
    failed_at: when the last of these was sent;
    saved: names of clients of which the answer said that they are stored.
    """

    RATE = 60  # requests a second of all: nginx lets one address have 100

    def __init__(self, name, savers=1):
        self.name, self.stop = name, threading.Event()
        self.answered, self.failed, self.saved = 0, [], []
        self.slowest_s = self.failed_at = 0.0
        # the session is looked up as long as it is used: no login in the way
        self.who = Browser(ptsite.ADMIN)
        self.form = self.who.get("/clientes/nuevo/").form("/clientes/nuevo/")
        work = [lambda n: self.read("/"), lambda n: self.read("/clientes/"),
                lambda n: self.read("/cuenta/perfil/"),
                lambda n: self.read("/servicios/consultoria-ti/")]
        work += [lambda n, k=k: self.save(f"{k}-{n}") for k in range(savers)]
        self.pause_s = len(work) / self.RATE
        self.threads = [threading.Thread(target=self.loop, args=(w,))
                        for w in work]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for t in self.threads:
            t.join()

    def loop(self, work):
        n = 0
        while not self.stop.is_set():
            n += 1
            begin = time.monotonic()
            try:
                what = work(n)
            except (OSError, http.client.HTTPException) as e:
                what = repr(e)
            took = time.monotonic() - begin
            self.slowest_s = max(self.slowest_s, took)
            if what is None:
                self.answered += 1
            else:
                self.failed_at = max(self.failed_at, begin)
                self.failed.append(f"{time.strftime('%T')} {took:.2f} s {what}")
            time.sleep(self.pause_s)

    def read(self, path):
        answer = self.who.get(path)
        if answer.status == 200 and b"</html>" in answer.bytes:
            return None
        return f"GET {path}: {answer.status} {answer.location or ''}"

    def save(self, n):
        name = f"{self.name} {n}"
        answer = self.who.post("/clientes/nuevo/", dict(self.form, name=name))
        if answer.status != 303:
            return f"POST {name}: {answer.status}"
        self.saved.append(name)
        return None

    def lost(self):
        """Saved, as the answer said, and not there."""
        there = sql(f"SELECT name FROM client WHERE name LIKE '{self.name} %'")
        return sorted(set(self.saved) - set(there.split("\n")))


def wait_for_load(load, n=30):
    """Some more answers, so that what was done has been felt."""
    before = load.answered + len(load.failed)
    until(lambda: load.answered + len(load.failed) >= before + n,
          what="load goes on")


def url(path="/"):
    return urllib.parse.urljoin(f"https://localhost:{HTTPS_PORTS[0]}/", path)
