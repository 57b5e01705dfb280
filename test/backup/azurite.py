"""Azurite, the storage service of Azure for tests: on loopback, or beside the
containers of a stack."""
import atexit
import base64
import email.utils
import hashlib
import hmac
import os
import shutil
import socket
import ssl
import subprocess
import urllib.request

from process import Process, free_port, new_folder, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
ACCOUNT = "devstoreaccount1"
# the key that everybody has for it: of Azurite's documentation
KEY = ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
       "K1SZFPTOtr/KBHBeksoGMGw==")


def make_certificate(folder):
    """An authority of our own and a certificate of localhost."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{folder}/ext", "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
            "ca.key", "-out", "ca.crt", "-subj", "/CN=test authority")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "s.key", "-out", "s.csr", "-subj",
            "/CN=localhost")
    openssl("x509", "-req", "-in", "s.csr", "-CA", "ca.crt", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext",
            "-out", "s.crt")
    with open(f"{folder}/chain.crt", "w", encoding="ascii") as out:
        for name in ("s.crt", "ca.crt"):
            with open(f"{folder}/{name}", encoding="ascii") as f:
                out.write(f.read())
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)


class Azurite:
    """One over http and one over https for all tests of a run."""

    shared = {}
    modules = None

    @classmethod
    def get(cls, tls=False):
        if tls not in cls.shared:
            cls.shared[tls] = cls(tls)
            atexit.register(cls.shared[tls].process.stop)
        return cls.shared[tls]

    def __init__(self, tls, host="127.0.0.1"):
        self.host = host
        self.folder, self.port = new_folder("pt-azurite-"), free_port()
        atexit.register(shutil.rmtree, self.folder, True)
        self.scheme = "https" if tls else "http"
        self.ca = f"{self.folder}/ca.crt" if tls else ""
        command = [
            "node", f"{self.program()}/azurite/dist/src/blob/main.js",
            "--blobHost", host, "--blobPort", str(self.port),
            "--location", self.folder, "--skipApiVersionCheck",
            "--disableTelemetry", "--silent"]
        if tls:
            make_certificate(self.folder)
            if os.geteuid() == 0:
                subprocess.run(["chown", "-R", "nobody:nogroup", self.folder],
                               check=True)
            command += ["--cert", f"{self.folder}/chain.crt", "--key",
                        f"{self.folder}/s.key"]
        self.process = Process(command, f"{self.folder}/log", self.folder,
                               {"PATH": os.environ["PATH"],
                                "HOME": self.folder})
        wait_until(lambda: self.process.popen.poll() is not None or self.up(),
                   seconds=20, why="Azurite listens")
        if self.process.popen.poll() is not None:
            raise AssertionError("Azurite ended: " + self.process.text())

    @classmethod
    def program(cls):
        """In a folder that everybody may read: it runs as nobody."""
        if cls.modules is None:
            cls.modules = new_folder("pt-node-")
            atexit.register(shutil.rmtree, cls.modules, True)
            shutil.copytree(f"{HERE}/node_modules",
                            f"{cls.modules}/node_modules",
                            symlinks=True)
        return f"{cls.modules}/node_modules"

    def up(self):
        with socket.socket() as s:
            return s.connect_ex((self.host, self.port)) == 0

    @property
    def endpoint(self):
        name = "localhost" if self.host == "127.0.0.1" else self.host
        return f"{self.scheme}://{name}:{self.port}/{ACCOUNT}"

    def connection(self, key=KEY):
        return (f"DefaultEndpointsProtocol={self.scheme};AccountName={ACCOUNT};"
                f"AccountKey={key};BlobEndpoint={self.endpoint};")


def sign(text):
    code = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256)
    return base64.b64encode(code.digest()).decode()


def make_container(azurite, name):
    """As somebody would do it in the portal."""
    date = email.utils.formatdate(usegmt=True)
    text = ("PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
            f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container")
    context = (ssl.create_default_context(cafile=azurite.ca) if azurite.ca
               else None)
    request = urllib.request.Request(
        f"{azurite.endpoint}/{name}?restype=container", method="PUT",
        headers={"x-ms-date": date, "x-ms-version": "2021-08-06",
                 "Authorization": f"SharedKey {ACCOUNT}:{sign(text)}"})
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        *([urllib.request.HTTPSHandler(context=context)] if context else []))
    opener.open(request, timeout=10).close()
