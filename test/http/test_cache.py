"""The cache: what is kept, for whom, and until when."""
import concurrent.futures
import os
import re
import signal
import time

from case import SiteCase, new_site
from ptsite import ADMIN, PASSWORD, TECHNICIAN, Redis, wait_until

LIST = "/clientes/"
OFFICE = "oficina@demo.example"


def statements(answer):
    return int(answer.headers["X-Statements"])


def state(answer):
    """{"session": "hit", "page": "miss", …} of the developers' header."""
    return dict(pair.split("=") for pair in answer.headers["X-Cache"].split())


def names(answer):
    return re.findall(r'<th scope="row"><a href="/clientes/\d+/">([^<]*)<',
                      answer.text)


def is_away(answer):
    """A Redis that a busy machine holds up for 200 ms is left alone for that
    page: nothing is found there, and nothing kept."""
    return "closed" in (state(answer)["session"], state(answer)["page"])


def present(ask):
    """The answer, of a moment at which the cache was there."""
    answer = None

    def got():
        nonlocal answer
        answer = ask()
        return not is_away(answer)
    wait_until(got, why="a cache")
    return answer


class CacheCase(SiteCase):
    """With an account of the office, which sees most of what an administrator
    sees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site.ctl("user", "add", OFFICE, "office", "Olga Demostración",
                     text=PASSWORD + "\n")


class Kept(CacheCase):
    """A page is read from the database once, whoever asks."""

    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def warm(self, path, b=None):
        """The page as it is once it is kept."""
        present(lambda: (b or self.b).get(path))
        answer = present(lambda: (b or self.b).get(path))
        self.assertEqual(answer.status, 200)
        return answer

    def create(self, name, b=None):
        answer = (b or self.b).submit("/clientes/nuevo/", {
            "name": name, "kind": "natural"})
        self.assertEqual(answer.status, 303, answer.text)
        return answer.location

    def test_no_statement_the_second_time(self):
        for path in (LIST, "/clientes/?q=a&orden=ciudad", "/admin/usuarios/",
                     "/admin/usuarios/?q=ana"):
            with self.subTest(path):
                first = present(lambda: self.b.get(path))
                after = [present(lambda: self.b.get(path)) for _ in range(4)]
                # a worker's first page reads the epoch of the cache
                self.assertEqual(min(statements(a) for a in after), 0)
                for second in after:
                    self.assertLessEqual(statements(second), 1, state(second))
                    self.assertEqual(state(second)["page"], "hit")
                    self.assertEqual(state(second)["session"], "hit")
                    self.assertEqual(
                        re.sub(r'value="[0-9a-f]{64}"', "", first.text),
                        re.sub(r'value="[0-9a-f]{64}"', "", second.text))

    def test_the_token_is_one_s_own(self):
        page = self.warm(LIST)
        again = self.b.get(LIST)
        tokens = [a.form("/cuenta/salir/")["csrf"] for a in (page, again)]
        self.assertNotEqual(tokens[0], tokens[1]) # masked each time
        other = self.site.browser(ADMIN)
        text = self.warm(LIST, other).text
        self.assertNotIn(tokens[1], text)
        self.assertEqual(
            other.post("/cuenta/salir/", {"csrf": tokens[1]}).status, 403)
        self.assertEqual(
            self.b.post("/cuenta/salir/", {"csrf": tokens[1]}).status, 303)

    def test_every_worker_sees_a_write_at_once(self):
        path = "/clientes/?q=recien&por=100"
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            def everybody():
                return list(threads.map(lambda _: names(self.b.get(path)),
                                        range(24)))
            for i in range(5):
                name = f"Recién llegado {i}"
                where = self.create(name)
                for found in everybody():
                    self.assertIn(name, found)
                form = self.b.get(where + "editar/").form(where + "editar/")
                form["name"] = f"Renombrado {i}"
                self.assertEqual(
                    self.b.post(where + "editar/", form).status, 303)
                for found in everybody():
                    self.assertNotIn(name, found)

    def test_a_role_has_its_own_page(self):
        admin = self.warm(LIST).text
        technician = self.warm(LIST, self.site.browser(TECHNICIAN)).text
        self.assertIn("/clientes/exportar/", admin)
        self.assertNotIn("/clientes/exportar/", technician)
        self.assertNotIn("/clientes/nuevo/", technician)

    def test_a_language_has_its_own_page(self):
        self.warm(LIST)
        b = self.site.browser(OFFICE)
        self.assertIn("Exportar", self.warm(LIST, b).text)
        profile = b.get("/cuenta/perfil/").form("/cuenta/perfil/")
        for lang, word in (("en", "Export"), ("es", "Exportar")):
            profile["lang"] = lang
            self.assertEqual(b.post("/cuenta/perfil/", profile).status, 303)
            for _ in range(2):
                self.assertIn(f">{word}", b.get(LIST).text)

    def test_the_frame_is_one_s_own(self):
        self.warm(LIST)
        mine = present(lambda: self.b.get(LIST))
        self.assertEqual(state(mine)["page"], "hit")
        other = self.site.browser(OFFICE)
        theirs = self.warm(LIST, other)
        self.assertEqual(state(theirs)["page"], "hit")
        name = re.compile(r"<strong>([^<]+)</strong>")
        self.assertNotEqual(name.findall(mine.text), name.findall(theirs.text))

    def test_messages_are_not_kept(self):
        self.warm(LIST)
        where = self.create("Fugaz")
        version = self.b.get(where).form(where + "archivar/")
        answer = self.b.post(where + "archivar/", version)
        self.assertIn("notice-ok", self.b.follow(answer).text)
        for _ in range(3):
            self.assertNotIn("notice-ok", self.b.get(LIST).text)

    def test_unknown_fields_make_no_page_of_their_own(self):
        self.warm(LIST)
        for query in ("?x=1", "?q=", "?zzz=<script>", "?por=zzz"):
            answer = present(lambda q=query: self.b.get(LIST + q))
            self.assertEqual(state(answer)["page"], "hit")
        answer = present(lambda: self.b.get(LIST + "?por=77"))
        self.assertEqual(state(answer)["page"], "miss")

    def test_head_is_kept_too(self):
        self.warm(LIST)
        answer = present(lambda: self.b.request("HEAD", LIST))
        self.assertEqual(state(answer)["page"], "hit")
        self.assertEqual(answer.bytes, b"")

    def test_no_page_lacks_a_table(self):
        self.assertEqual(
            set(re.findall("page.reads .*", self.site.log_so_far())), set())


class Sessions(CacheCase):
    def test_it_ends_everywhere_at_once(self):
        for _ in range(4):
            b = self.site.browser(OFFICE)
            for _ in range(4):
                self.assertEqual(b.get(LIST).status, 200)
            cookies = dict(b.cookies)
            form = b.get(LIST).form("/cuenta/salir/")
            self.assertEqual(b.post("/cuenta/salir/", form).status, 303)
            b.cookies = cookies
            for _ in range(4):
                self.assertEqual(b.get(LIST).status, 303)

    def change(self, admin, user, changes, action=""):
        where = f"/admin/usuarios/{user}/"
        page = admin.get(where + (action or "editar/"))
        source = page if not action else admin.get(where)
        form = source.form(where + (action or "editar/"))
        form.update(changes)
        answer = admin.post(where + (action or "editar/"), form)
        self.assertEqual(answer.status, 303, answer.text)

    def test_a_role_changes_at_once(self):
        admin = self.site.browser(ADMIN)
        user = self.site.sql(
            f"SELECT id FROM app_user WHERE email = '{TECHNICIAN}'")
        b = self.site.browser(TECHNICIAN)
        for role, shown in (("office", True), ("technician", False)):
            for _ in range(3):
                b.get(LIST)
            self.change(admin, user, {"role": role})
            for _ in range(3):
                self.assertEqual("/clientes/nuevo/" in b.get(LIST).text, shown)

    def test_deactivation_ends_it_at_once(self):
        admin = self.site.browser(ADMIN)
        user = self.site.sql(
            f"SELECT id FROM app_user WHERE email = '{TECHNICIAN}'")
        b = self.site.browser(TECHNICIAN)
        for _ in range(3):
            self.assertEqual(b.get(LIST).status, 200)
        self.change(admin, user, {}, "desactivar/")
        for _ in range(3):
            self.assertEqual(b.get(LIST).status, 303)
        self.change(admin, user, {}, "activar/")

    def test_by_hand_and_told(self):
        """What is changed beside the site is seen after `ptctl flush`."""
        b = self.site.browser(ADMIN)
        for _ in range(3):
            b.get(LIST)
        self.site.sql("UPDATE app_user SET ui_theme = 'teal'")
        self.assertIn('data-theme="teal"', b.get(LIST).text)

    def test_ptctl_tells_the_workers(self):
        admin = self.site.browser(ADMIN)
        for _ in range(3):
            admin.get("/admin/usuarios/")
        self.site.ctl("user", "add", "nueva@example.com", "office",
                      "Nueva De Consola", text="una clave bien larga\n")
        for _ in range(3):
            self.assertIn("Nueva De Consola",
                          admin.get("/admin/usuarios/").text)

    def test_being_seen_does_not_end_what_is_kept(self):
        b = self.site.browser(ADMIN)
        b.get(LIST)
        self.site.sql("UPDATE session SET seen_at = seen_at - 90")
        # fills the cache again, and touches
        present(lambda: b.get(LIST))
        wait_until(lambda: int(self.site.sql(
            "SELECT max(seen_at) FROM session")) > time.time() - 60,
            why="noted, after the answer")
        answers = [present(lambda: b.get(LIST)) for _ in range(4)]
        self.assertEqual({state(a)["session"] for a in answers}, {"hit"})
        # a worker's first page reads the epoch of the cache
        self.assertEqual(min(statements(a) for a in answers), 0)


class SingleFlight(SiteCase):
    OPTIONS = {"workers": 6}

    def test_one_computes_for_all(self):
        b = self.site.browser(ADMIN)
        b.get(LIST)
        made, rounds = 0, 0
        with concurrent.futures.ThreadPoolExecutor(6) as threads:
            for i in range(60):
                path = f"/clientes/?por={20 + i}"
                answers = list(threads.map(lambda _, p=path: b.get(p),
                                           range(6)))
                self.assertTrue(all(a.status == 200 for a in answers))
                if any(is_away(a) for a in answers):
                    continue
                made += sum(state(a)["page"] != "hit" for a in answers)
                rounds += 1
                if rounds == 10:
                    break
        self.assertEqual(rounds, 10)
        self.assertLess(made, 25)
        self.assertGreaterEqual(made, 10)


class RedisTrouble(SiteCase):
    """Whatever happens to Redis, pages come, and none is old."""

    OPTIONS = {"workers": 2}

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.OPTIONS = dict(cls.OPTIONS, cache=cls.redis.url)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.redis.remove()

    def setUp(self):
        self.b = self.site.browser(ADMIN)

    def rename(self, name):
        form = self.b.get("/clientes/1/editar/").form("/clientes/1/editar/")
        form["name"] = name
        self.assertEqual(self.b.post("/clientes/1/editar/", form).status, 303)

    def is_shown(self, name):
        return all(name in names(self.b.get(LIST + "?por=100"))
                   for _ in range(4))

    def wait_for_cache(self):
        wait_until(lambda: all(state(self.b.get(LIST))["page"] == "hit"
                               for _ in range(4)), why="pages are cached")

    def test_killed_and_started_again(self):
        self.wait_for_cache()
        self.redis.stop(signal.SIGKILL)
        self.rename("Aa sin Redis")
        self.assertTrue(self.is_shown("Aa sin Redis"))
        self.redis.start()
        for _ in range(40):
            self.assertTrue(self.is_shown("Aa sin Redis"))
        self.wait_for_cache()
        self.site.pool.wait_for("cache.back")
        text = self.site.pool.text()
        self.assertLessEqual(text.count("cache.lost"), 2) # one per worker
        self.assertLessEqual(text.count("cache.back"), 2)
        self.assertIn("cache.lost", text)
        self.assertIn("cache.back", text)

    def test_stopped(self):
        self.wait_for_cache()
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        try:
            self.b.get(LIST)
            self.b.get(LIST)
            times = []
            for i in range(30):
                start = time.monotonic()
                self.assertEqual(self.b.get(LIST).status, 200)
                times.append(time.monotonic() - start)
                time.sleep(0.05)
            self.assertLess(sorted(times)[len(times) // 2], 0.1)
            # one of them may have met a machine that stood still itself
            self.assertLess(sorted(times)[-2], 1)
            self.rename("Aa con Redis parado")
            self.assertTrue(self.is_shown("Aa con Redis parado"))
        finally:
            os.kill(self.redis.process.pid, signal.SIGCONT)
        for _ in range(40):
            self.assertTrue(self.is_shown("Aa con Redis parado"))
        self.wait_for_cache()

    def test_started_without_it(self):
        self.redis.stop(signal.SIGKILL)
        site = new_site(cache=self.redis.url, workers=2)
        with site:
            b = site.browser(ADMIN)
            self.assertEqual(b.get(LIST).status, 200)
            self.redis.start()
            wait_until(lambda: state(b.get(LIST))["page"] == "hit",
                       why="pages are cached")


class WithoutSupervisor(SiteCase):
    """Workers of spawn-fcgi share no memory; the database tells them."""

    OPTIONS = {"form": "spawn-worker", "cache": "shm"}

    def test_a_write_is_seen(self):
        b = self.site.browser(ADMIN)
        for _ in range(3):
            answer = b.get(LIST)
        self.assertEqual(state(answer)["page"], "hit")
        self.assertEqual(statements(answer), 1) # the epoch
        self.site.ctl("user", "add", "otra@example.com", "office",
                      "Otra De Consola", text="una clave bien larga\n")
        self.assertIn("Otra De Consola", b.get("/admin/usuarios/").text)
        answer = b.submit("/clientes/nuevo/", {"name": "Aa solo yo",
                                               "kind": "natural"})
        self.assertEqual(answer.status, 303)
        self.assertIn("Aa solo yo", names(b.get(LIST + "?por=100")))


class NoCache(SiteCase):
    OPTIONS = {"cache": "none"}

    def test_pages_come_from_the_database(self):
        b = self.site.browser(ADMIN)
        for _ in range(3):
            answer = b.get(LIST)
            self.assertEqual(answer.headers["X-Cache"], "none")
            self.assertEqual(statements(answer), 2)
