"""What the database itself refuses."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import tenancy
from notifications.engine.states import TRANSITIONS
from notifications.migrations import __name__ as migrations
from notifications.models import Attempt, Delivery, Gateway

pytestmark = pytest.mark.django_db


def refused(act):
    with pytest.raises(IntegrityError), transaction.atomic():
        act()
    return True


def test_illegal_transition_is_refused(deliver):
    delivery = deliver()
    rows = Delivery.objects.unscoped().filter(pk=delivery.pk)
    assert refused(lambda: rows.update(state="delivered"))
    assert rows.update(state="cancelled") == 1
    assert refused(lambda: rows.update(state="scheduled"))


def test_migrated_transitions_are_those_of_the_engine():
    module = __import__(f"{migrations}.0003_triggers", fromlist=["LEGAL"])
    assert sorted(f"{before}>{after}" for before, rest in TRANSITIONS.items() for after in rest) == module.LEGAL


def test_second_open_attempt_is_refused(deliver, inside, clock):
    delivery = deliver()
    fields = {"delivery": delivery, "gateway": inside.sms_gateway, "body_hash": "", "started_at": clock.at}
    Attempt.objects.create(number=1, token_hash="a", **fields)
    assert refused(lambda: Attempt.objects.create(number=2, token_hash="b", **fields))


def test_second_delivery_under_one_key_is_refused(deliver):
    deliver(dedup_key="same")
    assert refused(lambda: deliver(dedup_key="same"))


def test_same_key_in_another_organization_is_fine(deliver, other):
    deliver(dedup_key="same")
    deliver(dedup_key="same", organization=other.organization, gateway=other.sms_gateway, sms_template=None)
    assert Delivery.objects.unscoped().count() == 2


def test_secrets_are_unreadable_in_the_database(world):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM notifications_gateway WHERE id = %s", [world.sms_gateway.pk])
        stored = cursor.fetchone()[0]
    assert "riverside-secret" not in stored
    with tenancy.tenant(world.organization.pk):
        assert Gateway.objects.get(pk=world.sms_gateway.pk).secrets["secret_key"] == "riverside-secret"
