"""Rows that are put back are those that were made."""

from django.apps import apps
from django.db import transaction

from accounts.models import User
from tests import admin_rows, factories
from tests.factories import PASSWORD
from tests.saved_rows import SavedRows


def make():
    world = factories.world("Elm")
    admin_rows.create_rows(world)
    return world


def rows():
    return {model: list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}


def restored(saved):
    """Return what was cast, and all rows, before they are taken back."""
    with transaction.atomic():
        found = saved.restore(), rows()
        transaction.set_rollback(True)
    return found


def test_rows_put_back_are_those_that_were_made(clock):
    saved = SavedRows(make)
    (world, made), (again, put) = restored(saved), restored(saved)
    assert put == made
    assert again == world
    assert len(made[User]) == 4
    assert again.owner.check_password(PASSWORD)


def test_rows_are_as_old_as_if_they_were_made_now(clock):
    saved = SavedRows(lambda: factories.world("Elm"))
    restored(saved)
    clock.forward(days=3)
    world, put = restored(saved)
    assert world.organization.created_at == world.calendar.created_date == clock.at
    assert [row["created_at"] for row in put[type(world.organization)]] == [clock.at]
