"""`/healthz`, `/readyz`, and what they rest on."""

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError

from accounts.services import health


@pytest.fixture(autouse=True)
def fresh():
    """Forget whether the migrations were counted."""
    cache.delete("migrated")
    yield
    cache.delete("migrated")


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_health_needs_no_database(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_is_answered_by_address_without_tls(client, settings):
    settings.ALLOWED_HOSTS = ["punctual.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_ready_with_every_migration(client, db):
    answer = client.get("/readyz/")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "detail": "The database answers and has every migration."}


def test_ready_counts_the_migrations_once(client, db, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")


def test_unready_while_migrations_wait(client, db, monkeypatch):
    monkeypatch.setattr(health, "_unapplied", lambda: 2)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "2 migrations are not applied: run `manage.py migrate`."


def test_unready_without_database(client, monkeypatch):
    monkeypatch.setattr(health, "_unapplied", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The database does not answer.")


def fail():
    raise DatabaseError


def test_the_application_role_owns_nothing_and_cannot_bypass(db):
    (found,) = health._roles()
    assert found.is_well
    assert found.sentence.endswith("owns nothing and cannot bypass row-level security.")


def test_a_role_that_owns_tables_is_told(db, settings, monkeypatch):
    monkeypatch.setattr(health, "_ROLE", "SELECT 'somebody', true, 3")
    sentences = [found.sentence for found in health._roles()]
    assert sentences == [
        "The role “somebody” can bypass row-level security: run `manage.py setup_roles`.",
        "The role “somebody” owns 3 tables: give migrations their own DATABASE_OWNER_URL.",
    ]


def test_a_public_address_without_tls_is_told(settings, monkeypatch):
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "simulator")
    settings.PUBLIC_URL = "http://clinic.example"
    assert health._address().is_well is False
