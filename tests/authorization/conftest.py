"""The two clinics of these tests, made once, inside one transaction."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction

from accounts import database_scope
from conftest import NOW, Clock
from tests.authorization import inspections, two_clinics
from tests.unrestricted import UNRESTRICTED


@pytest.fixture(scope="package")
def made_clinics(django_db_setup, django_db_blocker):
    """Make both clinics, and roll back after the last test of this folder."""
    with django_db_blocker.unblock(), database_scope.entered(UNRESTRICTED), transaction.atomic():
        Clock(NOW)
        yield two_clinics.made()
        transaction.set_rollback(True)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('punctual.now', '', false)")


@pytest.fixture
def clinics(made_clinics, db):
    """Return both clinics; the changes of a test are rolled back."""
    return made_clinics


@pytest.fixture
def nothing_leaked(caplog):
    """Assert that no text of theirs was logged, mailed or cached."""
    yield
    kept = repr(list(cache._cache.values()))
    assert inspections.leaks_in(caplog.text + kept + "".join(str(letter.message()) for letter in mail.outbox)) == []
