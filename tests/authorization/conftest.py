"""The ground of the walk, made once, inside one transaction."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction

from accounts import database_scope
from conftest import NOW, Clock
from tests.authorization import inspections
from tests.authorization import two_clinics as grounds
from tests.unrestricted import UNRESTRICTED


@pytest.fixture(scope="package")
def standing(django_db_setup, django_db_blocker):
    """Make both clinics, and take them back after the last test of the walk."""
    with django_db_blocker.unblock(), database_scope.entered(UNRESTRICTED), transaction.atomic():
        Clock(NOW)
        yield grounds.made()
        transaction.set_rollback(True)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('punctual.now', '', false)")


@pytest.fixture
def ground(standing, db):
    """Return the ground; what a test does to it is taken back."""
    return standing


@pytest.fixture
def quiet(caplog):
    """See that nothing of theirs was logged, mailed or put into the cache."""
    yield
    kept = repr(list(cache._cache.values()))
    assert inspections.leaks_in(caplog.text + kept + "".join(str(letter.message()) for letter in mail.outbox)) == []
