"""A site and an identity provider, for the tests of both."""
import json
import unittest

import case
from providers import SECRET, Person, Provider

ROLES = "[App.Admin=admin, App.Office=office, App.Tech=technician]"
ANA = {"name": "Ana Azul", "email": "Ana@Org.example", "email_verified": True,
       "preferred_username": "ana@org.example", "roles": ["App.Tech"]}


def conf(site, provider, client="pt", secret=SECRET, **more):
    """The section of the site's configuration."""
    keys = {"issuer": provider.issuer, "client_id": client, "roles": ROLES,
            **({"client_secret": json.dumps(secret)} if secret else {}),
            **more}
    return (f"site:\n  url: http://127.0.0.1:{site.port}\noidc:\n" +
            "".join(f"  {k}: {v}\n" for k, v in keys.items()))


class OidcCase(unittest.TestCase):
    """One site and one provider for all tests of the class."""

    CONF = {}
    KIND = Provider

    @classmethod
    def setUpClass(cls):
        cls.site = case.new_site(workers=2)
        cls.provider = (cls.KIND(f"http://127.0.0.1:{cls.site.port}")
                        if cls.KIND is Provider else cls.KIND())
        cls.site.extra = conf(cls.site, cls.provider, **cls.CONF)
        cls.prepare()
        try:
            cls.provider.start()
            cls.site.start()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def prepare(cls):
        """What the site is given besides, before it starts."""

    @classmethod
    def tearDownClass(cls):
        cls.site.stop()
        if cls.provider.process is not None:
            cls.provider.remove()

    def person(self):
        return Person(self.site, self.provider)

    def id_of(self, email):
        return self.site.sql(f"SELECT id FROM app_user WHERE email = '{email}'")

    def last(self):
        return int(self.site.sql("SELECT max(seq) FROM audit_log"))

    def audited(self, after):
        return [tuple(line.split("|")) for line in self.site.sql(
            "SELECT action, role, entity_id FROM audit_log"
            f" WHERE seq > {after} ORDER BY seq").splitlines()]

    def assert_refused(self, person, answer, status, text):
        self.assertEqual(answer.status, status, answer.text)
        self.assertIn(text, answer.text)
        self.assertIn('href="/cuenta/entrar/"', answer.text)
        self.assertFalse(person.is_in())
