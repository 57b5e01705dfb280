"""pgBackRest with the configuration of conf/pgbackrest, on Azurite with TLS:
a dropped table comes back, and so does all of a machine that is gone."""
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import figures
from azurite import ACCOUNT, KEY, Azurite, make_container
from process import (Process, as_user, free_port, new_folder, ordinary_user,
                     wait_until)
from servers import PG_BIN

CONF = f"{figures.ROOT}/conf/pgbackrest"
STANZA = "personal-tech"


class PointInTime(unittest.TestCase):
    def setUp(self):
        self.azurite = Azurite.get(tls=True)
        self.folder = new_folder("pt-pitr-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.data, self.port = f"{self.folder}/data", free_port()
        container = f"p{self.port}"
        make_container(self.azurite, container)
        # the machine's own: what the files say of /etc, Azure and PostgreSQL
        self.env = {
            "PATH": f"{os.environ['PATH']}:{PG_BIN}", "LANG": "C.UTF-8",
            "PGBACKREST_CONFIG": f"{self.folder}/pgbackrest.conf",
            "PGBACKREST_CONFIG_INCLUDE_PATH": f"{self.folder}/conf.d",
            "PGBACKREST_LOG_LEVEL_FILE": "off",
            "PGBACKREST_LOCK_PATH": f"{self.folder}/lock",
            "PGBACKREST_SPOOL_PATH": f"{self.folder}/spool",
            "PGBACKREST_PG1_PATH": self.data,
            "PGBACKREST_PG1_PORT": str(self.port),
            "PGBACKREST_PG1_SOCKET_PATH": self.folder,
            "PGBACKREST_PG1_USER": "pt",
            "PGBACKREST_REPO1_AZURE_CONTAINER": container,
            "PGBACKREST_REPO1_AZURE_URI_STYLE": "path",
            "PGBACKREST_REPO1_STORAGE_HOST": "localhost",
            "PGBACKREST_REPO1_STORAGE_PORT": str(self.azurite.port),
            "PGBACKREST_REPO1_STORAGE_CA_FILE": self.azurite.ca}
        self.write_conf()
        self.run_as_user([f"{PG_BIN}/initdb", "-D", self.data, "-U", "pt",
                          "--auth=trust", "-E", "UTF8", "--no-sync"])
        self.server = None
        self.addCleanup(self.stop)
        self.start(f"include '{self.folder}/postgresql.conf'\n")

    def write_conf(self):
        os.mkdir(f"{self.folder}/conf.d")
        for name in ("pgbackrest.conf", "postgresql.conf"):
            shutil.copy(f"{CONF}/{name}", self.folder)
        with open(f"{CONF}/secret.conf.example", encoding="ascii") as f:
            text = f.read()
        text = text.replace("=ACCOUNT", f"={ACCOUNT}").replace(
            "=KEY", f"={KEY}").replace("=PASSPHRASE", "=" + "s" * 48)
        with open(f"{self.folder}/conf.d/secret.conf", "w",
                  encoding="ascii") as f:
            f.write(text)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{ordinary_user()}:nogroup",
                            self.folder], check=True)

    def run_as_user(self, command):
        done = subprocess.run(as_user(command), env=self.env, cwd=self.folder,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def backrest(self, *words):
        start = time.monotonic()
        self.run_as_user(["pgbackrest", f"--stanza={STANZA}", *words])
        return time.monotonic() - start

    def start(self, conf=""):
        with open(f"{self.data}/postgresql.conf", "a", encoding="ascii") as f:
            f.write(conf)
        self.server = Process(
            [f"{PG_BIN}/postgres", "-D", self.data, "-k", self.folder, "-p",
             str(self.port), "-c", "listen_addresses=", "-c", "fsync=off",
             *([] if figures.WRITE else ["-c", "archive_timeout=2s"])],
            f"{self.folder}/pg.log", self.folder, self.env)
        wait_until(self.is_up, seconds=120,
                   why="PostgreSQL takes writes; " + self.server.text()[-900:])

    def is_up(self):
        done = subprocess.run(self.psql("SELECT pg_is_in_recovery()"),
                              capture_output=True, text=True)
        return done.stdout.strip() == "f"

    def stop(self, sig=signal.SIGINT):
        if self.server is not None:
            self.server.stop(sig)
            self.server = None

    def psql(self, text):
        return ["psql", "-h", self.folder, "-p", str(self.port), "-U", "pt",
                "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", text]

    def sql(self, text):
        done = subprocess.run(self.psql(text), capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def begin(self):
        self.sql("CREATE TABLE work (n BIGINT PRIMARY KEY, at TIMESTAMPTZ"
                 " DEFAULT clock_timestamp());"
                 " INSERT INTO work SELECT generate_series(1, 20000)")
        self.backrest("stanza-create")
        self.backrest("check")
        self.backrest("--type=full", "backup")

    def test_a_dropped_table_and_a_machine_that_is_gone(self):
        self.begin()
        self.drop_a_table()
        self.lose_the_machine()

    def drop_a_table(self):
        time.sleep(1.1)  # pgBackRest counts whole seconds
        self.sql("INSERT INTO work VALUES (20001)")
        before = self.sql("SELECT clock_timestamp()")
        time.sleep(0.1)
        self.sql("INSERT INTO work VALUES (20002); ")
        self.sql("DROP TABLE work; SELECT pg_switch_wal()")
        self.stop()
        took = self.backrest("--type=time", f"--target={before}",
                             "--target-action=promote", "restore")
        start = time.monotonic()
        self.start()
        took += time.monotonic() - start
        self.sql("CHECKPOINT")  # docs/backups.md says why
        self.assertEqual(self.sql("SELECT count(*), max(n) FROM work"),
                         "20001|20001")
        figures.note("PostgreSQL put back to the moment before a table was "
                     "dropped (pgBackRest)", f"{took:.1f} s", "4 h")

    def is_archived(self, segment):
        """It, or one after it, of the timeline that the recovery began."""
        last = self.sql("SELECT coalesce(last_archived_wal, '')"
                        " FROM pg_stat_archiver")
        return (re.fullmatch("0000000[2-9][0-9A-F]{16}", last) is not None and
                last >= segment)

    def lose_the_machine(self):
        """Only what the archive has is left: how much work is lost?"""
        end = time.monotonic() + (75 if figures.WRITE else 4)
        n = 30001
        self.sql(f"INSERT INTO work (n) VALUES ({n})")
        first = self.sql("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        while time.monotonic() < end or not self.is_archived(first):
            self.assertLess(time.monotonic(), end + 100,
                            self.sql("SELECT * FROM pg_stat_archiver"))
            n += 1
            self.sql(f"INSERT INTO work (n) VALUES ({n})")
            time.sleep(0.1)
        gone = float(self.sql("SELECT extract(epoch FROM clock_timestamp())"))
        timeout = self.sql("SHOW archive_timeout")
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.data)
        took = self.backrest("restore")
        start = time.monotonic()
        self.start()
        took += time.monotonic() - start
        last = float(self.sql(
            "SELECT extract(epoch FROM max(at)) FROM work"))
        lost = gone - last
        self.assertEqual(self.sql("SELECT count(*) FROM work WHERE n <= 20000"),
                         "20000")
        self.assertGreater(self.sql("SELECT max(n) FROM work"), "30000")
        self.assertLess(lost, 100)
        figures.note(f"work lost with the whole machine, archive_timeout "
                     f"{timeout} (pgBackRest)", f"{lost:.1f} s", "1 h")
        figures.note("a new machine has the database again (pgBackRest)",
                     f"{took:.1f} s", "4 h")


if __name__ == "__main__":
    unittest.main()
