"""The peer's settings: those of `django-admin startproject` for production,
with the sessions in the cache, persistent connections and the cached template
loader (the default without DEBUG), as Django's documentation advises.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for measuring on this machine, never served to anybody"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "clients",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "peer.urls"
WSGI_APPLICATION = "peer.wsgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "django",
    "USER": os.environ["BENCH_DATABASE_USER"],
    "HOST": os.environ["BENCH_DATABASE_HOST"],
    "CONN_MAX_AGE": 600,
}}
CACHES = {"default": {
    "BACKEND": "django.core.cache.backends.memcached.PyLibMCCache",
    "LOCATION": os.environ["BENCH_MEMCACHED"],
}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
# a page that sets a cookie while it varies on cookies is never cached
CSRF_USE_SESSIONS = True
LOGIN_URL = "/cuenta/entrar/"
LOGIN_REDIRECT_URL = "/clientes/"
LANGUAGE_CODE = "es-co"
TIME_ZONE = "America/Bogota"
USE_I18N = True
USE_L10N = True
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
