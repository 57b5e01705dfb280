"""Azurite, the storage service of Azure for tests: on loopback, or beside the
containers of a stack."""
import atexit
import base64
import email.utils
import hashlib
import hmac
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.parse
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
            # and takes tokens, of which it looks at the claims
            command += ["--cert", f"{self.folder}/chain.crt", "--key",
                        f"{self.folder}/s.key", "--oauth", "basic"]
        self.process = Process(command, f"{self.folder}/log", self.folder,
                               {"PATH": os.environ["PATH"],
                                "HOME": self.folder})
        wait_until(lambda: self.process.popen.poll() is not None or self.up(),
                   seconds=60, why="Azurite listens")
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


def bearer(seconds=600):
    """A token as az account get-access-token gives it; nobody has signed it."""
    now = int(time.time())
    claims = {"aud": "https://storage.azure.com/", "nbf": now - 300,
              "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000"
                     "001/", "iat": now - 300, "exp": now + seconds}
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(x).encode()).decode().rstrip("=")
        for x in ({"typ": "JWT", "alg": "RS256"}, claims, "none"))


def signed(azurite, method, path, headers=(), query=(), body=b""):
    """A request of whoever has the key; the answer's body."""
    sent = {"x-ms-date": email.utils.formatdate(usegmt=True),
            "x-ms-version": "2021-08-06", **dict(headers)}
    ours = "".join(f"{k}:{v}\n" for k, v in sorted(sent.items()))
    asked = "".join(f"\n{k}:{v}" for k, v in sorted(dict(query).items()))
    text = (f"{method}\n\n\n{len(body) or ''}" + "\n" * 9 +
            f"{ours}/{ACCOUNT}/{ACCOUNT}/{path}{asked}")
    context = (ssl.create_default_context(cafile=azurite.ca) if azurite.ca
               else None)
    request = urllib.request.Request(
        f"{azurite.endpoint}/{path}?{urllib.parse.urlencode(dict(query))}",
        method=method, data=body or None,
        headers=dict(sent, **{"Content-Type": ""} if body else {},
                     Authorization=f"SharedKey {ACCOUNT}:{sign(text)}"))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        *([urllib.request.HTTPSHandler(context=context)] if context else []))
    with opener.open(request, timeout=60) as answer:
        return answer.read()


def make_container(azurite, name, public=False):
    """As somebody would do it in the portal."""
    signed(azurite, "PUT", name, query={"restype": "container"},
           headers={"x-ms-blob-public-access": "blob"} if public else {})


def allow_origins(azurite):
    """The account's rule for pages of other sites, as the portal sets it."""
    signed(azurite, "PUT", "", query={"restype": "service",
                                      "comp": "properties"}, body=b"""<?xml
version="1.0" encoding="utf-8"?><StorageServiceProperties><Cors><CorsRule>
<AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET,HEAD</AllowedMethods>
<AllowedHeaders></AllowedHeaders><ExposedHeaders></ExposedHeaders>
<MaxAgeInSeconds>86400</MaxAgeInSeconds></CorsRule></Cors>
</StorageServiceProperties>""")
