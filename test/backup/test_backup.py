"""Backup, wipe, restore: every row and every file back, or nothing touched."""
import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import time
import unittest
import uuid

import case
import figures
from azurite import KEY, Azurite
from process import as_user, wait_until
from ptsite import ADMIN, TECHNICIAN, Site

SECRET = "r" * 40
BIG = os.urandom(300_000)  # larger than a piece of an archive
# half a day from now, in Bogotá: no new day begins amid a test
FAR_S = int(time.time() - 5 * 3600 + 12 * 3600) % (24 * 3600)


class Backups(unittest.TestCase):
    DB = "sqlite"
    JOBS = 0

    def setUp(self):
        self.site = Site(case.BUILD, db=self.DB, nginx=self.JOBS > 0,
                         jobs=self.JOBS)
        self.addCleanup(self.site.stop)
        self.configure()
        self.site.start()
        if self.JOBS == 0: # these tests need no pool
            self.site.pool.stop()
            self.site.pool = None

    def configure(self, **keys):
        """Writes the conf, and with it what is said here of backups."""
        keys = {"key": SECRET, "folder": f"{self.site.folder}/backups",
                "every": "0ms", "drill_every": "0ms", **keys}
        lines = "".join(f"  {k}: {json.dumps(v)}\n" for k, v in keys.items())
        self.site.extra = "backup:\n" + lines
        if os.path.exists(f"{self.site.folder}/conf.yaml"):
            self.site.write_conf()

    def add_files(self):
        """Two files of people: on the disk, and a row that speaks of each."""
        self.put_file(b"%PDF-1.4 small", 1)
        self.put_file(BIG, 2)

    def put_file(self, data, number):
        digest = hashlib.sha256(data).hexdigest()
        folder = f"{self.site.folder}/files/{digest[:2]}/{digest[2:4]}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{digest}", "wb") as f:
            f.write(data)
        self.own(f"{self.site.folder}/files")
        self.site.sql(
            "INSERT INTO file (uid, entity, entity_id, name, mime, bytes,"
            " sha256, created_at, updated_at) VALUES"
            f" ('{number}', 'client', 1, 'ñandú {number}', 'application/pdf',"
            f" {len(data)}, '{digest}', 1, 1)")

    @staticmethod
    def own(folder):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody:nogroup", folder],
                           check=True)

    # --- what is there ---

    def rows(self):
        """Every row of every table, as text."""
        if self.DB == "sqlite":
            return self.sqlite_rows()
        done = subprocess.run(
            ["pg_dump", "--data-only", "--inserts", "--rows-per-insert=1",
             self.site.env["DATABASE_URL"]], capture_output=True, text=True,
            check=True)
        return sorted(line for line in done.stdout.splitlines()
                      if line.startswith(("INSERT", "SELECT pg_catalog.setv")))

    def sqlite_rows(self):
        done = subprocess.run(["sqlite3", f"{self.site.folder}/pt.db",
                               ".dump"], capture_output=True, text=True,
                              check=True)
        return sorted(done.stdout.splitlines())

    def files(self):
        """Content of every file of people, by its path."""
        found, root = {}, f"{self.site.folder}/files"
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    found[os.path.relpath(path, root)] = f.read()
        return found

    def state(self):
        return self.rows(), self.files()

    def kept(self):
        """Names in the folder of backups, what was left lying among them."""
        folder = f"{self.site.folder}/backups"
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    # --- what is done ---

    def backup(self):
        self.site.ctl("backup")
        return [n for n in self.kept() if n.endswith(".ptb")][-1]

    def wipe(self):
        """A new machine: an empty database, no files."""
        shutil.rmtree(f"{self.site.folder}/files", ignore_errors=True)
        if self.DB == "sqlite":
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{self.site.folder}/pt.db{end}")
            return
        self.site.pg.leave(self.site.database)
        self.site.database = self.site.pg.new_database()
        self.site.env["DATABASE_URL"] = self.site.pg.url(self.site.database)

    def restore(self, *arguments, **options):
        return self.site.ctl("restore", *arguments, **options)

    def assertRefused(self, done, *words):
        """It failed, in one line that has these words."""
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def assertRestored(self, before):
        """All is as it was, but for the row that tells of the restoring,
        the end of the chain that it moved, and the cache that was emptied."""
        moved = ("audit_log", "audit_head", "cache_epoch", "audit_salt")
        rows, files = self.state()
        self.assertEqual(files, before[1])
        for now, then in ((rows, before[0]), (before[0], rows)):
            odd = [line for line in set(now) - set(then)
                   if not any(table in line[:60] for table in moved)]
            self.assertEqual(odd, [])
        lost = [line for line in before[0] if "audit_log" in line[:60] and
                line not in rows]
        self.assertEqual(lost, [])
        self.assertIn("rows are as they were written",
                      self.site.ctl("audit", "verify").stdout)


class There(Backups):
    """On one database; Postgres below is the other."""

    NAME = "SQLite"

    def test_everything_comes_back(self):
        self.add_files()
        before = self.state()
        name = self.backup()
        self.assertRegex(name, r"^personal-tech-\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4}"
                         r"\.ptb$")
        self.wipe()
        done = self.restore("latest")
        self.assertIn(f"{name} is restored", done.stdout)
        self.assertRestored(before)
        self.assertEqual(self.site.sql(
            "SELECT action, entity FROM audit_log ORDER BY seq DESC LIMIT 1"),
            "restore|backup")

    def test_what_came_later_is_gone_after_replace(self):
        self.add_files()
        before = self.state()
        name = self.backup()
        self.site.sql("DELETE FROM file WHERE uid = '1';"
                      " CREATE TABLE later (n INTEGER);"
                      " UPDATE app_user SET name = 'otro'")
        changed = self.state()
        done = self.restore(name, check=False)
        self.assertRefused(done, "not empty", "--replace", "nothing was changed")
        self.assertEqual(self.state(), changed)
        self.restore(name, "--replace")
        self.assertRestored(before)

    def test_it_is_sealed_and_whole(self):
        self.add_files()
        before = self.site.sql("SELECT count(*) FROM audit_log")
        name = self.backup()
        path = f"{self.site.folder}/backups/{name}"
        with open(path, "rb") as f:
            data = f.read()
        for secret in (b"%PDF-1.4 small", ADMIN.encode(), b"manifest"):
            self.assertNotIn(secret, data)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(self.kept(), [name])  # and nothing half-written
        self.assertEqual(
            self.site.sql("SELECT state, sha256, size, files_n, kind,"
                          " verified_at > 0 FROM backup").replace("t", "1"),
            f"good|{hashlib.sha256(data).hexdigest()}|{len(data)}|2|command|1"
            .replace("t", "1"))
        self.assertEqual(int(self.site.sql(
            "SELECT count(*) FROM audit_log")), int(before) + 1)
        self.assertRegex(self.site.ctl("list").stdout,
                         rf"^{name} +{len(data)} folder good untested\n$")

    # --- faults ---

    def damage(self, name, how):
        path = f"{self.site.folder}/backups/{name}"
        with open(path, "rb") as f:
            data = bytearray(f.read())
        with open(path, "wb") as f:
            f.write(how(data))

    def refuses_untouched(self, name, *words, **env):
        """On a new machine there is nothing afterwards."""
        self.wipe()
        self.assertRefused(self.restore(name, check=False,
                                        env={**self.site.env, **env}), *words)
        self.assertEqual(self.files(), {})
        self.assertTrue(self.is_empty())

    def is_empty(self):
        if self.DB == "sqlite":
            return not os.path.exists(f"{self.site.folder}/pt.db")
        return self.site.sql("SELECT count(*) FROM pg_class c JOIN"
                             " pg_namespace n ON n.oid = c.relnamespace"
                             " WHERE nspname = 'public'") == "0"

    def test_a_wrong_key(self):
        name = self.backup()
        self.refuses_untouched(name, "the key is not the one", "BACKUP_KEY",
                               BACKUP_KEY="w" * 40)
        # the key of before may still open it
        self.restore(name, env={**self.site.env, "BACKUP_KEY": "w" * 40,
                                "BACKUP_OLD_KEYS": SECRET})

    def test_a_cut_off_file(self):
        self.add_files()
        name = self.backup()
        for bytes_left in (0, 20, 1000, -1):
            self.damage(name, lambda d, n=bytes_left: d[:n])
            self.refuses_untouched(name, "cut off", "nothing was changed")

    def test_an_altered_file(self):
        self.add_files()
        name = self.backup()
        path = f"{self.site.folder}/backups/{name}"
        size = os.path.getsize(path)

        def flip(at):
            return lambda d: d[:at] + bytes([d[at] ^ 1]) + d[at + 1:]
        for at in (60, size // 2, size - 3):
            self.damage(name, flip(at))
            self.refuses_untouched(name, "altered", "nothing was changed")
            self.damage(name, flip(at))
        self.damage(name, lambda d: d + b"x")
        self.refuses_untouched(name, "altered")
        self.damage(name, lambda d: b"PK\x03\x04" + d[4:])
        self.refuses_untouched(name, "no backup of ours")

    def limited(self, most, *arguments):
        """ptctl, that may write no file larger than so many bytes: to it the
        disk is full there."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        return subprocess.run(
            as_user([f"{self.site.folder}/bin/ptctl", "-c",
                     f"{self.site.folder}/conf.yaml", *arguments]),
            env=self.site.env, cwd=self.site.folder, capture_output=True,
            text=True, preexec_fn=limit)

    def test_a_full_disk(self):
        self.add_files()
        done = self.limited(200_000, "backup")
        self.assertRefused(done, "File too large", "nothing was kept")
        self.assertEqual(self.kept(), [])
        name = self.backup()
        self.wipe()
        done = self.limited(200_000, "restore", name)
        self.assertRefused(done, "File too large", "nothing was changed")
        self.assertEqual(self.files(), {})
        self.assertTrue(self.is_empty())
        self.assertEqual(self.kept(), [name])

    def test_a_database_that_cannot_take_it(self):
        """The files were there already: they go again."""
        self.add_files()
        name = self.backup()
        self.wipe()
        self.break_database()
        done = self.restore(name, "--replace", check=False)
        self.assertRefused(done, self.BROKEN, "nothing was changed")
        self.assertEqual(self.files(), {})

    BROKEN = "unable to open database file"

    def break_database(self):
        self.site.env["DATABASE_URL"] = (
            f"sqlite:{self.site.folder}/nowhere/pt.db")

    def test_without_a_key_or_a_store(self):
        self.configure(key="")
        self.assertRefused(self.site.ctl("backup", check=False),
                           "backup.key: is not set", "BACKUP_KEY_FILE")
        self.configure(folder="/proc/nowhere")
        self.assertRefused(self.site.ctl("backup", check=False),
                           "backup.folder: /proc/nowhere")
        self.configure()
        self.assertRefused(self.restore("latest", check=False),
                           "there is no backup")
        self.assertRefused(self.restore("personal-tech-x.ptb", check=False),
                           "No such file")

    # --- the restore test ---

    def test_the_drill(self):
        if figures.WRITE:
            self.wipe()
            self.site.ctl("migrate")
            self.site.ctl("seed", "--clients", "20000")
        self.add_files()
        name = self.backup()
        before = self.state()
        done = self.site.ctl("drill")
        self.assertRegex(done.stdout, rf"^{name} comes back in \d+ ms: \d+ "
                         r"tables, \d+ rows, 2 files, audit whole up to row")
        ms, rows = re.search(r"in (\d+) ms: \d+ tables, (\d+) rows",
                             done.stdout).groups()
        figures.note(f"restore test, {self.NAME}, {int(rows):,} rows",
                     f"{int(ms) / 1000:.1f} s", "4 h")
        self.assertEqual(self.site.sql(
            "SELECT state, result FROM backup WHERE restore_test_at > 0"
            " AND restore_test_ms > 0"), "good|")
        self.assertIn("good restored", self.site.ctl("list").stdout)
        self.assertEqual(self.files(), before[1])
        self.assertEqual(self.kept(), [name])
        self.assertEqual(self.scratches(), [])

    def scratches(self):
        if self.DB == "sqlite":
            return []  # they would lie among what is kept
        return self.site.sql("SELECT datname FROM pg_database WHERE"
                             " datname LIKE '%drill%'").split()

    def test_a_drill_finds_what_is_wrong(self):
        self.add_files()
        self.site.sql("UPDATE audit_log SET diff = '{}' WHERE seq = 2")
        self.backup()
        done = self.site.ctl("drill", check=False)
        self.assertRefused(done, "does not come back", "row 2 was changed")
        self.assertIn("bad", self.site.ctl("list").stdout)
        self.assertIn("row 2 was changed",
                      self.site.sql("SELECT result FROM backup"))

    def test_a_drill_misses_a_file(self):
        self.add_files()
        digest = hashlib.sha256(BIG).hexdigest()
        os.unlink(f"{self.site.folder}/files/{digest[:2]}/{digest[2:4]}/"
                  + digest)
        self.backup()
        self.assertRefused(self.site.ctl("drill", check=False),
                           f"the file {digest} is missing")
        self.assertEqual(self.scratches(), [])

    # --- elsewhere ---

    def in_azure(self, azurite, **more):
        self.configure(azure=azurite.connection(), ca_file=azurite.ca,
                       container=f"c{uuid.uuid4().hex}", **more)

    def test_through_azure_and_back(self):
        for tls in (False, True):
            self.in_azure(Azurite.get(tls))
            self.add_files() if not tls else None
            before = self.state()
            name = self.backup()
            self.assertEqual(self.site.sql(
                "SELECT offsite_at > 0, result FROM backup ORDER BY id DESC"
                " LIMIT 1").replace("1", "t"), "t|")
            shutil.rmtree(f"{self.site.folder}/backups")
            self.wipe()
            self.assertRegex(self.site.ctl("list", check=False).stdout,
                             rf"^{name} +\d+ azure unknown untested\n$")
            self.wipe()  # list makes an empty file on SQLite
            self.restore("latest")
            self.assertRestored(before)
            self.assertIn("comes back", self.site.ctl("drill").stdout)

    def test_a_large_one_goes_in_blocks(self):
        self.in_azure(Azurite.get())
        data = os.urandom(9 << 20)
        self.put_file(data, 3)
        name = self.backup()
        shutil.rmtree(f"{self.site.folder}/backups")
        self.wipe()
        self.restore(name)
        self.assertIn(data, self.files().values())

    def test_azure_that_is_away_or_refuses(self):
        with socket.socket() as deaf:  # nobody else can listen there
            deaf.bind(("127.0.0.1", 0))
            self.configure(azure=Azurite.get().connection().replace(
                f":{Azurite.get().port}/", f":{deaf.getsockname()[1]}/"))
            done = self.site.ctl("backup", check=False)
        self.assertRefused(done, "could not be stored in Azure", "connect")
        self.assertEqual(len(self.kept()), 1)  # here it is
        self.assertIn("connect", self.site.sql("SELECT result FROM backup"))
        wrong = KEY[:10] + "AAAA" + KEY[14:]
        self.configure(azure=Azurite.get().connection(wrong))
        self.assertRefused(self.site.ctl("backup", check=False), "403")
        self.assertRefused(self.restore("x?comp=list", check=False),
                           "no name of a backup")
        self.configure(azure="nonsense")
        self.assertRefused(self.site.ctl("backup", check=False),
                           "AccountName=")
        untrusted = Azurite.get(tls=True)
        self.configure(azure=untrusted.connection())
        self.assertRefused(self.site.ctl("backup", check=False),
                           "certificate")

    # --- how long they are kept ---

    def test_old_ones_go_but_never_the_last_good_one(self):
        azurite = Azurite.get()
        self.in_azure(azurite)
        folder = f"{self.site.folder}/backups"
        good = self.backup()
        made = {
            "20200101T010000.000Z-aaaa": False,  # years old
            "20200102T010000.000Z-aaaa": False}
        for stamp in made:
            shutil.copy(f"{folder}/{good}",
                        f"{folder}/personal-tech-{stamp}.ptb")
        with open(f"{folder}/somebody-elses.txt", "w",
                  encoding="ascii") as f:
            f.write("stays")
        self.own(folder)
        # the only good one is older than all: everything stays
        self.site.sql("UPDATE backup SET created_at = 1")
        old_good = "personal-tech-20190101T010000.000Z-aaaa.ptb"
        os.rename(f"{folder}/{good}", f"{folder}/{old_good}")
        self.site.sql(f"UPDATE backup SET file = '{old_good}'")
        self.configure(key="short")
        self.assertRefused(self.site.ctl("backup", check=False), "too short")
        self.assertEqual(len([n for n in self.kept()
                              if n.startswith("personal-tech-20")]), 3)
        self.in_azure(azurite)
        newest = self.backup()
        self.assertEqual(self.kept(), sorted([newest, "somebody-elses.txt"]))
        self.assertEqual(self.site.sql("SELECT state FROM backup ORDER BY id"),
                         "gone\ngood")


class Postgres(There):
    DB, NAME = "pg", "PostgreSQL"
    BROKEN = "database"

    def break_database(self):
        self.site.env["DATABASE_URL"] = self.site.pg.url("nowhere")


class Clock(Backups):
    """By ptjobs: by the clock, and for who asks on the page."""

    DB = "pg"
    JOBS = 1

    def configure(self, **keys):
        """Nothing comes due amid a test: who looks every five minutes finds
        that one backup is owed, and no restore test."""
        azurite = Azurite.get()
        super().configure(azure=azurite.connection(),
                          container=f"c{self.site.port}",
                          tell="jefe@demo.example", at=f"{FAR_S}s",
                          **{"every": "1d", **keys})

    def made(self):
        """The first one is here and elsewhere, and nobody is at it."""
        self.wait_for("SELECT count(*) FROM backup WHERE kind = 'clock' AND"
                      " state = 'good' AND offsite_at > 0", "1")
        self.wait_for("SELECT count(*) FROM job WHERE kind IN ('backup.make',"
                      " 'backup.send', 'backup.prune') AND state = 'done'", "3")

    def wait_for(self, sql, value, seconds=60):
        try:
            wait_until(lambda: self.site.sql(sql) == value, seconds, sql)
        except AssertionError as e:
            raise AssertionError(
                f"{e}; jobs: " + self.site.sql(
                    "SELECT kind, state, attempts, due_at, last_error FROM job"
                    " WHERE state <> 'done'") + self.site.pool.text()[-1500:]
            ) from e

    def test_by_the_clock_stored_elsewhere_and_tested(self):
        self.made()
        self.site.pool.stop()
        self.configure(drill_every="30d")
        self.site.start_pool()
        self.due("backup.schedule")
        self.wait_for("SELECT count(*) FROM backup WHERE restore_test_at > 0"
                      " AND state = 'good'", "1")
        self.assertEqual(self.site.sql("SELECT count(*) FROM backup"), "1")

    def test_restored_below_a_site_at_work(self):
        self.made()
        b = self.site.browser(ADMIN)
        name = self.site.sql("SELECT file FROM backup")
        self.site.sql("UPDATE client SET name = 'Nadie', search_text = 'nadie'")
        self.assertTrue("Nadie" in b.get("/clientes/").text)
        self.assertEqual(self.restore(name, "--replace").stderr, "")
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE name = 'Nadie'"), "0")
        b = self.site.browser(ADMIN)  # the session was younger
        page = b.get("/clientes/")
        self.assertEqual(page.status, 200)
        self.assertFalse("Nadie" in page.text)

    def test_the_page(self):
        self.made()
        b = self.site.browser(ADMIN)
        page = b.get("/admin/respaldos/").text
        for word in ("Último respaldo bueno", "Bueno", "Este equipo y Azure",
                     "Azure Blob Storage", "filas, 0 archivos"):
            self.assertIn(word, page)
        self.assertRegex(page, r"\(\d min\)")
        self.site.sql("UPDATE backup SET files_n = 1")
        self.assertIn("filas, 1 archivo<", b.get("/admin/respaldos/").text)
        csrf = b.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        answer = b.post("/admin/respaldos/crear/", {"csrf": csrf})
        self.assertEqual((answer.status, answer.location),
                         (303, "/admin/respaldos/"))
        self.assertIn("El respaldo empieza", b.follow(answer).text)
        self.wait_for("SELECT count(*) FROM backup b JOIN app_user u"
                      " ON u.id = b.created_by WHERE b.kind = 'page'"
                      f" AND u.email = '{ADMIN}'", "1")
        answer = b.post("/admin/respaldos/probar/", {"csrf": csrf})
        self.assertIn("La prueba empieza", b.follow(answer).text)
        self.wait_for("SELECT count(*) FROM backup WHERE kind = 'page'"
                      " AND restore_test_at > 0", "1")
        self.assertRegex(b.get("/admin/respaldos/").text,
                         r"\(\d min\), duró \d+,\d s")
        self.assertEqual(self.site.sql(
            "SELECT l.action FROM audit_log l JOIN app_user u"
            f" ON u.id = l.actor_id AND u.email = '{ADMIN}'"
            " WHERE entity = 'backup' ORDER BY seq"), "create\ntest")
        for word in ("Prueba de restauración", "Respaldo"):
            self.assertIn(word, b.get("/admin/auditoria/").text)
        other = self.site.browser(TECHNICIAN)
        self.assertEqual(other.get("/admin/respaldos/").status, 403)
        self.site.sql("DELETE FROM backup")
        self.assertIn("con el botón de arriba",
                      b.get("/admin/respaldos/").text)

    def test_what_fails_is_told(self):
        self.made()
        shutil.rmtree(f"{self.site.folder}/backups")
        with open(f"{self.site.folder}/backups", "w", encoding="ascii"):
            pass  # a file where the folder was
        self.site.sql("INSERT INTO job (kind, payload, due_at, created_at,"
                      " attempts) VALUES ('backup.make',"
                      " '{\"kind\":\"clock\"}', 0, 0, 3)")
        self.wait_for("SELECT count(*) FROM backup WHERE state = 'failed'",
                      "1")
        self.assertIn("Not a directory", self.site.sql(
            "SELECT result FROM backup WHERE state = 'failed'"))
        self.assertEqual(self.site.sql(
            "SELECT to_addr, subject FROM mail_message"),
            "jefe@demo.example|No se pudo hacer el respaldo")
        page = self.site.browser(ADMIN).get("/admin/respaldos/").text
        self.assertIn("No se pudo hacer", page)
        self.assertIn("Not a directory", page)
        wait_until(lambda: "backup.failed" in self.site.pool.text(), 60,
                   "backup.failed in the log")

    def due(self, kind):
        """As if its time had come again."""
        self.site.sql(f"DELETE FROM job WHERE kind = '{kind}'")
        self.site.sql("INSERT INTO job (kind, payload, due_at, created_at)"
                      f" VALUES ('{kind}', '{{}}', 0, 0)")


class EmbeddedClock(Clock):
    DB = "sqlite"
