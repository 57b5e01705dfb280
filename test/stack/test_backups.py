"""Backups in containers: made, kept elsewhere too, tested, put back, shown."""
import os
import re
import sys
import unittest

import stack
from stack import (Browser, compose, containers, docker, inspect, sql, until,
                   up)

sys.path.append(os.path.join(stack.ROOT, "test", "backup"))
from azurite import Azurite  # noqa: E402

PAGE = "/admin/respaldos/"
FOLDER = "/var/lib/personal-tech/backups"
# another machine has a network of its own for nginx and web
NEW = ("-p", "new-machine")
NEW_ENV = {"FASTCGI_SUBNET": "10.213.118.0/24",
           "FASTCGI_RANGE": "10.213.118.128/25",
           "FASTCGI_GATEWAY": "10.213.118.1"}


def jobs(*words, **how):
    return docker("exec", containers("jobs")[0], *words, **how)


def major(told):
    return int(re.search(r"\d+", told)[0])


class Backups(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """As docs/containers.md says: where to, into a file; those again."""
        network = inspect("personal-tech_outside")
        cls.azurite = Azurite(False, network["IPAM"]["Config"][0]["Gateway"])
        cls.addClassCleanup(cls.azurite.process.stop)
        cls.addClassCleanup(cls.elsewhere, "")
        cls.elsewhere(cls.azurite.connection())

    @classmethod
    def elsewhere(cls, connection):
        with open(f"{stack.SECRETS}/backup_azure", "w", encoding="ascii") as f:
            f.write(connection)
        up("--force-recreate", "--no-deps", "web", "jobs")

    def made(self, told):
        """Its name; it is whole, in the volume, and of nobody else."""
        name = re.search(r"personal-tech-\S+\.ptb", told)[0]
        self.assertEqual(jobs("stat", "-c", "%a %u", f"{FOLDER}/{name}"),
                         "600 10001\n")
        self.assertEqual(jobs("ls", FOLDER).count(name), 1)
        return name

    def listed(self, name):
        (line,) = [x for x in jobs("ptctl", "list").splitlines() if name in x]
        return line.split()[2:]

    def test_the_image_has_what_it_takes(self):
        """A pg_dump that is older than the server dumps nothing."""
        server = major(sql("SHOW server_version"))
        for program in ("pg_dump", "pg_restore", "psql"):
            self.assertGreaterEqual(major(jobs(program, "--version")), server)

    def test_by_hand(self):
        name = self.made(jobs("ptctl", "backup"))
        self.assertEqual(self.listed(name), ["folder+azure", "good",
                                             "untested"])
        told = jobs("ptctl", "drill", name)
        self.assertRegex(told, name + r" comes back in \d+ ms")
        self.assertEqual(self.listed(name), ["folder+azure", "good",
                                             "restored"])
        # nothing is left of the test, nor of one that ptjobs may be at
        until(lambda: sql("SELECT count(*) FROM pg_database WHERE datname"
                          " NOT LIKE 'template%' AND datname NOT IN"
                          " ('postgres', 'personal_tech')") == "0",
              what="no database of a test")

    def test_on_the_page(self):
        """An administrator asks for both, and sees what has come of it."""
        who = Browser(stack.ptsite.ADMIN)
        last = int(sql("SELECT coalesce(max(id), 0) FROM backup"))
        self.assertEqual(who.submit(PAGE, {}, PAGE + "crear/").status, 303)
        row = until(lambda: sql(
            "SELECT id, file, size FROM backup WHERE kind = 'page' AND"
            f" state = 'good' AND id > {last} AND offsite_at IS NOT NULL"),
            what="a backup, here and elsewhere")
        number, name, size = row.split("|")
        self.assertEqual(self.made(name), name)
        self.assertEqual(jobs("stat", "-c", "%s", f"{FOLDER}/{name}").strip(),
                         size)
        self.assertEqual(who.submit(PAGE, {}, PAGE + "probar/").status, 303)
        until(lambda: sql("SELECT count(*) FROM backup WHERE id ="
                          f" {number} AND restore_test_at IS NOT NULL") == "1",
              what="its restore is tested")
        page = who.get(PAGE).text
        self.assertIn("<dt>Copia en otro lugar</dt><dd>Azure Blob Storage</dd>",
                      page)
        first = page[page.index("<tbody>"):page.index("</tr>",
                                                      page.index("<tbody>"))]
        for part in ("Bueno", "Este equipo y Azure"):
            self.assertIn(part, first)
        self.assertRegex(page, r"restauración</dt><dd>[^<]*, duró [^<]+</dd>")
        self.assertEqual(Browser(stack.ptsite.TECHNICIAN).get(PAGE).status, 403)

    def test_put_back_from_elsewhere(self):
        """The volume is lost, and what a person has done was a mistake."""
        name = "Antes del error"
        who = Browser(stack.ptsite.ADMIN)
        answer = who.submit("/clientes/nuevo/", {"name": name})
        self.assertEqual(answer.status, 303)
        self.made(jobs("ptctl", "backup"))
        sql(f"UPDATE client SET name = 'Error' WHERE name = '{name}'")
        jobs("find", FOLDER, "-name", "*.ptb", "-delete")
        told = jobs("ptctl", "restore", "latest", check=False)
        self.assertRegex(told, "the database is not empty; .*nothing was changed")
        told = jobs("ptctl", "restore", "latest", "--replace")
        self.assertIn("is restored", told)
        self.assertIn(name, Browser(stack.ptsite.ADMIN).get(
            answer.location).text)
        self.assertEqual(jobs("ptctl", "audit", "verify").count("\n"), 1)

    def test_on_a_new_machine(self):
        """Its database is empty; the secrets are all that it has of before."""
        rows = "SELECT count(*), sum(version), max(id) FROM client"
        jobs("ptctl", "backup")
        self.addCleanup(compose, *NEW, "down", "-v", env=NEW_ENV)
        up("db", project=NEW, env=NEW_ENV)
        told = compose(*NEW, "run", "--rm", "--no-deps", "-T", "--entrypoint",
                       "ptctl", "jobs", "restore", "latest", env=NEW_ENV)
        self.assertIn("is restored", told)
        db = containers("db", NEW[1])[0]
        self.assertEqual(sql(rows, db), sql(rows))
        self.assertEqual(sql("SELECT action, entity FROM audit_log ORDER BY seq"
                             " DESC LIMIT 1", db), "restore|backup")


if __name__ == "__main__":
    unittest.main()
