"""Django's check names providers that cannot be used."""

import pytest

from notifications import checks
from notifications.providers import registry
from notifications.providers.base import Driver


class Nothing(Driver):
    """A driver that says neither what it is nor which channel it serves."""


def found():
    return [problem.id for problem in checks.providers_can_be_imported()]


def test_providers_of_the_registry_are_fine():
    assert found() == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("notifications.providers.nowhere.driver:Nothing", "notifications.E001"),
        ("notifications.providers.smtp.driver:Nothing", "notifications.E001"),
        (f"{__name__}:Nothing", "notifications.E002"),
    ],
)
def test_provider_that_cannot_be_used_is_named(monkeypatch, path, problem):
    monkeypatch.setitem(registry.PROVIDERS, "twilio", path)
    assert found() == [problem]
