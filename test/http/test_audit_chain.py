"""The chain of the audit holds, and a break in it is found."""
import hashlib
import hmac
import re

from case import SiteCase
from ptsite import ADMIN, AUDIT_KEY, ROOT, wait_until
from test_audit import Rows

class Chain(SiteCase):
    def test_anybody_can_verify_it(self):
        """The Python of docs/operations.md, as it stands there."""
        with open(f"{ROOT}/docs/operations.md", encoding="utf-8") as f:
            code = re.search(r"```python\n(.*?)```", f.read(), re.S)[1]
        names = {}
        exec(code, names)
        admin = self.site.browser(ADMIN)
        admin.submit("/clientes/2/editar/", {"city": 'L\'Á "vila"\\ <&>\t'})
        rows = Rows(self.site).all()
        self.assertGreater(len(rows), 300)
        self.assertIsNone(names["verify"](rows, AUDIT_KEY))
        rows[9]["entity_id"] += 1
        self.assertEqual(names["verify"](rows, AUDIT_KEY), 10)
        key_id = hashlib.sha256(f"audit-key:{AUDIT_KEY}".encode()).hexdigest()
        self.assertEqual(rows[0]["key_id"], key_id[:16])
        seq, head, mac = self.site.sql(
            "SELECT seq, hash, mac FROM audit_head").split("|")
        text = f'["personal-technology/audit-head/1",{seq},"{head}"]'
        self.assertEqual(mac, hmac.new(AUDIT_KEY.encode(), text.encode(),
                                       hashlib.sha256).hexdigest())
        self.assertEqual(self.site.ctl("audit", "head").stdout,
                         f"{seq}:{head}\n")

    def verify(self, *more):
        done = self.site.ctl("audit", "verify", *more, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_verification_and_its_note(self):
        admin = self.site.browser(ADMIN)
        self.assertIn("ptctl audit verify",
                      admin.get("/admin/auditoria/").text)
        head = self.site.ctl("audit", "head").stdout.strip()
        seq = int(head.split(":")[0])
        code, text = self.verify("--head", head)
        self.assertEqual((code, text),
                         (0, f"all rows are as they were written: {seq}\n"))
        page = admin.get("/admin/auditoria/").text
        self.assertIn(f"sin alteraciones hasta la fila {seq}", page)
        self.assertEqual(self.verify("--head", "7:abc")[0], 1)
        self.assertEqual(self.verify("--head")[0], 64)
        code, text = self.verify("--head", f"{seq}:" + "0" * 64)
        self.assertEqual(code, 1)
        self.assertIn(f"row {seq} is not the one", text)
        self.site.sql("UPDATE audit_log SET diff = '{}' WHERE seq = 7")
        code, text = self.verify()
        self.assertEqual((code, text),
                         (1, "ptctl audit: row 7 was changed\n"))
        page = admin.get("/admin/auditoria/").text
        self.assertIn("hay una alteración: la fila 7 no es la que se escribió",
                      page)


class ForgedEnd(SiteCase):
    OPTIONS = {"workers": 1}

    def test_nothing_is_written_behind_it(self):
        admin = self.site.browser(ADMIN)
        self.site.sql("DELETE FROM audit_log WHERE seq > 300")
        self.site.sql("UPDATE audit_head SET seq = 300, hash = (SELECT hash"
                      " FROM audit_log WHERE seq = 300)")
        answer = admin.submit("/clientes/2/editar/", {"city": "Nada"})
        self.assertEqual(answer.status, 500)
        self.assertEqual(admin.get("/clientes/2/").status, 200)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM client WHERE city = 'Nada'"), "0")
        wait_until(lambda: "ptctl audit verify" in self.site.pool.text(),
                   why="logged")
        self.assertEqual(self.site.ctl("audit", "head",
                                       check=False).returncode, 1)
