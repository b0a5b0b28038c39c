"""A patient with a history, and a provider in memory to make it with."""

from types import SimpleNamespace

import pytest

from notifications.providers import registry
from notifications.providers.memory import Memory
from tests.privacy import patients
from tests.saved_rows import SavedRows

PATIENT = SavedRows(lambda world, memory: SimpleNamespace(contact=patients.live(world), ledger=memory.ledger))


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def patient(world, clock, provider):
    """Return a patient of the first clinic who was booked, reminded, and answered."""
    saved = PATIENT.restore(world, provider)
    provider.ledger = saved.ledger
    return saved.contact
