"""A stand-in for the ingestion endpoint of Application Insights.

    server = Ingestion()
    server.start()
    server.answer = (503, {"Retry-After": "1"}, b"")   # from now on; None: ok
    server.items           # all that it has taken, as JSON, in order

It answers as the real one does: 200 when it has taken all, 206 with the
indexes of those that it has not (see `judge`), 400 for what is no JSON.
"""
import gzip
import http.server
import json
import ssl
import subprocess
import threading
import time

from process import free_port

KEY = "01234567-89ab-cdef-0123-456789abcdef"
BASE = "Microsoft.ApplicationInsights."


class Ingestion:
    def __init__(self, certificate=None):
        """certificate: PEM files of (certificate, key), for https."""
        self.port, self.certificate = free_port(), certificate
        self.items, self.requests, self.raw = [], [], []
        self.answer = None
        self.judge = None  # item -> status it is refused with, or None
        self.hang, self.held = threading.Event(), 0
        self.server = None

    @property
    def url(self):
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://localhost:{self.port}/"

    @property
    def connection_string(self):
        return (f"InstrumentationKey={KEY};IngestionEndpoint={self.url};"
                "LiveEndpoint=https://live.example/")

    def start(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.held += owner.hang.is_set()
                while owner.hang.is_set():
                    time.sleep(0.05)
                owner.take(self, body)

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", self.port), Handler)
        if self.certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*self.certificate)
            self.server.socket = tls.wrap_socket(self.server.socket,
                                                 server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def stop(self):
        """Nobody listens any more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    # --- what it makes of a request ---

    def take(self, handler, body):
        self.requests.append((handler.path, dict(handler.headers), time.time()))
        if self.answer is not None:
            status, headers, text = self.answer
            return self.reply(handler, status, text, headers)
        try:
            lines = gzip.decompress(body).decode("utf-8")
            items = [json.loads(line) for line in lines.splitlines()]
            problems = [check(item) for item in items]
        except (OSError, ValueError, KeyError) as e:
            return self.reply(handler, 400, json.dumps(
                {"itemsReceived": 1, "itemsAccepted": 0, "errors": [
                    {"index": 0, "statusCode": 400, "message": str(e)}]}))
        errors = []
        for index, item in enumerate(items):
            status = 400 if problems[index] else (
                self.judge(item) if self.judge else None)
            if status is not None:
                errors.append({"index": index, "statusCode": status,
                               "message": problems[index] or "planned"})
        refused = {e["index"] for e in errors}
        # before the answer: whoever is killed while it comes sends it again
        self.raw.append(lines)
        self.items += [i for n, i in enumerate(items) if n not in refused]
        return self.reply(handler, 206 if errors else 200, json.dumps(
            {"itemsReceived": len(items),
             "itemsAccepted": len(items) - len(errors), "errors": errors}))

    @staticmethod
    def reply(handler, status, text="", headers=None):
        body = text.encode() if isinstance(text, str) else text
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    # --- what it has taken ---

    def of(self, kind):
        """(envelope, baseData) of all items of a kind: "Request", …"""
        return [(i, i["data"]["baseData"]) for i in list(self.items)
                if i["name"] == BASE + kind]


NEEDED = {"Request": ("id", "name", "duration", "responseCode", "success"),
          "RemoteDependency": ("id", "name", "type", "duration", "success"),
          "Exception": ("exceptions", "severityLevel"),
          "Availability": ("id", "name", "duration", "success",
                           "runLocation", "message"),
          "Metric": ("metrics",)}


def check(item):
    """What is wrong with it, as the schemas say; None: nothing."""
    kind = item["name"].removeprefix(BASE)
    data = item["data"]
    if item["iKey"] != KEY or data["baseType"] != kind + "Data":
        return "not ours, or name and type differ"
    if data["baseData"]["ver"] != 2:
        return "ver is not 2"
    missing = [n for n in NEEDED[kind] if n not in data["baseData"]]
    time.strptime(item["time"], "%Y-%m-%dT%H:%M:%S." + item["time"][20:])
    return f"lacks {missing}" if missing else None


def certificate_for_localhost(folder):
    """(certificate, key), signed by itself."""
    files = (f"{folder}/cert.pem", f"{folder}/key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-out", files[0], "-keyout",
         files[1]], check=True, capture_output=True)
    return files


def seconds_of(duration):
    """0.00:00:01.234567"""
    days, clock = duration.split(".", 1)
    hours, minutes, seconds = clock.split(":")
    return ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + \
        float(seconds)
