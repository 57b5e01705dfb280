"""Every write leaves a row, the chain holds, and people can read it."""
import json
import re
import subprocess

import case
from case import SiteCase
from ptsite import ADMIN, CLIENT, PASSWORD, TECHNICIAN

COLUMNS = ("seq", "at", "actor_id", "role", "ip", "action", "entity",
           "entity_id", "diff", "key_id", "prev_hash", "hash")
NUMBERS = ("seq", "at", "actor_id", "entity_id")
USERS = "/admin/usuarios/"


def post_routes():
    text = subprocess.run([f"{case.BUILD}/ptworker", "--routes"], check=True,
                          capture_output=True, text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {r[1] for r in rows if "POST" in r[0].split(",")}


class Rows:
    """The audit of a site."""

    def __init__(self, site):
        self.site = site

    def all(self, after=0):
        # json of both databases alike, so that any text comes through
        pair = ", ".join(f"'{c}', {c}" for c in COLUMNS)
        make = "json_build_object" if self.site.pg else "json_object"
        text = self.site.sql(f"SELECT {make}({pair}) FROM audit_log"
                             f" WHERE seq > {after} ORDER BY seq")
        return [json.loads(line) for line in text.splitlines()]

    def last(self):
        return int(self.site.sql("SELECT seq FROM audit_head"))


class Writes(SiteCase):
    """What each POST route must write down. A route that is missing here
    fails the test: whoever adds one says what it leaves."""

    def new_client(self, name="Auditada"):
        where = "/clientes/nuevo/"
        answer = self.admin.submit(where, {"name": name})
        if answer.status == 422:  # there is one of that name already
            answer = self.admin.post(where, answer.form(where))
        return answer

    def client(self):
        return int(re.search(r"/clientes/(\d+)/",
                             self.new_client().location)[1])

    def user(self, email):
        answer = self.admin.submit(
            USERS + "nuevo/", {"name": "Nueva", "email": email,
                               "role": "technician", "password": PASSWORD})
        self.assertEqual(answer.status, 303, answer.text)
        return int(re.search(r"/usuarios/(\d+)/", answer.location)[1])

    def button(self, page, path):
        answer = self.admin.submit(page, {}, action=path)
        self.assertEqual(answer.status, 303, answer.text)

    # each returns what must have been written down since it began

    def login(self):
        self.site.browser(TECHNICIAN)
        return [("login", "user")]

    def logout(self):
        b = self.site.browser(TECHNICIAN)
        b.submit("/cuenta/", {}, action="/cuenta/salir/")
        return [("login", "user"), ("logout", "user")]

    def profile(self):
        b = self.site.browser(TECHNICIAN)
        b.submit("/cuenta/perfil/", {"theme": "red", "lang": "es"})
        return [("login", "user"), ("update", "user")]

    def password(self):
        b = self.site.browser(CLIENT)
        self.site.browser(CLIENT)
        b.submit("/cuenta/clave/", {"present": PASSWORD, "password": "x" * 12,
                                    "again": "x" * 12})
        return [("login", "user"), ("login", "user"), ("password", "user"),
                ("end_sessions", "user")]

    def sessions(self):
        b = self.site.browser(TECHNICIAN)
        self.site.browser(TECHNICIAN)
        b.submit("/cuenta/sesiones/", {}, action="/cuenta/sesiones/")
        return [("login", "user"), ("login", "user"),
                ("end_sessions", "user")]

    def create_client(self):
        self.new_client()
        return [("create", "client")]

    def edit_client(self):
        answer = self.admin.submit("/clientes/2/editar/", {"city": "Tunja"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("update", "client")]

    def archive_client(self):
        n = self.client()
        self.button(f"/clientes/{n}/", f"/clientes/{n}/archivar/")
        return [("create", "client"), ("archive", "client")]

    def restore_client(self):
        n = self.client()
        self.button(f"/clientes/{n}/", f"/clientes/{n}/archivar/")
        self.button(f"/clientes/{n}/", f"/clientes/{n}/restaurar/")
        return [("create", "client"), ("archive", "client"),
                ("restore", "client")]

    def merge_clients(self):
        stays, goes = self.client(), self.client()
        self.site.sql("UPDATE app_user SET client_id = "
                      f"{goes} WHERE email = '{CLIENT}'")
        where = f"/clientes/{stays}/unir/"
        answer = self.admin.submit(f"{where}?con={goes}", {}, action=where)
        self.assertEqual(answer.status, 303, answer.text)
        return [("create", "client"), ("create", "client"),
                ("update", "user"), ("update", "client"),
                ("merge", "client"), ("merged", "client")]

    def send_message(self):
        answer = self.site.browser().submit(
            "/contacto/", {"name": "Zoe", "email": "zoe@example.com",
                           "subject": "cloud", "message": "¿Cuánto vale?",
                           "consent": "1"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("create", "contact")]

    def attend_message(self):
        self.send_message()
        n = self.site.sql("SELECT max(id) FROM contact_message")
        self.button("/contacto/mensajes/",
                    f"/contacto/mensajes/{n}/atendido/")
        return [("create", "contact"), ("attend", "contact")]

    def create_user(self):
        self.user("n1@example.com")
        return [("create", "user")]

    def edit_user(self):
        n = self.user("n2@example.com")
        answer = self.admin.submit(f"{USERS}{n}/editar/", {"role": "office"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("create", "user"), ("update", "user")]

    def deactivate_user(self):
        n = self.user("n3@example.com")
        self.site.browser("n3@example.com")
        self.button(f"{USERS}{n}/", f"{USERS}{n}/desactivar/")
        return [("create", "user"), ("login", "user"), ("deactivate", "user"),
                ("end_sessions", "user")]

    def activate_user(self):
        n = self.user("n4@example.com")
        self.button(f"{USERS}{n}/", f"{USERS}{n}/desactivar/")
        self.button(f"{USERS}{n}/", f"{USERS}{n}/activar/")
        return [("create", "user"), ("deactivate", "user"),
                ("activate", "user")]

    def new_import(self):
        """Uploads clients; the address of their import."""
        form = "/clientes/importar/"
        answer = self.admin.post_files(
            form, self.admin.get(form).form(form),
            [("file", "Auditada.csv",
              "Nombre;Tipo;Relación\nAuditada;Persona;puntual\n".encode())])
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def add_import(self):
        self.new_import()
        return [("create", "client_import")]

    def start_import(self):
        """There is no ptjobs here: as if it had checked the file."""
        where = self.new_import()
        self.site.sql("UPDATE client_import SET state = 'ready', good = 1"
                      " WHERE state = 'uploaded'")
        self.button(where, where + "empezar/")
        return [("create", "client_import"), ("start", "client_import")]

    def cancel_import(self):
        where = self.new_import()
        self.button(where, where + "cancelar/")
        return [("create", "client_import"), ("cancel", "client_import")]

    def file(self):
        """Adds a file to a client; returns its address."""
        form = "/clientes/2/archivos/subir/"
        answer = self.admin.post_files(
            form, self.admin.get(form).form(form),
            [("files", "Auditada.txt", b"texto")])
        self.assertEqual(answer.status, 303, answer.text)
        return f"/archivos/{self.site.sql('SELECT max(id) FROM file')}/"

    def add_file(self):
        self.file()
        return [("file_add", "client")]

    def archive_file(self):
        where = self.file()
        self.button("/clientes/2/", where + "archivar/")
        return [("file_add", "client"), ("file_archive", "client")]

    def restore_file(self):
        where = self.file()
        self.button("/clientes/2/", where + "archivar/")
        self.button("/clientes/2/archivos/?archivados=1", where + "restaurar/")
        return [("file_add", "client"), ("file_archive", "client"),
                ("file_restore", "client")]

    def part(self, kind, **fields):
        """Adds a contact or a site to client 2; returns its address."""
        form = f"/clientes/2/{kind}/nuevo/"
        answer = self.admin.submit(form, fields)
        self.assertEqual(answer.status, 303, answer.text)
        table = {"contactos": "client_contact", "sedes": "client_site"}[kind]
        n = self.site.sql(f"SELECT max(id) FROM {table}")
        return f"/clientes/2/{kind}/{n}/"

    def contact(self):
        return self.part("contactos", name="Auditada", phone="3001234567")

    def add_contact(self):
        self.contact()
        return [("contact_add", "client")]

    def edit_contact(self):
        """The primary contact of before changes too."""
        where = self.contact()
        answer = self.admin.submit(where + "editar/", {"is_primary": "1"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("contact_add", "client"), ("contact_update", "client"),
                ("contact_update", "client")]

    def archive_contact(self):
        where = self.contact()
        self.button("/clientes/2/", where + "archivar/")
        return [("contact_add", "client"), ("contact_archive", "client")]

    def restore_contact(self):
        where = self.contact()
        self.button("/clientes/2/", where + "archivar/")
        self.button("/clientes/2/", where + "restaurar/")
        return [("contact_add", "client"), ("contact_archive", "client"),
                ("contact_restore", "client")]

    def place(self):
        return self.part("sedes", name="Auditada", address="Calle Auditada 1")

    def add_site(self):
        self.place()
        return [("site_add", "client")]

    def edit_site(self):
        where = self.place()
        answer = self.admin.submit(where + "editar/", {"city": "Tunja"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("site_add", "client"), ("site_update", "client")]

    def archive_site(self):
        where = self.place()
        self.button("/clientes/2/", where + "archivar/")
        return [("site_add", "client"), ("site_archive", "client")]

    def restore_site(self):
        where = self.place()
        self.button("/clientes/2/", where + "archivar/")
        self.button("/clientes/2/", where + "restaurar/")
        return [("site_add", "client"), ("site_archive", "client"),
                ("site_restore", "client")]

    def grant_consent(self):
        answer = self.admin.submit(
            "/clientes/2/consentimientos/nuevo/",
            {"purpose": "photos", "channel": "person", "granted": "1",
             "signed_by": "Auditada"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("consent_grant", "client")]

    def revoke_consent(self):
        n = self.site.sql("SELECT max(id) FROM consent WHERE client_id = 2"
                          " AND revoked_at IS NULL")
        answer = self.admin.submit(
            f"/clientes/2/consentimientos/{n}/revocar/", {"channel": "phone"})
        self.assertEqual(answer.status, 303, answer.text)
        return [("consent_revoke", "client")]

    # a client's own

    OWN = "/cuenta/cliente/"

    def own(self, path, action=None, **fields):
        answer = self.mine.submit(self.OWN + path, fields, action)
        self.assertEqual(answer.status, 303, answer.text)
        return answer

    def edit_own(self):
        self.mine = self.site.browser(CLIENT)
        self.own("1/editar/", company="Auditada")
        return [("login", "user"), ("update", "client")]

    def own_part(self, kind, *verbs):
        """Adds a contact or a site and does all that to it."""
        what, table = {"contactos": ("contact", "client_contact"),
                       "sedes": ("site", "client_site")}[kind]
        self.mine = self.site.browser(CLIENT)
        self.own(f"1/{kind}/nuevo/", name="Auditada",
                 **({"address": "Calle Auditada 1"} if what == "site" else {}))
        where = f"1/{kind}/{self.site.sql(f'SELECT max(id) FROM {table}')}/"
        for verb in verbs:
            if verb == "editar":
                self.own(where + "editar/", name="Auditada 2")
            else:
                self.own("", f"{self.OWN}{where}{verb}/")
        words = {"editar": "update", "archivar": "archive",
                 "restaurar": "restore"}
        return [("login", "user"), (f"{what}_add", "client")] + [
            (f"{what}_{words[verb]}", "client") for verb in verbs]

    def revoke_own(self):
        self.mine = self.site.browser(CLIENT)
        n = self.site.sql("SELECT max(id) FROM consent WHERE client_id = 1"
                          " AND revoked_at IS NULL")
        self.own(f"1/consentimientos/{n}/revocar/")
        return [("login", "user"), ("consent_revoke", "client")]

    def retry_mail(self):
        self.site.sql(
            "INSERT INTO mail_message (uid, message_id, to_addr, to_name,"
            " reply_to, subject, body_text, body_html, lang, class, state,"
            " entity, created_at, last_error) VALUES ('dead',"
            " 'dead@pt.example', 'zoe@example.com', 'Zoe', '', 'Hola',"
            " 'Hola', '', 'es', 'transactional', 'dead', '', 1, '550 no')")
        n = self.site.sql("SELECT max(id) FROM mail_message")
        self.button("/admin/correo/?estado=dead",
                    f"/admin/correo/{n}/reintentar/")
        return [("retry", "mail")]

    def retry_job(self):
        self.site.sql(
            "INSERT INTO job (kind, payload, state, due_at, created_at,"
            " finished_at) VALUES ('account.reset', '{}', 'dead', 1, 1, 1)")
        n = self.site.sql("SELECT max(id) FROM job")
        self.button("/admin/trabajos/", f"/admin/trabajos/{n}/reintentar/")
        return [("retry", "job")]

    WRITES = {
        # before that account loses its password and its client
        "/cuenta/cliente/{id}/editar/": edit_own,
        "/cuenta/cliente/{id}/contactos/nuevo/":
            lambda t: t.own_part("contactos"),
        "/cuenta/cliente/{id}/contactos/{id}/editar/":
            lambda t: t.own_part("contactos", "editar"),
        "/cuenta/cliente/{id}/contactos/{id}/archivar/":
            lambda t: t.own_part("contactos", "archivar"),
        "/cuenta/cliente/{id}/contactos/{id}/restaurar/":
            lambda t: t.own_part("contactos", "archivar", "restaurar"),
        "/cuenta/cliente/{id}/sedes/nuevo/":
            lambda t: t.own_part("sedes"),
        "/cuenta/cliente/{id}/sedes/{id}/editar/":
            lambda t: t.own_part("sedes", "editar"),
        "/cuenta/cliente/{id}/sedes/{id}/archivar/":
            lambda t: t.own_part("sedes", "archivar"),
        "/cuenta/cliente/{id}/sedes/{id}/restaurar/":
            lambda t: t.own_part("sedes", "archivar", "restaurar"),
        "/cuenta/cliente/{id}/consentimientos/{id}/revocar/": revoke_own,
        "/admin/correo/{id}/reintentar/": retry_mail,
        "/admin/trabajos/{id}/reintentar/": retry_job,
        "/cuenta/entrar/": login,
        "/cuenta/salir/": logout,
        "/cuenta/perfil/": profile,
        "/cuenta/clave/": password,
        "/cuenta/sesiones/": sessions,
        "/clientes/nuevo/": create_client,
        "/clientes/{id}/editar/": edit_client,
        "/clientes/{id}/archivar/": archive_client,
        "/clientes/{id}/restaurar/": restore_client,
        "/clientes/{id}/unir/": merge_clients,
        "/clientes/{id}/archivos/subir/": add_file,
        "/clientes/{id}/contactos/nuevo/": add_contact,
        "/clientes/{id}/contactos/{id}/editar/": edit_contact,
        "/clientes/{id}/contactos/{id}/archivar/": archive_contact,
        "/clientes/{id}/contactos/{id}/restaurar/": restore_contact,
        "/clientes/{id}/sedes/nuevo/": add_site,
        "/clientes/{id}/sedes/{id}/editar/": edit_site,
        "/clientes/{id}/sedes/{id}/archivar/": archive_site,
        "/clientes/{id}/sedes/{id}/restaurar/": restore_site,
        "/clientes/{id}/consentimientos/nuevo/": grant_consent,
        "/clientes/{id}/consentimientos/{id}/revocar/": revoke_consent,
        "/clientes/importar/": add_import,
        "/clientes/importar/{id}/empezar/": start_import,
        "/clientes/importar/{id}/cancelar/": cancel_import,
        "/archivos/{id}/archivar/": archive_file,
        "/archivos/{id}/restaurar/": restore_file,
        "/contacto/": send_message,
        "/contacto/mensajes/{id}/atendido/": attend_message,
        "/admin/usuarios/nuevo/": create_user,
        "/admin/usuarios/{id}/editar/": edit_user,
        "/admin/usuarios/{id}/desactivar/": deactivate_user,
        "/admin/usuarios/{id}/activar/": activate_user,
    }
    # POST routes that others look at, or that change nothing of the business
    EXCEPTIONS = {
        "/cuenta/oidc/": "only leads to a provider; who comes back is audited:"
                         " test/oidc",
        "/cuenta/recuperar/": "only asks; the link that follows is audited",
        "/cuenta/restablecer/": "needs a mail: test_links, Audited",
        "/cuenta/invitacion/": "needs a mail: test_links, Audited",
        "/admin/usuarios/{id}/reinvitar/": "needs a mail: test_links, Audited",
        **dict.fromkeys((
            "/cuenta/entrar/codigo/", "/cuenta/entrar/recuperacion/",
            "/cuenta/entrar/activar/", "/cuenta/dos-pasos/activar/",
            "/cuenta/dos-pasos/codigos/", "/cuenta/dos-pasos/desactivar/",
            "/admin/usuarios/{id}/dos-pasos/"), "needs a code: test_totp"),
        "/admin/respaldos/crear/": "only asks; what is made is audited:"
                                   " test/backup, Clock",
        "/admin/respaldos/probar/": "the same",
    }

    def test_every_post_route(self):
        self.assertEqual(post_routes(),
                         set(self.WRITES) | set(self.EXCEPTIONS))
        rows = Rows(self.site)
        self.admin = self.site.browser(ADMIN)
        for path, write in self.WRITES.items():
            with self.subTest(path):
                before = rows.last()
                want = write(self)
                written = rows.all(before)
                self.assertEqual([(r["action"], r["entity"]) for r in written],
                                 want)
                for r in written:
                    self.assertEqual(r["ip"], "127.0.0.1")
                    self.assertEqual(json.dumps(
                        json.loads(r["diff"]), ensure_ascii=False,
                        separators=(",", ":"), sort_keys=True), r["diff"])
        text = json.dumps(rows.all(), ensure_ascii=False)
        for secret in ("Auditada", "Nueva", "n1@example.com", "Zoe",
                       "Cuánto", PASSWORD, "argon"):
            self.assertNotIn(secret, text)
        self.assertIn('"subject\\":{\\"to\\":\\"cloud', text)
        self.assertEqual(self.site.ctl("audit", "verify").returncode, 0)

    def test_what_only_reads_and_what_fails(self):
        rows = Rows(self.site)
        admin = self.site.browser(ADMIN)
        me = int(self.site.sql("SELECT id FROM app_user WHERE email ="
                               f" '{ADMIN}'"))
        before = rows.last()
        self.assertEqual(admin.get("/clientes/exportar/").status, 200)
        admin.get("/admin/auditoria/?que=client&numero=7")
        for email in (ADMIN, "nadie@example.com"):
            self.site.browser().submit(
                "/cuenta/entrar/", {"email": email, "password": "mala clave"})
        got = [(r["action"], r["entity"], r["entity_id"], r["actor_id"],
                r["role"]) for r in rows.all(before)]
        self.assertEqual(got, [("export", "client", 0, me, "admin"),
                               ("read", "audit", 0, me, "admin"),
                               ("refused", "user", me, 0, "visitor"),
                               ("refused", "user", 0, 0, "visitor")])
        self.assertRegex(rows.all(before)[0]["diff"],
                         r'^\{"rows":\{"to":\d+\}\}$')
        # a refused write leaves nothing, and reading neither
        before = rows.last()
        admin.submit("/clientes/2/editar/", {"version": "99"})
        for path in ("/clientes/", "/clientes/2/", USERS, "/cuenta/"):
            admin.get(path)
        self.assertEqual(rows.last(), before)
