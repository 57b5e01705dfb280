"""A real SMTP server (aiosmtpd) for tests, as a process of its own.

    server = SmtpServer(starttls=True, login="user:secret")
    server.start()
    server.plan(rcpt="451 4.7.1 later", times=1)
    server.messages()

What it took is in a file before its 250 goes out, so a test can compare what
was accepted with what the site believes.
"""
import email
import email.policy
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"  # the one that Debian's aiosmtpd belongs to


class SmtpServer:
    def __init__(self, starttls=False, login=None):
        from ptsite import free_port
        self.folder = tempfile.mkdtemp(prefix="pt-smtp-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.starttls, self.login = starttls, login
        self.port, self.process = free_port(), None
        self.accepted = f"{self.folder}/accepted"
        if starttls:
            self.make_certificate()

    def make_certificate(self):
        """For localhost, signed by itself: the site must be told of it."""
        self.cert = f"{self.folder}/cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout",
             f"{self.folder}/key.pem", "-out", self.cert],
            check=True, capture_output=True)
        os.chmod(self.cert, 0o644)

    def start(self):
        from ptsite import wait_until
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(
                [PYTHON, os.path.abspath(__file__), self.folder,
                 str(self.port), "starttls" if self.starttls else "plain",
                 self.login or ""], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

        def up():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(up, why="the SMTP server listens")

    def stop(self, sig=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sig)
            self.process.wait()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def plan(self, times=10 ** 6, **answers):
        """The next `times` commands are answered so: mail=, rcpt=, data="451
        ...". data="die" ends the server while it reads a message, "die-late"
        when it has taken one but not said so. mail="silent": no answer."""
        with open(f"{self.folder}/plan.new", "w", encoding="utf-8") as f:
            json.dump({"times": times, **answers}, f)
        os.replace(f"{self.folder}/plan.new", f"{self.folder}/plan")

    def no_plan(self):
        self.plan(times=0)

    def lines(self):
        if not os.path.exists(self.accepted):
            return []
        with open(self.accepted, encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.endswith("}\n")]

    def messages(self):
        """The accepted messages, parsed, with .sender and .recipients."""
        out = []
        for line in self.lines():
            m = email.message_from_bytes(line["data"].encode("latin-1"),
                                         policy=email.policy.default)
            m.sender, m.recipients = line["from"], line["to"]
            m.auth = line["auth"]
            out.append(m)
        return out

    def ids(self):
        """Message-IDs of all, cheap enough for thousands."""
        if not os.path.exists(self.accepted):
            return []
        with open(self.accepted, encoding="utf-8") as f:
            return re.findall(r"Message-ID: <([^>]+)>", f.read())


# --- the process -----------------------------------------------------------

def planned(folder, command):
    """What the plan says to this command; each answer counts."""
    try:
        with open(f"{folder}/plan", encoding="utf-8") as f:
            plan = json.load(f)
    except FileNotFoundError:
        return None
    if command not in plan or plan["times"] <= 0:
        return None
    plan["times"] -= 1
    with open(f"{folder}/plan.next", "w", encoding="utf-8") as f:
        json.dump(plan, f)
    os.replace(f"{folder}/plan.next", f"{folder}/plan")
    return plan[command]


def serve(folder, port, mode, login):
    import asyncio

    from aiosmtpd.smtp import SMTP, AuthResult

    def record(envelope, session):
        line = json.dumps({"from": envelope.mail_from,
                           "to": envelope.rcpt_tos,
                           "auth": bool(session.authenticated),
                           "data": envelope.content.decode("latin-1")})
        with open(f"{folder}/accepted", "a", encoding="utf-8") as f:
            f.write(line + "\n")
            f.flush()
            os.fsync(f.fileno())

    class Handler:
        async def handle_MAIL(self, server, session, envelope, address,
                              options):
            answer = planned(folder, "mail")
            if answer == "silent":
                await asyncio.sleep(3600)
            if answer is None:
                envelope.mail_from = address
            return answer or "250 2.1.0 OK"

        async def handle_RCPT(self, server, session, envelope, address,
                              options):
            answer = planned(folder, "rcpt")
            if address.startswith("nobody-"):
                answer = "550 5.1.1 no such mailbox"
            if answer is None:
                envelope.rcpt_tos.append(address)
            return answer or "250 2.1.5 OK"

        async def handle_DATA(self, server, session, envelope):
            answer = planned(folder, "data")
            if answer is None or answer == "die-late":
                record(envelope, session)
            if answer == "die-late":
                os._exit(9)
            return answer or "250 2.0.0 taken"

    class Server(SMTP):
        async def smtp_DATA(self, arg):
            with_plan = os.path.exists(f"{folder}/plan")
            if with_plan and self.peek("data") == "die":
                planned(folder, "data")
                await self.push("354 go on")
                await self._reader.readline()
                os._exit(9)
            await super().smtp_DATA(arg)

        @staticmethod
        def peek(command):
            with open(f"{folder}/plan", encoding="utf-8") as f:
                plan = json.load(f)
            return plan.get(command) if plan["times"] > 0 else None

    def check(server, session, envelope, mechanism, data):
        good = f"{data.login.decode()}:{data.password.decode()}" == login
        return AuthResult(success=good, handled=False)

    tls = None
    if mode == "starttls":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def session():
        return Server(Handler(), hostname="localhost", tls_context=tls,
                      require_starttls=tls is not None, loop=loop,
                      authenticator=check if login else None,
                      auth_required=bool(login), auth_require_tls=True)
    listener = loop.run_until_complete(
        loop.create_server(session, "127.0.0.1", port))
    loop.run_until_complete(listener.serve_forever())


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
