"""Settings of production: what they refuse, and whom they believe."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "x" * 60,
    "FIELD_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "ALLOWED_HOSTS": "punctual.example",
    "PUBLIC_URL": "https://punctual.example",
    "DATABASE_URL": "postgres://app@database/punctual",
    "CELERY_BROKER_URL": "redis://broker:6379/0",
}
TELL = """
import json
from config.settings import production as found
print(json.dumps({name: getattr(found, name) for name in dir(found) if name.startswith(WANTED)}, default=str))
"""
PAGES = ("400", "403", "403_csrf", "404", "409", "429", "500")
# Nobody has collected the static files.
LOADED = """
import json, sys
import django
from django.conf import settings
settings.STATIC_ROOT = "/nowhere"
django.setup()
from django.core.management import get_commands
from django.template.loader import render_to_string
from django.urls import get_resolver
import config.celery, config.wsgi
patterns = [str(found.pattern) for found in get_resolver().url_patterns]
config.celery.app.loader.import_default_modules()
print(json.dumps({
    "modules": sorted(name for name in sys.modules if name.partition(".")[0] in ("simulator", "demo")),
    "apps": list(settings.INSTALLED_APPS),
    "addresses": [text for text in patterns if "simulator" in text],
    "commands": sorted({"simulator", "seed_demo"} & set(get_commands())),
    "pages": [render_to_string(f"{name}.html", {"support": {"platform": True}}) for name in PAGES],
}))
""".replace("PAGES", repr(PAGES))
WANTED = ("SECURE", "SESSION_COOKIE", "CSRF_COOKIE", "USE_X", "OUTGOING", "DEBUG")


def run(program, **given):
    """Return what a program prints as JSON under these variables, or the last line of its error."""
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "PYTHONPATH", "DATA_DIR"}}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=ROOT, env={**clean, **GIVEN, **given}, capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.splitlines()[-1]


def settings(**given):
    """Return some settings of production under these variables, or what it said when it would not start."""
    return run(TELL.replace("WANTED", repr(WANTED)), **given)


def test_headers_of_a_proxy_count_only_where_one_is_known():
    alone, behind = settings(), settings(TRUSTED_PROXIES="1")
    assert "SECURE_PROXY_SSL_HEADER" not in alone
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert "USE_X_FORWARDED_HOST" not in alone | behind


def test_everything_that_browsers_can_insist_on_is_on():
    found = settings()
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    on = [
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "SECURE_HSTS_PRELOAD",
        "SECURE_CONTENT_TYPE_NOSNIFF",
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_SECURE",
    ]
    assert [name for name in on if found[name] is not True] == []
    assert (found["DEBUG"], found["OUTGOING_ALLOWED"]) == (False, [])


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PUBLIC_URL"])
def test_it_does_not_start_without_a_secret_or_over_plain_http(missing):
    assert "ImproperlyConfigured" in settings(**{missing: ""})


@pytest.fixture(scope="module")
def loaded():
    """Return what a process has loaded that starts under these settings, and its error pages."""
    return run(LOADED, DJANGO_SETTINGS_MODULE="config.settings.production")


def test_error_pages_are_shown_where_no_static_files_are_collected(loaded):
    assert [f'<p class="code">{name[:3]}</p>' in page for name, page in zip(PAGES, loaded["pages"], strict=True)] == [
        True
    ] * len(PAGES)
    assert all('href="/static/punctual/desk.css"' in page for page in loaded["pages"])


def test_the_simulator_is_not_there(loaded):
    assert (loaded["modules"], loaded["addresses"], loaded["commands"]) == ([], [], [])
    assert "notifications" in loaded["apps"]
    assert "simulator" not in loaded["apps"]
