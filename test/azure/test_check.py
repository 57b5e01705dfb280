#!/usr/bin/python3
"""scripts/check-arm finds what is wrong with a template; a part of `make lint`,
since it needs Microsoft's schemas."""
import os
import shutil
import subprocess
import tempfile
import unittest

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
AZURE = f"{TREE}/azure"


class Checker(unittest.TestCase):
    """A planted fault is found, and nothing else."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pt-azure-")
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(AZURE, f"{self.folder}/azure")

    def check(self, env=None):
        done = subprocess.run(
            [f"{TREE}/scripts/check-arm", f"{self.folder}/azure"], text=True,
            capture_output=True, env={**os.environ, **(env or {})})
        return done.returncode, done.stdout + done.stderr

    def plant(self, name, before, after, *words):
        path = f"{self.folder}/azure/{name}"
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertIn(before, text)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(before, after, 1))
        code, said = self.check()
        self.assertEqual(code, 1, said)
        for word in words:
            self.assertIn(word, said)

    def test_nothing_is_wrong(self):
        self.assertEqual(self.check(), (0, ""))

    def test_no_schemas(self):
        code, said = self.check({"ARM_SCHEMAS": self.folder})
        self.assertEqual(code, 1)
        self.assertIn("ARM_SCHEMAS", said)

    def test_wrong_enum(self):
        self.plant("redis.json", '"AllKeysLRU"', '"AllKeysLru"', "AllKeysLru")

    def test_misspelt_property(self):
        self.plant("web.json", '"httpsOnly"', '"httpOnly"', "httpOnly")

    def test_unknown_version(self):
        self.plant("traffic.json", '"2022-04-01"', '"2022-04-02"',
                   "no schema")

    def test_missing_required(self):
        self.plant("keyvault.json", '"tenantId": "[subscription().tenantId]",',
                   "", "tenantId")

    def test_undefined_variable(self):
        self.plant("main.json", "variables('serverName')",
                   "variables('srvName')", "srvName is not defined")

    def test_unused_parameter(self):
        self.plant("budget.json", '"amount": {', '"more": {"type": "int"},'
                   ' "amount": {', "more is not used")

    def test_link_without_a_parameter(self):
        self.plant("main.json", '"profileName": {', '"profilName": {',
                   "no parameter profilName", "wants profileName")

    def test_literal_secret(self):
        self.plant("database.json",
                   '"[parameters(\'administratorLoginPassword\')]"',
                   '"hunter22"', "administratorLoginPassword")

    def test_parameter_nobody_has(self):
        self.plant("parameters.dev.json", '"workers"', '"worker"',
                   "no parameter worker")

    def test_another_query(self):
        self.plant("queries/failures.kql", "false", "true", "failures")


if __name__ == "__main__":
    unittest.main()
