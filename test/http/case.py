"""What the integration tests have in common."""
import unittest

from ptsite import Site

BUILD = "build"
DB = "sqlite"
CACHE = "shm"


class SiteCase(unittest.TestCase):
    """One site for all tests of the class; OPTIONS go to Site()."""

    OPTIONS = {}
    site = None

    @classmethod
    def setUpClass(cls):
        cls.site = new_site(**cls.OPTIONS)
        try:
            cls.site.start()
        except BaseException:
            cls.site.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.site.stop()


def new_site(**options):
    """A site of this run's build, database and cache, not started yet."""
    options.setdefault("cache", CACHE)
    return Site(BUILD, db=DB, **options)
