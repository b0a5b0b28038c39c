"""A provider in memory, and deliveries to send through it."""

from datetime import timedelta

import pytest

from accounts import tenancy
from notifications.models import Delivery
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from tests import factories


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def deliver(world, clock):
    """Return a function that plans an SMS to a patient, due now."""

    def make(**fields):
        contact = fields.pop("contact", None)
        with tenancy.tenant(fields.pop("organization", world.organization).pk):
            number = Delivery.objects.count() + 1
            return Delivery.objects.create(
                **{
                    "channel": "sms",
                    "recipient": f"+1555123{number:04}",
                    "gateway": world.sms_gateway,
                    "sms_template": world.sms_template,
                    "values": {"first_name": "Ana"},
                    "contact": contact,
                    "origin": "test",
                    "origin_id": number,
                    "dedup_key": f"test:{number}",
                    "due_at": clock.at,
                    "next_attempt_at": clock.at,
                    "useful_until": clock.at + timedelta(hours=24),
                    **fields,
                }
            )

    return make


@pytest.fixture
def tick():
    """Return one tick of the dispatcher."""
    return lambda: dispatch.run(seconds=10)


def fresh(delivery):
    """Return the row as it stands in the database."""
    return Delivery.objects.unscoped().get(pk=delivery.pk)


@pytest.fixture
def ana(world):
    """Return a patient."""
    return factories.contact(world)
