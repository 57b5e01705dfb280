"""The second step of a login: codes by time, recovery codes, who must."""
import base64
import hashlib
import hmac
import re
import struct
import threading
import time

from case import SiteCase
from ptsite import ADMIN, PASSWORD, TECHNICIAN

LOGIN = "/cuenta/entrar/"
CODE = "/cuenta/entrar/codigo/"
RECOVERY = "/cuenta/entrar/recuperacion/"
SETUP = "/cuenta/entrar/activar/"
HERE = "/cuenta/dos-pasos/"
ON, CODES, OFF = f"{HERE}activar/", f"{HERE}codigos/", f"{HERE}desactivar/"
USERS = "/admin/usuarios/"
# nobody answers there: what is written stays in the outbox
MAIL = ('mail: {url: "smtp://127.0.0.1:9",'
        ' from: "PT <pt@pt.example>", starttls: off}\n')
VOID = "Entre de nuevo"
WRONG = "El código no es correcto"


def code_of(secret, steps=0):
    """What an app shows, steps away from now. Source: RFC 6238."""
    key = base64.b32decode(secret)
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    mac = hmac.new(key, counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff
    return f"{number % 1000000:06}"


def wrong_code(secret):
    near = {code_of(secret, k) for k in range(-3, 4)}
    return next(c for c in ("000000", "111111", "222222", "333333", "444444",
                            "555555", "666666", "777777") if c not in near)


def early_in_a_step():
    """Until no step ends within the next seconds."""
    while time.time() % 30 > 22:
        time.sleep(.2)


def secret_in(page):
    text = re.search(r'<code class="one-time">([A-Z2-7 ]+)</code>', page.text)
    return text.group(1).replace(" ", "")


def codes_in(page):
    return re.findall(r"<li><code>([A-Z2-9-]{14})</code></li>", page.text)


class TotpCase(SiteCase):
    OPTIONS = {"extra": MAIL}
    made = 0

    def new_user(self, role="technician"):
        """Nobody else's account, so that no test waits for another's."""
        TotpCase.made += 1
        email = f"persona{TotpCase.made}@demo.example"
        self.site.ctl("user", "add", email, role, f"Persona {TotpCase.made}",
                      text=PASSWORD + "\n")
        return email

    def id_of(self, email):
        return self.site.sql(
            f"SELECT id FROM app_user WHERE email = '{email}'")

    def switch_on(self, b, path=ON, **changes):
        """(secret, recovery codes)"""
        page = b.get(path)
        secret = secret_in(page)
        fields = page.form(path)
        if path == ON:
            fields["present"] = PASSWORD
        fields["code"] = code_of(secret)
        fields.update(changes)
        answer = b.post(path, fields)
        self.assertEqual(answer.status, 200, answer.text)
        codes = codes_in(answer)
        self.assertEqual((len(codes), len(set(codes))), (10, 10))
        return secret, codes

    def person(self, role="technician"):
        """(email, secret, recovery codes) of somebody who has it on, and
        whose codes of this moment are not used up."""
        email = self.new_user(role)
        secret, codes = self.switch_on(self.site.browser(email))
        self.forget_steps()
        return email, secret, codes

    def forget_steps(self):
        self.site.sql("UPDATE user_totp SET last_step = 0")

    def forget_failures(self):
        self.site.sql("UPDATE login_failure SET at = at - 901")

    def half_login(self, email, **more):
        b = self.site.browser()
        answer = b.login(email) if not more else b.submit(
            LOGIN, {"email": email, "password": PASSWORD, **more})
        self.assertEqual(answer.location, CODE)
        return b

    def send(self, b, code, path=CODE):
        return b.submit(path, {"code": code})

    def audit(self, email):
        return self.site.sql(
            "SELECT action FROM audit_log WHERE entity = 'user'"
            f" AND entity_id = {self.id_of(email)} ORDER BY seq").split()

    def mails(self, email):
        return self.site.sql("SELECT subject, body_text FROM mail_message"
                             f" WHERE to_addr = '{email}' ORDER BY id")


class Login(TotpCase):
    def test_from_switching_it_on_to_a_login(self):
        email = self.new_user()
        b, other = (self.site.browser(email) for _ in range(2))
        before = b.cookies["pt_session"]
        page = b.get(ON)
        self.assertIn('<svg class="qr"', page.text)
        self.assertNotRegex(page.text, r"<style|style=|<script>|\son\w+=")
        fields = page.form(ON)
        secret = secret_in(page)
        for changes, text in (
                ({"code": code_of(secret), "present": "mala"},
                 "No es su contraseña actual"),
                ({"code": wrong_code(secret), "present": PASSWORD}, WRONG),
                ({"code": "", "present": PASSWORD}, "Escriba este dato")):
            refused = b.post(ON, {**fields, **changes})
            self.assertEqual(refused.status, 422)
            self.assertIn(text, refused.text)
            self.assertEqual(secret_in(refused), secret)  # not to scan again
        self.assertEqual(b.get("/cuenta/").status, 200)
        fields.update(code=code_of(secret), present=PASSWORD)
        shown = b.post(ON, fields)
        self.assertEqual(shown.status, 200, shown.text)
        self.assertIn("no-store", shown.headers["Cache-Control"])
        codes = codes_in(shown)
        self.assertEqual(len(codes), 10)
        self.assertNotEqual(b.cookies["pt_session"], before)
        self.assertEqual(other.get("/cuenta/").status, 303)
        self.assertIn("Activa", b.get("/cuenta/").text)
        self.assertEqual(self.audit(email)[-4:],
                         ["refused", "totp_on", "recovery_new",
                          "end_sessions"])
        again = b.post(ON, {**fields, "csrf": b.get("/cuenta/").form(
            "/cuenta/salir/")["csrf"]})
        self.assertEqual((again.status, again.location), (303, HERE))
        # nothing that opens anything is stored
        stored = self.site.sql("SELECT secret FROM user_totp") + self.site.sql(
            "SELECT code_hash FROM user_recovery")
        for text in [secret, base64.b32decode(secret).hex(), *codes,
                     *(c.replace("-", "") for c in codes)]:
            self.assertNotIn(text, stored)

        b.submit("/cuenta/", {}, action="/cuenta/salir/")
        self.forget_steps()
        answer = b.submit(f"{LOGIN}?next=/cuenta/perfil/", {
            "email": email, "password": PASSWORD, "remember": "1"})
        self.assertEqual((answer.status, answer.location), (303, CODE))
        for word in ("HttpOnly", "SameSite=Lax", "Max-Age=300"):
            self.assertIn(word, answer.headers["Set-Cookie"])
        self.assertNotIn("pt_session", b.cookies)
        self.assertEqual(b.get("/cuenta/").status, 303)
        token = b.cookies["pt_login"]
        self.assertNotIn(token, self.site.sql(
            "SELECT token_hash FROM login_pending"))
        page = b.get(CODE)
        for text in ('inputmode="numeric"', 'autocomplete="one-time-code"'):
            self.assertIn(text, page.text)
        answer = self.send(b, wrong_code(secret))
        self.assertEqual(answer.status, 422)
        self.assertIn(WRONG, answer.text)
        typed = code_of(secret)
        answer = self.send(b, f" {typed[:3]} {typed[3:]} ")
        self.assertEqual((answer.status, answer.location),
                         (303, "/cuenta/perfil/"), answer.text)
        self.assertTrue(any("Max-Age=1209600" in c for c in
                            answer.headers.get_all("Set-Cookie")))
        self.assertNotIn("pt_login", b.cookies)
        self.assertEqual(b.get("/cuenta/").status, 200)
        self.assertEqual(self.audit(email)[-2:], ["totp_refused", "login"])
        b.cookies["pt_login"] = token  # it opens nothing any more
        self.assertIn(VOID, b.get(CODE).text)

    def test_a_clock_may_be_wrong_by_one_step(self):
        email, secret, _ = self.person()
        for steps, status in ((-2, 422), (-1, 303), (0, 303), (1, 303),
                              (2, 422)):
            b = self.half_login(email)
            self.forget_steps()
            early_in_a_step()
            self.assertEqual(self.send(b, code_of(secret, steps)).status,
                             status, steps)

    def test_a_code_works_once(self):
        early_in_a_step()
        email, secret, _ = self.person()
        code, earlier = code_of(secret), code_of(secret, -1)
        self.assertEqual(self.send(self.half_login(email), code).status, 303)
        b = self.half_login(email)
        for used in (code, earlier):
            answer = self.send(b, used)
            self.assertEqual(answer.status, 422)
            self.assertIn(WRONG, answer.text)
        self.assertEqual(self.send(b, code_of(secret, 1)).status, 303)

    def test_the_code_that_switched_it_on_is_used(self):
        email = self.new_user()
        secret, _ = self.switch_on(self.site.browser(email))
        used = int(self.site.sql("SELECT last_step FROM user_totp WHERE"
                                 f" user_id = {self.id_of(email)}"))
        b = self.half_login(email)
        early_in_a_step()
        step = int(time.time()) // 30
        self.assertLessEqual(step - used, 1, "it would be old by now")
        answer = self.send(b, code_of(secret, used - step))
        self.assertEqual(answer.status, 422)

    def test_of_several_at_once_one_gets_in(self):
        email, secret, _ = self.person()
        browsers = [self.half_login(email) for _ in range(4)]
        forms = [b.get(CODE).form(CODE) for b in browsers]
        early_in_a_step()
        code, answers = code_of(secret), []

        def go(b, fields):
            answers.append(b.post(CODE, {**fields, "code": code}).status)
        threads = [threading.Thread(target=go, args=pair)
                   for pair in zip(browsers, forms)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(answers), [303, 422, 422, 422])

    def test_an_english_login(self):
        email, secret, _ = self.person()
        b = self.site.browser()
        answer = b.submit("/en" + LOGIN, {"email": email,
                                          "password": PASSWORD})
        self.assertEqual(answer.location, "/en" + CODE)
        self.assertIn("Verification code", b.get("/en" + CODE).text)
        self.assertEqual(self.send(b, code_of(secret), "/en" + CODE).status,
                         303)

    def test_without_a_password_nothing_shows_who_has_it(self):
        email, plain = self.person()[0], self.new_user()
        texts = []
        for who in (email, plain, "nadie@demo.example"):
            answer = self.site.browser().submit(
                LOGIN, {"email": who, "password": "no es esta"})
            self.assertEqual(answer.status, 422)
            self.assertNotIn("pt_login", str(answer.headers))
            texts.append(re.sub(r'value="[0-9a-f]{64}"', "",
                                answer.text.replace(who, "X")))
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0], texts[2])

    def test_a_new_password_by_mail_is_not_the_second_step(self):
        email, secret, _ = self.person()
        new = "una frase nueva 7"
        late = self.half_login(email)
        token = "t" * 43
        digest = hashlib.blake2b(token.encode(), digest_size=32).hexdigest()
        self.site.sql(
            "INSERT INTO user_token (token_hash, kind, user_id, created_at,"
            f" expires_at) VALUES ('{digest}', 'reset', {self.id_of(email)},"
            f" {int(time.time())}, {int(time.time()) + 600})")
        path = "/cuenta/restablecer/"
        b = self.site.browser()
        fields = b.get(f"{path}?enlace={token}").form(path)
        self.assertEqual(b.post(path, {**fields, "password": new,
                                       "again": new}).status, 303)
        # a login that was under way with the old password is over
        self.assertIn(VOID, late.get(CODE).text)
        answer = b.login(email, new)
        self.assertEqual(answer.location, CODE)
        self.assertEqual(b.get("/cuenta/").status, 303)
        self.assertEqual(self.send(b, code_of(secret)).status, 303)


class Halfway(TotpCase):
    """What a login under way is, and is not."""

    def test_it_is_of_one_browser_and_ends(self):
        email, secret, _ = self.person()
        b, other = self.half_login(email), self.site.browser()
        csrf = other.get("/contacto/").form("/contacto/")["csrf"]
        answer = other.post(CODE, {"csrf": csrf, "code": code_of(secret)})
        self.assertEqual(answer.status, 422)
        self.assertIn(VOID, answer.text)
        stored = self.site.sql("SELECT max(token_hash) FROM login_pending")
        for token in ("", "x", "A" * 43, stored):
            other.cookies["pt_login"] = token
            self.assertIn(VOID, other.get(CODE).text)
        self.site.sql("UPDATE login_pending SET expires_at = 1")
        self.assertIn(VOID, b.get(CODE).text)
        fields = {"csrf": b.get(LOGIN).form(LOGIN)["csrf"],
                  "code": code_of(secret)}
        self.assertEqual(b.post(CODE, fields).status, 422)
        self.assertNotIn("pt_session", b.cookies)

    def test_a_wrong_token_of_the_form(self):
        email, secret, _ = self.person()
        b = self.half_login(email)
        for token in ("", "0" * 64):
            answer = b.post(CODE, {"csrf": token, "code": code_of(secret)})
            self.assertEqual(answer.status, 403)
        self.assertNotIn("pt_session", b.cookies)
        self.assertEqual(self.site.sql(
            "SELECT max(attempts) FROM login_pending"
            f" WHERE user_id = {self.id_of(email)}"), "0")
        self.assertEqual(self.send(b, code_of(secret)).status, 303)

    def test_no_way_to_set_up_another_one(self):
        """Who has shown the password alone cannot replace the second step."""
        email, _, _ = self.person()
        b = self.half_login(email)
        self.assertIn(VOID, b.get(SETUP).text)
        # with a secret that is sealed for somebody else
        mine = self.site.browser(self.new_user())
        page = mine.get(ON)
        sealed, secret = page.form(ON)["secret"], secret_in(page)
        csrf = b.get(CODE).form(CODE)["csrf"]
        answer = b.post(SETUP, {"csrf": csrf, "secret": sealed,
                                "code": code_of(secret)})
        self.assertEqual(answer.status, 422)
        victim = self.site.browser(self.new_user())
        fields = victim.get(ON).form(ON)
        answer = victim.post(ON, {**fields, "secret": sealed,
                                  "code": code_of(secret),
                                  "present": PASSWORD})
        self.assertEqual(answer.status, 422)
        self.assertNotEqual(secret_in(answer), secret)

    def test_five_wrong_codes_end_it(self):
        email, secret, codes = self.person()
        b = self.half_login(email)
        for n in range(5):
            answer = self.send(b, wrong_code(secret))
            self.assertEqual(answer.status, 422)
        self.assertIn(VOID, answer.text)
        fields = {"csrf": b.get(LOGIN).form(LOGIN)["csrf"]}
        for path, code in ((CODE, code_of(secret)), (RECOVERY, codes[0])):
            answer = b.post(path, {**fields, "code": code})
            self.assertEqual(answer.status, 422)
            self.assertIn(VOID, answer.text)
        # the account waits here, as after wrong passwords
        answer = b.submit(LOGIN, {"email": email, "password": PASSWORD})
        self.assertEqual(answer.status, 429)
        self.forget_failures()
        self.assertEqual(self.send(self.half_login(email),
                                   code_of(secret)).status, 303)

    def test_the_right_password_forgives_no_wrong_code(self):
        email, secret, _ = self.person()
        for n in range(5):
            answer = self.send(self.half_login(email), wrong_code(secret))
            self.assertEqual(answer.status, 422, n)
        answer = self.site.browser().submit(
            LOGIN, {"email": email, "password": PASSWORD})
        self.assertEqual(answer.status, 429)
        self.forget_failures()

    def test_wrong_codes_from_everywhere_make_the_next_wait(self):
        email, secret, codes = self.person()
        self.site.sql("UPDATE user_totp SET failures = 12, wait_until ="
                      f" {int(time.time()) + 600}"
                      f" WHERE user_id = {self.id_of(email)}")
        b = self.half_login(email)
        answer = self.send(b, code_of(secret))
        self.assertEqual(answer.status, 429)
        self.assertIn("Espere unos minutos", answer.text)
        # a recovery code is not guessed in any number of attempts
        self.assertEqual(self.send(b, codes[0], RECOVERY).status, 303)


class Recovery(TotpCase):
    def test_a_code_works_once_and_is_told_by_mail(self):
        email, _, codes = self.person()
        b = self.half_login(email)
        self.assertIn(f'href="{RECOVERY}"', b.get(CODE).text)
        typed = codes[3].lower().replace("-", " ")
        self.assertEqual(self.send(b, typed, RECOVERY).status, 303)
        self.assertEqual(b.get("/cuenta/").status, 200)
        self.assertIn("<dd>9</dd>", b.get(HERE).text)
        mails = self.mails(email)
        self.assertIn("Se usó un código de recuperación", mails)
        self.assertIn("Códigos que quedan: 9.", mails)
        self.assertEqual(self.audit(email)[-2:], ["recovery_use", "login"])
        b = self.half_login(email)
        for code in (codes[3], "AAAA-AAAA-AAAA"):
            answer = self.send(b, code, RECOVERY)
            self.assertEqual(answer.status, 422)
            self.assertIn(WRONG, answer.text)
        other = self.person()
        answer = self.send(b, other[2][0], RECOVERY)  # somebody else's
        self.assertEqual(answer.status, 422)
        self.assertEqual(self.send(b, codes[4], RECOVERY).status, 303)

    def test_mail_in_the_language_of_the_account(self):
        email, _, codes = self.person()
        self.site.sql("UPDATE app_user SET lang = 'en'"
                      f" WHERE email = '{email}'")
        self.send(self.half_login(email), codes[0], RECOVERY)
        self.assertIn("A recovery code was used", self.mails(email))
        self.assertIn("Codes left: 9.", self.mails(email))

    def test_new_codes_need_password_and_code(self):
        email = self.new_user()
        b = self.site.browser(email)
        self.assertIn("no está activa", b.get(CODES).text)
        secret, old = self.switch_on(b)
        for present, code in (("mala", code_of(secret, 1)),
                              (PASSWORD, wrong_code(secret)),
                              (PASSWORD, code_of(secret, -1))):
            answer = b.submit(CODES, {"present": present, "code": code})
            self.assertEqual(answer.status, 422)
            self.assertEqual(codes_in(answer), [])
        self.forget_steps()
        answer = b.submit(CODES, {"present": PASSWORD,
                                  "code": code_of(secret)})
        self.assertEqual(answer.status, 200, answer.text)
        new = codes_in(answer)
        self.assertEqual(len(new), 10)
        self.assertFalse(set(new) & set(old))
        self.assertEqual(self.audit(email)[-1], "recovery_new")
        half = self.half_login(email)
        self.assertEqual(self.send(half, old[0], RECOVERY).status, 422)
        self.assertEqual(self.send(half, new[0], RECOVERY).status, 303)


class Off(TotpCase):
    def test_it_needs_password_and_code(self):
        email, secret, codes = self.person()
        b = self.half_login(email)
        self.send(b, codes[0], RECOVERY)
        other = self.half_login(email)
        self.send(other, codes[1], RECOVERY)
        for present, code in (("mala", codes[2]), (PASSWORD, "AAAA AAAA 2222"),
                              (PASSWORD, wrong_code(secret))):
            answer = b.submit(OFF, {"present": present, "code": code})
            self.assertEqual(answer.status, 422)
        self.assertIn("Activa desde", b.get(HERE).text)
        # who has lost the telephone has these
        answer = b.submit(OFF, {"present": PASSWORD, "code": codes[2]})
        self.assertEqual((answer.status, answer.location), (303, HERE))
        self.assertIn("Se desactivó", b.follow(answer).text)
        self.assertEqual(other.get("/cuenta/").status, 303)
        self.assertEqual(self.site.sql(
            "SELECT count(*) FROM user_recovery WHERE user_id ="
            f" {self.id_of(email)}"), "0")
        self.assertEqual(self.audit(email)[-3:],
                         ["recovery_use", "totp_off", "end_sessions"])
        for text in ("Se activó la verificación", "Se desactivó la verif"):
            self.assertIn(text, self.mails(email))
        self.assertEqual(self.site.browser().login(email).location,
                         "/clientes/")
        self.assertNotIn(f'action="{OFF}"', b.get(OFF).text)

    def test_an_administrator_takes_it_away(self):
        email, secret, codes = self.person()
        where = f"{USERS}{self.id_of(email)}/"
        b = self.half_login(email)
        self.send(b, code_of(secret))
        waiting = self.half_login(email)
        admin = self.site.browser(ADMIN)
        found = admin.get(f"{USERS}?q={email}")
        self.assertIn(">Sí</td>", found.text)
        self.assertIn("Activa desde", admin.get(where).text)
        technician = self.site.browser(TECHNICIAN)
        csrf = technician.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        self.assertEqual(technician.post(f"{where}dos-pasos/",
                                         {"csrf": csrf}).status, 403)
        fields = admin.get(where).form(f"{where}dos-pasos/")
        self.assertEqual(admin.post(f"{where}dos-pasos/", {}).status, 403)
        answer = admin.post(f"{where}dos-pasos/", fields)
        self.assertEqual((answer.status, answer.location), (303, where))
        self.assertIn("No la tiene", admin.follow(answer).text)
        self.assertNotIn(">Sí</td>", admin.get(f"{USERS}?q={email}").text)
        self.assertEqual(b.get("/cuenta/").status, 303)
        self.assertIn(VOID, waiting.get(CODE).text)
        self.assertEqual(admin.post(f"{where}dos-pasos/", fields).status, 409)
        self.assertEqual(admin.post(f"{USERS}99999/dos-pasos/",
                                    fields).status, 404)
        self.assertEqual(self.audit(email)[-2:],
                         ["totp_reset", "end_sessions"])
        self.assertIn("Se quitó su verificación", self.mails(email))
        self.assertIn("quitada", admin.get(f"{where}historial/").text)
        self.assertEqual(self.site.browser().login(email).location,
                         "/clientes/")

    def test_not_their_own(self):
        email = self.new_user("admin")
        b = self.site.browser(email)
        self.switch_on(b)
        where = f"{USERS}{self.id_of(email)}/"
        self.assertNotIn("dos-pasos", b.get(where).text)
        csrf = b.get("/cuenta/").form("/cuenta/salir/")["csrf"]
        self.assertEqual(b.post(f"{where}dos-pasos/", {"csrf": csrf}).status,
                         403)
        self.assertIn("Activa desde", b.get(HERE).text)

    def test_the_command_line_is_the_last_way_in(self):
        email, _, _ = self.person("admin")
        self.site.ctl("user", "totp-off", email)
        self.assertIn("totp_reset", self.audit(email))
        self.assertEqual(self.site.browser().login(email).location,
                         "/clientes/")
        for who, text in ((email, "has no second step"),
                          ("nadie@demo.example", "has no active account")):
            done = self.site.ctl("user", "totp-off", who, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)


class Required(TotpCase):
    OPTIONS = {"extra": MAIL + "login: {totp_required: [office]}\n"}

    def test_set_up_at_login_before_anything_else(self):
        email = self.new_user("office")
        b = self.site.browser()
        answer = b.submit(f"{LOGIN}?next=/contacto/mensajes/", {
            "email": email, "password": PASSWORD})
        self.assertEqual(answer.location, SETUP)
        for path in ("/cuenta/", "/clientes/", HERE, ON):
            self.assertEqual(b.get(path).status, 303, path)
        self.assertIn(VOID, b.get(CODE).text)
        page = b.get(SETUP)
        self.assertIn("Su rol la exige", page.text)
        secret = secret_in(page)
        answer = self.send(b, wrong_code(secret), SETUP)
        self.assertEqual(answer.status, 422)
        self.assertNotIn("pt_session", b.cookies)
        fields = page.form(SETUP)
        answer = b.post(SETUP, {**fields, "code": code_of(secret)})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(len(codes_in(answer)), 10)
        self.assertEqual(self.audit(email),
                         ["create", "login", "totp_on", "recovery_new"])
        self.assertIn("Cerrar sesión", answer.text)  # it is their session
        self.assertIn('href="/contacto/mensajes/"', answer.text)
        self.assertEqual(b.get("/clientes/").status, 200)
        self.assertNotIn("pt_login", b.cookies)
        self.forget_steps()
        again = self.site.browser()
        self.assertEqual(again.login(email).location, CODE)
        self.assertEqual(self.send(again, code_of(secret)).status, 303)
        self.assertEqual(again.get("/clientes/").status, 200)

    def test_who_gets_the_role_has_to_log_in_again(self):
        email = self.new_user("technician")
        b = self.site.browser(email)
        self.assertEqual(b.get("/clientes/").status, 200)
        where = f"{USERS}{self.id_of(email)}/editar/"
        answer = self.site.browser(ADMIN).submit(where, {"role": "office"})
        self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(b.get("/clientes/").status, 303)
        self.assertEqual(b.login(email).location, SETUP)
        self.switch_on(b, SETUP)
        self.assertEqual(b.get("/clientes/").status, 200)

    def test_another_telephone(self):
        email = self.new_user("office")
        b = self.site.browser()
        b.login(email)
        _, codes = self.switch_on(b, SETUP)
        self.assertIn("Su rol la exige", b.get(HERE).text)
        self.assertIn("así se cambia de teléfono", b.get(OFF).text)
        answer = b.submit(OFF, {"present": PASSWORD, "code": codes[0]})
        self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(b.get("/clientes/").status, 303)
        self.assertEqual(b.login(email).location, SETUP)
        self.switch_on(b, SETUP)
        self.assertEqual(b.get("/clientes/").status, 200)

    def test_a_role_that_there_is_not(self):
        self.site.write_conf(extra="login: {totp_required: [boss]}\n")
        done = self.site.ctl("check", check=False)
        self.site.write_conf()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("login.totp_required", done.stdout + done.stderr)
