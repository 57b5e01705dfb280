"""Files of clients: what is taken, stored, served, and to whom."""
import hashlib
import os
import re
import socket
import subprocess
import urllib.parse
import zlib

import fastcgi
from case import SiteCase
from ptsite import (ADMIN, BOUNDARY, CLIENT, PASSWORD, TECHNICIAN, as_user,
                    multipart, wait_until)
from test_faults import at_rest

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
MIB = 1 << 20
OWN = 1  # the client that the demo's client account belongs to
FORM = f"/clientes/{OWN}/archivos/subir/"


def png(width=1):
    """An image of the given width, so that each can be another one."""
    def chunk(kind, data):
        body = kind + data
        return (len(data).to_bytes(4, "big") + body +
                zlib.crc32(body).to_bytes(4, "big"))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", width.to_bytes(4, "big") + b"\0\0\0\1\x08\0\0\0\0") +
            chunk(b"IDAT", zlib.compress(b"\0" * (width + 1))) +
            chunk(b"IEND", b""))


class Files(SiteCase):
    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def send(self, *files, browser=None, client=OWN, **fields):
        """files: (name, bytes), …"""
        b = browser or self.b
        form = f"/clientes/{client}/archivos/subir/"
        fields = {"csrf": self.token(b), **fields}
        return b.post_files(form, fields,
                            [("files", name, data) for name, data in files])

    def token(self, b):
        return b.get("/cuenta/").form("/cuenta/salir/")["csrf"]

    def add(self, name, data, client=OWN):
        """Adds a file; returns its address."""
        answer = self.send((name, data), client=client)
        self.assertEqual(answer.status, 303, answer.text)
        return "/archivos/" + self.site.sql("SELECT max(id) FROM file") + "/"

    def rows(self):
        return int(self.site.sql("SELECT count(*) FROM file"))

    def stored(self):
        """Paths of everything below the folder of files."""
        return sorted(os.path.relpath(os.path.join(folder, name),
                                      f"{self.site.folder}/files")
                      for folder, _, names in
                      os.walk(f"{self.site.folder}/files") for name in names)

    def nothing_new(self, what):
        """Runs what() and checks that it left no row and no file."""
        self.wait_for_tmp()
        rows, stored = self.rows(), self.stored()
        answer = what()
        self.assertEqual(self.rows(), rows)
        self.wait_for_tmp()
        self.assertEqual(self.stored(), stored)
        return answer

    def wait_for_tmp(self):
        """What only passed through it goes right after the answer."""
        wait_until(lambda: not any(p.startswith("tmp/")
                                   for p in self.stored()),
                   why="nothing is left in tmp")


class Upload(Files):
    def test_a_file_is_stored_by_content_and_listed(self):
        self.wait_for_tmp()
        before = self.stored()
        answer = self.send(("contrato.pdf", PDF))
        self.assertEqual((answer.status, answer.location),
                         (303, f"/clientes/{OWN}/"))
        page = self.b.follow(answer).text
        self.assertIn("Se agregó el archivo", page)
        self.assertIn("contrato.pdf", page)
        self.assertIn(f"{len(PDF)} B", page)
        digest = hashlib.sha256(PDF).hexdigest()
        path = f"{digest[:2]}/{digest[2:4]}/{digest}"
        self.wait_for_tmp()
        self.assertEqual(sorted({*before, path}), self.stored())
        with open(f"{self.site.folder}/files/{path}", "rb") as f:
            self.assertEqual(f.read(), PDF)
        self.assertEqual(self.site.sql(
            "SELECT entity, entity_id, mime, bytes, sha256 FROM file"
            " ORDER BY id DESC LIMIT 1"),
            f"client|{OWN}|application/pdf|{len(PDF)}|{digest}")

    def test_several_at_once_and_twice_the_same(self):
        self.wait_for_tmp()
        rows, stored = self.rows(), len(self.stored())
        image = png(77)
        answer = self.send(("a.png", image), ("b.png", image),
                           ("c.txt", "señal única".encode()))
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.rows(), rows + 3)
        self.wait_for_tmp()
        self.assertEqual(len(self.stored()), stored + 2)
        self.assertIn("Se agregaron los archivos", self.b.follow(answer).text)

    def test_the_declared_type_and_name_are_not_believed(self):
        page = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
        program = b"\x7fELF\x02\x01\x01" + b"\0" * 200
        picture = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'
        for name, data in (("foto.png", page), ("informe.pdf", program),
                           ("logo.png", picture), ("a.pdf", b"\0\1\2\3" * 50)):
            answer = self.nothing_new(lambda: self.send((name, data)))
            self.assertEqual(answer.status, 422, name)
            self.assertIn(f"{name}: No se aceptan archivos de este tipo",
                          answer.text)
        where = self.add("factura.exe", PDF)
        self.assertIn('filename="factura.exe.pdf"',
                      self.b.get(where).headers["Content-Disposition"])

    def test_one_bad_file_keeps_all_out(self):
        answer = self.nothing_new(lambda: self.send(
            ("bien.pdf", PDF), ("vacio.txt", b""), ("otro.pdf", PDF)))
        self.assertEqual(answer.status, 422)
        self.assertIn("vacio.txt: El archivo está vacío", answer.text)

    def test_no_file_and_too_many(self):
        for files in ((), (("", b""),)):
            answer = self.nothing_new(lambda: self.send(*files))
            self.assertEqual(answer.status, 422)
            self.assertIn("Elija un archivo", answer.text)
        answer = self.nothing_new(lambda: self.send(
            *((f"{i}.pdf", PDF) for i in range(11))))
        self.assertEqual(answer.status, 422)
        self.assertIn("10.pdf: Son demasiados archivos", answer.text)

    def test_names_lose_their_folders_and_odd_characters(self):
        for sent, shown in (("../../etc/passwd.txt", "passwd.txt"),
                            ("C:\\temp\\año.txt", "año.txt"),
                            ("..", "archivo.txt"),
                            (".htaccess", "htaccess.txt"),
                            ("a\r\nX: y.txt", "a  X: y.txt"),
                            ("a\u202etxt.exe.txt", "atxt.exe.txt"),
                            ("ñ" * 150 + ".txt", "ñ" * 98 + ".txt")):
            self.add(sent, b"texto " + sent.encode("utf-8"))
            self.assertEqual(self.site.sql(
                "SELECT name FROM file ORDER BY id DESC LIMIT 1"), shown)

    def test_the_token_is_checked_before_a_file_is_kept(self):
        for token in ("", "0" * 64, self.token(self.site.browser(TECHNICIAN))):
            answer = self.nothing_new(
                lambda: self.send(("a.pdf", PDF + b"x"), csrf=token))
            self.assertEqual(answer.status, 403)
            self.assertIn("los archivos no se guardaron", answer.text)

    def test_the_token_may_come_after_the_file(self):
        data = multipart({}, [("files", "a.pdf", PDF)])
        end = f"--{BOUNDARY}--\r\n".encode()
        for token, want in ((self.token(self.b), 303), ("0" * 64, 403)):
            body = data.removesuffix(end) + multipart({"csrf": token}, [])
            answer = self.b.request("POST", FORM, body, {
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
            self.assertEqual(answer.status, want)

    def test_broken_bodies(self):
        good = multipart({"csrf": self.token(self.b)},
                         [("files", "a.pdf", PDF)])
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        name = b'filename="a.pdf"'
        for body, content_type in (
                (good[:-8], kind), (good[:300], kind), (b"", kind),
                (good, "multipart/form-data"),
                (good, "multipart/form-data; boundary=" + "a" * 71),
                (good, "multipart/mixed; boundary=" + BOUNDARY),
                (good.replace(name, name + b"; filename*=UTF-8''b.pdf"), kind),
                (good.replace(name, name + b"; " + name), kind),
                (good.replace(name, b'filename="a\0.pdf"'), kind),
                (good.replace(name, b'filename="\xff.pdf"'), kind),
                (good.replace(name, b'filename="' + b"a" * 5000 + b'"'), kind),
                (good.replace(b'name="csrf"', b'nombre="csrf"'), kind)):
            answer = self.nothing_new(lambda: self.b.request(
                "POST", FORM, body, {"Content-Type": content_type}))
            self.assertEqual(answer.status, 400, body[-200:])
            self.assertIn("Personal Technology", answer.text)

    def test_a_client_that_leaves_in_the_middle(self):
        """First through nginx, which then asks nobody; then past it."""
        cookie = f"pt_session={self.b.cookies['pt_session']}"
        body = multipart({"csrf": self.token(self.b)},
                         [("files", "a.pdf", PDF * 9000)])
        head = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                "Cookie": cookie}

        def leave_nginx():
            with socket.create_connection(("127.0.0.1", self.site.port)) as s:
                lines = [f"POST {FORM} HTTP/1.1", "Host: localhost",
                         f"Content-Length: {len(body)}",
                         *(f"{k}: {v}" for k, v in head.items())]
                s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" +
                          body[:len(body) // 2])

        def leave_worker():
            data = fastcgi.request(
                FORM, "POST", body, CONTENT_TYPE=head["Content-Type"],
                HTTP_COOKIE=cookie, HTTP_HOST="localhost")
            with fastcgi.connect(f"{self.site.folder}/web.sock") as s:
                s.sendall(data[:len(data) // 2])
                wait_until(lambda: any(p.startswith("tmp/")
                                       for p in self.stored()),
                           why="the worker is writing")
        for leave in (leave_nginx, leave_worker):
            self.wait_for_tmp()
            rows, stored = self.rows(), self.stored()
            leave()
            wait_until(lambda: self.stored() == stored, why="it is cleaned up")
            self.assertEqual(self.rows(), rows)

    def test_what_a_killed_worker_left_is_swept(self):
        cookie = f"pt_session={self.b.cookies['pt_session']}"
        body = multipart({}, [("files", "a.pdf", PDF * 9000)])
        self.wait_for_tmp()
        stored = self.stored()
        data = fastcgi.request(
            FORM, "POST", body, HTTP_COOKIE=cookie,
            CONTENT_TYPE=f"multipart/form-data; boundary={BOUNDARY}")
        with fastcgi.connect(f"{self.site.folder}/web.sock") as s:
            s.sendall(data[:len(data) // 2])
            wait_until(lambda: self.stored() != stored, why="it is writing")
            for pid in self.site.workers_running():
                subprocess.run(as_user(["kill", "-KILL", str(pid)]),
                               check=True)
        wait_until(lambda: self.stored() == stored, 60, "new workers swept it")
        wait_until(self.site.is_healthy, 60, "all workers are ready")

    def test_full_disk(self):
        pids = self.site.workers_running()

        def limit(size):
            for pid in pids:
                subprocess.run(as_user(["prlimit", f"--pid={pid}",
                                        f"--fsize={size}:"]), check=True)
        limit(100000)
        try:
            answer = self.nothing_new(
                lambda: self.send(("grande.pdf", PDF * 9000)))
            self.assertEqual(answer.status, 507)
            self.assertIn("No queda espacio para guardar", answer.text)
        finally:
            limit("unlimited")
        self.assertEqual(self.send(("a.pdf", PDF * 9000)).status, 303)


class Limits(Files):
    OPTIONS = {"extra": "", "workers": 1}

    def test_a_file_over_the_limit(self):
        answer = self.nothing_new(lambda: self.send(
            ("enorme.pdf", PDF + b" " * (50 * MIB)), ("a.pdf", PDF)))
        self.assertEqual(answer.status, 413)
        self.assertIn("enorme.pdf: El archivo es demasiado grande",
                      answer.text)
        self.assertIn('id="files-error"', answer.text)

    def test_a_request_over_the_limit(self):
        answer = self.nothing_new(lambda: self.b.post_files(
            FORM, {}, [("files", "a.pdf", b" " * (65 * MIB))]))
        self.assertEqual(answer.status, 413)
        self.assertIn("Personal Technology", answer.text)

    def test_texts_over_the_limit(self):
        answer = self.nothing_new(lambda: self.send(
            ("a.pdf", PDF), one="a" * 600000, two="b" * 600000))
        self.assertEqual(answer.status, 413)
        self.assertIn("Lo enviado es demasiado grande", answer.text)

    def test_other_forms_take_no_more_than_before(self):
        token = self.token(self.b)
        for path in ("/clientes/nuevo/", "/clientes/1/editar/"):
            answer = self.b.post_files(path, {"csrf": token},
                                       [("files", "a.pdf", PDF)])
            self.assertEqual(answer.status, 400, path)
            answer = self.b.post(path, {"name": "a" * (MIB + 1)})
            self.assertEqual(answer.status, 413, path)

    def test_a_refused_upload_still_gets_its_page(self):
        """The answer comes before the body was read."""
        b = self.site.browser(TECHNICIAN)
        answer = self.nothing_new(lambda: b.post_files(
            FORM, {"csrf": self.token(b)},
            [("files", "a.pdf", b" " * (40 * MIB))]))
        self.assertEqual(answer.status, 403)
        self.assertIn("No tiene permiso", answer.text)

    def memory(self):
        """Private bytes of the worker: its heap, stack and written pages;
        not of the page before, which it may be at the end of."""
        at_rest(self.site)
        pid, = self.site.workers_running()
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            text = f.read()
        return 1024 * int(re.search(r"Anonymous:\s+(\d+)", text)[1])

    def test_a_large_upload_costs_no_memory(self):
        self.add("pequeño.pdf", PDF)
        before = self.memory()
        self.add("grande.pdf", PDF + os.urandom(MIB) * 49)
        self.assertLess(self.memory() - before, MIB)


class Download(Files):
    def test_bytes_headers_and_range(self):
        data = PDF + bytes(range(256)) * 40
        where = self.add("informe.pdf", data)
        answer = self.b.get(where)
        self.assertEqual((answer.status, answer.bytes), (200, data))
        for name, value in (
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", "inline; filename=\"informe.pdf\"; "
                 "filename*=UTF-8''informe.pdf"),
                ("Cache-Control", "private, no-cache"),
                ("X-Content-Type-Options", "nosniff"),
                ("Accept-Ranges", "bytes")):
            self.assertEqual(answer.headers[name], value)
        self.assertIn("default-src 'none'",
                      answer.headers["Content-Security-Policy"])
        self.assertIsNone(answer.headers["X-Accel-Redirect"])
        part = self.b.get(where, Range="bytes=100-199")
        self.assertEqual((part.status, part.bytes), (206, data[100:200]))
        self.assertEqual(part.headers["Content-Range"],
                         f"bytes 100-199/{len(data)}")
        self.assertEqual(self.b.get(where, Range="bytes=99999-").status, 416)
        again = self.b.get(where, **{"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.bytes), (304, b""))
        head = self.b.request("HEAD", where)
        self.assertEqual((head.status, head.headers["Content-Length"]),
                         (200, str(len(data))))

    def test_only_safe_types_are_shown(self):
        text = "línea uno\nlínea dos\n".encode() * 3
        for name, data, shown in (("a.png", png(), "inline"),
                                  ("a.pdf", PDF, "inline"),
                                  ("a.txt", text, "attachment")):
            headers = self.b.get(self.add(name, data)).headers
            self.assertTrue(headers["Content-Disposition"].startswith(shown))
            if name != "a.pdf":  # viewers of PDF do not start in a sandbox
                self.assertIn("sandbox", headers["Content-Security-Policy"])

    def test_names_with_quotes_and_letters_of_all_kinds(self):
        for name, plain in (('el "contrato" 50%.pdf', "el _contrato_ 50_.pdf"),
                            ("año 日本 😀.pdf", "a_o __ _.pdf"),
                            ("it's; a=b.pdf", "it's; a=b.pdf")):
            where = self.add(name, PDF)
            got = self.b.get(where).headers["Content-Disposition"]
            self.assertIn(f'filename="{plain}"', got)
            encoded = re.search(r"filename\*=UTF-8''([\w!#$&+.^`|~%-]+)$",
                                got)[1]
            self.assertEqual(urllib.parse.unquote(encoded), name)

    def test_nobody_gets_at_the_folder(self):
        where = self.add("a.pdf", PDF)
        digest = hashlib.sha256(PDF).hexdigest()
        for path in (f"/media/{digest[:2]}/{digest[2:4]}/{digest}",
                     "/media/", "/media/tmp/", "/media/../files/"):
            self.assertIn(self.b.get(path).status, (400, 404), path)
        self.assertEqual(self.b.get(where).status, 200)

    def test_a_lost_file_is_our_fault(self):
        where = self.add("perdido.pdf", PDF + b"perdido")
        digest = hashlib.sha256(PDF + b"perdido").hexdigest()
        os.unlink(f"{self.site.folder}/files/{digest[:2]}/{digest[2:4]}/"
                  f"{digest}")
        answer = self.b.get(where)
        self.assertEqual(answer.status, 500)
        self.assertIn("Código para citar", answer.text)
        wait_until(lambda: digest in self.site.pool.text(), why="logged")


class Roles(Files):
    def test_who_may_have_which(self):
        mine = self.add("mio.pdf", PDF + b"mio", client=OWN)
        other = self.add("ajeno.pdf", PDF + b"ajeno", client=2)
        for who, want_mine, want_other in ((None, 303, 303), (ADMIN, 200, 200),
                                           (TECHNICIAN, 200, 200),
                                           (CLIENT, 200, 404)):
            b = self.site.browser(who)
            self.assertEqual(b.get(mine).status, want_mine, who)
            self.assertEqual(b.get(other).status, want_other, who)
        last = int(self.site.sql("SELECT max(id) FROM file"))
        b = self.site.browser(CLIENT)
        seen = {i for i in range(1, last + 50)
                if b.get(f"/archivos/{i}/").status == 200}
        own = self.site.sql(f"SELECT id FROM file WHERE entity_id = {OWN}"
                            " AND archived_at IS NULL")
        self.assertEqual(seen, {int(i) for i in own.split()})

    def test_a_client_has_a_list_of_its_own(self):
        mine = self.add("visible.pdf", PDF + b"v", client=OWN)
        other = self.add("invisible.pdf", PDF + b"i", client=2)
        gone = self.add("archivado.pdf", PDF + b"g", client=OWN)
        self.archive(gone)
        b = self.site.browser(CLIENT)
        page = b.get("/archivos/").text
        self.assertIn("visible.pdf", page)
        self.assertIn(f'href="{mine}"', page)
        self.assertNotIn("invisible.pdf", page)
        self.assertNotIn(f'href="{other}"', page)
        self.assertNotIn("archivado.pdf", page)
        self.assertEqual(b.get(gone).status, 404)

    def archive(self, where, browser=None, verb="archivar/", version=1):
        b = browser or self.b
        return b.post(where + verb, {"csrf": self.token(b),
                                     "version": str(version)})

    def test_archive_undo_and_the_version(self):
        where = self.add("temporal.pdf", PDF + b"t")
        answer = self.archive(where)
        self.assertEqual(answer.location, f"/clientes/{OWN}/")
        page = self.b.follow(answer)
        undo = page.form(where + "restaurar/")
        self.assertNotIn(">temporal.pdf<", page.text)
        listed = self.b.get(f"/clientes/{OWN}/archivos/?archivados=1").text
        self.assertIn("temporal.pdf", listed)
        self.assertEqual(self.archive(where).status, 409)
        self.assertEqual(self.b.post(where + "restaurar/", undo).status, 303)
        self.assertIn(">temporal.pdf<", self.b.get(f"/clientes/{OWN}/").text)

    def test_who_may_archive_and_add(self):
        where = self.add("fijo.pdf", PDF + b"f")
        for who in (TECHNICIAN, CLIENT):
            b = self.site.browser(who)
            self.assertEqual(self.archive(where, b).status, 403, who)
            answer = self.nothing_new(
                lambda: self.send(("a.pdf", PDF), browser=b))
            self.assertEqual(answer.status, 403, who)
        page = self.site.browser(TECHNICIAN).get(f"/clientes/{OWN}/").text
        self.assertIn("fijo.pdf", page)
        self.assertNotIn("archivos/subir/", page)
        self.assertNotIn("/archivar/", page)

    def test_an_unknown_client_or_file(self):
        for path in ("/clientes/9999/archivos/", "/archivos/9999/",
                     "/clientes/9999/archivos/subir/"):
            self.assertEqual(self.b.get(path).status, 404, path)
        answer = self.nothing_new(
            lambda: self.send(("a.pdf", PDF + b"9"), client=9999))
        self.assertEqual(answer.status, 404)
        self.assertEqual(self.archive("/archivos/9999/").status, 404)

    def test_pages_of_many(self):
        digest = hashlib.sha256(PDF).hexdigest()
        self.site.sql(
            "INSERT INTO file (uid, entity, entity_id, name, mime, bytes,"
            " sha256, created_at, updated_at)"
            f" SELECT 'u' || id, 'client', 3, 'n' || id || '.pdf',"
            f" 'application/pdf', 9, '{digest}', id, id FROM client"
            " ORDER BY id LIMIT 80")
        seen, path = [], "/clientes/3/archivos/"
        while path is not None:
            answer = self.b.get(path)
            # a worker that comes back to the cache reads its epoch once
            self.assertLessEqual(
                min(int(self.b.get(path).headers["X-Statements"])
                    for _ in range(3)), 3)
            seen += re.findall(r'class="file-name"[^>]*>([^<]+)<', answer.text)
            more = re.search(r'rel="next" href="([^"]+)"', answer.text)
            path = more and more[1].replace("&amp;", "&")
        self.assertEqual(len(seen), 80)
        self.assertEqual(len(set(seen)), 80)
        newest = re.findall(r'class="file-name"[^>]*>([^<]+)<',
                            self.b.get("/clientes/3/").text)
        self.assertEqual(newest, seen[:5])

    def test_a_login_with_no_client_sees_nothing(self):
        self.site.ctl("user", "add", "suelto@demo.example", "client", "Suelto",
                      text=PASSWORD)
        where = self.add("de-otro.pdf", PDF + b"o")
        b = self.site.browser("suelto@demo.example")
        self.assertEqual(b.get(where).status, 404)
        self.assertIn("Aún no hay archivos", b.get("/archivos/").text)
