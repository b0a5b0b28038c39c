"""A patient with a history, and a provider in memory to make it with."""

import pytest

from notifications.providers import registry
from notifications.providers.memory import Memory
from tests.privacy import patients


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def patient(world, clock, provider):
    """Return a patient of the first clinic who was booked, reminded, and answered."""
    return patients.live(world)
