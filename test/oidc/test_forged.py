"""Logging in by an OpenID provider that lies, and by one like Entra ID."""
import json
import time
from concurrent.futures import ThreadPoolExecutor

from oidc_case import OidcCase
from process import wait_until
from providers import Forger
from ptsite import TECHNICIAN


class Forged(OidcCase):
    """Tokens that a right provider never gives."""

    KIND = Forger
    CONF = {"timeout": "1500ms"}
    BAD = {
        "another nonce": {"claims": {"nonce": "x" * 43}},
        "no nonce": {"claims": {"nonce": None}},
        "expired": {"claims": {"exp": -130}},
        "no end": {"claims": {"exp": None}},
        "an end that is text": {"claims": {"exp": "9999999999"}},
        "from the future": {"claims": {"iat": 130}},
        "long ago": {"claims": {"iat": -800}},
        "not yet": {"claims": {"nbf": 130}},
        "another audience": {"claims": {"aud": "other"}},
        "two audiences": {"claims": {"aud": ["pt", "other"]}},
        "for another party": {"claims": {"azp": "other"}},
        "another issuer": {"claims": {"iss": "https://evil.example"}},
        "the issuer with a slash": {"claims": {"iss": "{issuer}/"}},
        "about nobody": {"claims": {"sub": None}},
        "about a number": {"claims": {"sub": 7}},
        "a long name": {"claims": {"sub": "x" * 256}},
        "a name with an end": {"claims": {"sub": "a\0b"}},
        "changed": {"tamper": True},
        "an unknown key": {"key": "b", "header": {"kid": "b"}},
        "the key of another": {"key": "b"},
        "a key that is too small": {"key": "small", "header": {"kid": "small"},
                                    "keys": ["a", "small"]},
        "two keys, none named": {"header": {"kid": None}, "keys": ["a", "b"]},
        "a kid that is no text": {"header": {"kid": 1}},
        "alg none": {"header": {"alg": "none"}, "key": "none"},
        "alg none, nothing signed": {"header": {"alg": "none"},
                                     "key": "empty"},
        "alg None": {"header": {"alg": "None"}, "key": "none"},
        "no alg": {"header": {"alg": None}},
        "HS256 with the public key": {"header": {"alg": "HS256"},
                                      "key": "public"},
        "not in the list": {"header": {"alg": "RS512"}},
        "another padding": {"header": {"alg": "PS256"}},
        "a demand": {"header": {"crit": ["exp"]}},
    }

    def test_forged(self):
        for why, orders in self.BAD.items():
            with self.subTest(why):
                text = json.dumps(orders).replace("{issuer}",
                                                  self.provider.issuer)
                self.site.sql("DELETE FROM oidc_provider")
                self.provider.order(**json.loads(text))
                before, p = self.last(), self.person()
                self.assert_refused(p, p.log_in(), 403,
                                    "no se pudo comprobar")
                self.assertEqual(self.audited(before),
                                 [("oidc_refused", "visitor", "0")])
        self.assertEqual(self.id_of("flor@org.example"), "")
        self.site.sql("DELETE FROM oidc_provider")
        self.provider.order()
        self.assertEqual(self.person().log_in().status, 303)

    def test_what_is_just_right(self):
        for why, orders in {
                "a list of one": {"claims": {"aud": ["pt"]}},
                "azp": {"claims": {"azp": "pt"}},
                "slow clocks": {"claims": {"iat": 100, "nbf": 100}},
                "fast clocks": {"claims": {"exp": -100, "iat": -400}},
                "one key, none named": {"header": {"kid": None}}}.items():
            with self.subTest(why):
                self.provider.order(**orders)
                self.assertEqual(self.person().log_in().status, 303)

    def test_no_answer_that_is_one(self):
        long = "x" * 20000
        for why, orders in {
                "no JSON": {"token": "text"}, "no token": {"token": {}},
                "a number": {"token": {"id_token": 7}},
                "an error": {"status": {"/token": 500}},
                "not our client": {"status": {"/token": 401}, "token": {
                    "error": "invalid_client\r\nx"}},
                "too much": {"large": "/token"},
                "too late": {"slow": {"/token": 4000}}}.items():
            with self.subTest(why):
                self.provider.order(**orders)
                p = self.person()
                back = p.come_back()
                began = time.monotonic()
                answer = p.here.get(back)
                self.assertLess(time.monotonic() - began, 3)
                self.assert_refused(p, answer, 503, "no responde")
        for text in ("", ".", "..", "a.b", "a.b.c.d", long, f"{long}.a.b"):
            self.provider.order(token={"id_token": text})
            p = self.person()
            self.assert_refused(p, p.log_in(), 403, "no se pudo comprobar")

    def test_no_discovery_that_is_one(self):
        elsewhere = {"authorization_endpoint": "https://evil.example/a"}
        for why, orders in {
                "another issuer": {"discovery": {"issuer": "http://x"}},
                "no token endpoint": {"discovery": {"token_endpoint": None}},
                "not https": {"discovery": {
                    "token_endpoint": "http://evil.example/t"}},
                "not http at all": {"discovery": {"jwks_uri": "file:///etc"}},
                "who is that": {"discovery": {
                    "token_endpoint": "http://127.0.0.1:80@evil.example/"}},
                "begins elsewhere": {"discovery": elsewhere},
                "moved": {"status": {
                    "/.well-known/openid-configuration": 302}},
                "no keys": {"status": {"/keys": 404}},
                "late keys": {"slow": {"/keys": 4000}}}.items():
            with self.subTest(why):
                self.site.sql("DELETE FROM oidc_provider")
                self.provider.order(**orders)
                p = self.person()
                began = time.monotonic()
                answer = p.press()
                self.assertLess(time.monotonic() - began, 3)
                self.assert_refused(p, answer, 503, "no responde")
        self.site.sql("DELETE FROM oidc_provider")

    def test_what_is_old_serves_while_there_is_no_other(self):
        """For a day; also where the page hangs instead of failing."""
        page = "/.well-known/openid-configuration"
        for why, orders in {"down": {"status": {page: 503}},
                            "hangs": {"slow": {page: 4000}},
                            "no keys": {"status": {"/keys": 404}}}.items():
            with self.subTest(why):
                self.provider.order()
                self.site.sql("DELETE FROM oidc_provider")
                self.person().log_in()
                self.provider.order(**orders)
                self.site.sql("UPDATE oidc_provider"
                              " SET fetched_at = fetched_at - 86000")
                told = self.site.log_so_far().count("oidc.stale")
                self.assertEqual(self.person().log_in().status, 303)
                # on the way there and on the way back
                wait_until(lambda n=told: self.site.log_so_far().count(
                    "oidc.stale") == n + 2, why="both are in the log")
                self.site.sql("UPDATE oidc_provider"
                              " SET fetched_at = fetched_at - 400")
                p = self.person()
                self.assert_refused(p, p.press(), 503, "no responde")

    def test_keys_are_fetched_again_now_and_then(self):
        self.provider.order()
        self.site.sql("DELETE FROM oidc_provider")
        self.person().log_in()
        self.provider.order(key="b", header={"kid": "b"}, keys=["a", "b"])
        asked = self.provider.asked("/keys")
        self.assertEqual(self.person().log_in().status, 303)
        self.assertEqual(self.provider.asked("/keys"), asked + 1)
        # known now
        self.assertEqual(self.person().log_in().status, 303)
        self.assertEqual(self.provider.asked("/keys"), asked + 1)
        # nobody makes us ask again and again
        self.provider.order(header={"kid": "c"}, keys=["a", "b"])
        for _ in range(3):
            p = self.person()
            self.assert_refused(p, p.log_in(), 403, "no se pudo comprobar")
        self.assertEqual(self.provider.asked("/keys"), asked + 1)
        self.site.sql("UPDATE oidc_provider SET renewed_at = renewed_at - 30")
        p = self.person()
        self.assert_refused(p, p.log_in(), 403, "no se pudo comprobar")
        self.assertEqual(self.provider.asked("/keys"), asked + 2)

    def test_logins_at_once_after_a_new_key(self):
        """One worker looks for it, the others wait for what it finds."""
        self.provider.order()
        self.site.sql("DELETE FROM oidc_provider")
        people = [self.person() for _ in range(4)]
        self.person().log_in()
        self.provider.order(key="b", header={"kid": "b"}, keys=["a", "b"],
                            slow={"/keys": 400})
        asked = self.provider.asked("/keys")
        backs = [p.come_back() for p in people]
        with ThreadPoolExecutor(len(people)) as pool:
            statuses = list(pool.map(
                lambda p, back: p.here.get(back).status, people, backs))
        self.assertEqual(statuses, [303] * len(people))
        self.assertEqual(self.provider.asked("/keys"), asked + 1)

    def test_keys_that_could_not_be_fetched(self):
        self.provider.order()
        self.site.sql("DELETE FROM oidc_provider")
        self.person().log_in()
        new = {"key": "b", "header": {"kid": "b"}, "keys": ["a", "b"]}
        self.provider.order(**new, status={"/keys": 500})
        p = self.person()
        self.assert_refused(p, p.log_in(), 503, "no responde")
        self.provider.order(**new)
        self.assertEqual(p.log_in().status, 303)

    def test_logins_that_nobody_ends(self):
        self.provider.order()
        p = self.person()
        form = p.here.get("/cuenta/entrar/").form("/cuenta/oidc/")
        statuses = [p.here.post("/cuenta/oidc/", form).status
                    for _ in range(105)]
        self.assertEqual(set(statuses), {303, 429})
        self.assertLessEqual(statuses.count(303), 100)
        self.site.sql("DELETE FROM oidc_login")


class Tenant(OidcCase):
    """As Entra ID: a tenant, oid, groups that are elsewhere, other keys."""

    KIND = Forger
    TENANT = "11111111-2222-3333-4444-555555555555"
    CONF = {"tenant": TENANT, "link_by_email": "on",
            "algorithms": "[RS256, RS384, RS512, PS256, PS384, PS512]"}

    def log_in(self, person, claims, **orders):
        self.provider.order(claims={"tid": self.TENANT, **claims}, **orders)
        return person.log_in()

    def test_the_person_is_the_oid(self):
        for sub in ("one", "two"):
            p = self.person()
            answer = self.log_in(p, {"sub": sub, "oid": "oid-1",
                                     "email": "olga@org.example"})
            self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(self.site.sql(
            "SELECT oidc_subject FROM app_user WHERE email ="
            " 'olga@org.example'"), "oid-1")

    def test_another_tenant(self):
        for claims in ({"tid": "other"}, {"tid": None}, {"oid": None}):
            p = self.person()
            answer = self.log_in(p, {"oid": "oid-2", **claims})
            self.assert_refused(p, answer, 403, "no se pudo comprobar")

    def test_groups_that_are_elsewhere(self):
        names = {"_claim_names": {"roles": "src1"},
                 "_claim_sources": {"src1": {"endpoint": "https://x"}}}
        for claims in ({"roles": None, **names}, names,
                       {"roles": ["App.Tech"] * 65}):
            p = self.person()
            answer = self.log_in(p, {"oid": "oid-3", **claims})
            self.assert_refused(p, answer, 403, "demasiados grupos")

    def test_user_name_for_an_address(self):
        p = self.person()
        answer = self.log_in(p, {"oid": "oid-4", "email": None,
                                 "preferred_username": "Ugo@Org.example"})
        self.assertEqual(answer.status, 303)
        self.assertIn("ugo@org.example", p.here.get("/cuenta/").text)

    def test_the_tenant_vouches_for_its_addresses(self):
        me = self.id_of(TECHNICIAN)
        p = self.person()
        answer = self.log_in(p, {"oid": "oid-5", "email": TECHNICIAN})
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.site.sql(
            "SELECT id FROM app_user WHERE oidc_subject = 'oid-5'"), me)

    def test_all_algorithms(self):
        for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"):
            answer = self.log_in(self.person(), {"oid": "oid-6",
                                                 "email": "p@org.example"},
                                 header={"alg": name})
            self.assertEqual(answer.status, 303, name)
