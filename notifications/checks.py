"""Checks that Django runs: every provider of the registry can be imported, and says what it serves."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from notifications import channels
from notifications.providers import registry
from notifications.providers.base import Driver


@register()
def providers_can_be_imported(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Name providers whose driver is not where the registry says, or serves no channel."""
    return [problem for name in registry.PROVIDERS if (problem := _problem(name))]


def _problem(name: str) -> Error | None:
    try:
        driver = registry.load(name)
    except (ImportError, AttributeError) as error:
        return Error(f"The driver of provider “{name}” cannot be imported: {error}", id="notifications.E001")
    if not isinstance(driver, Driver) or driver.channel not in channels.TABLE or not driver.label:
        return Error(f"The driver of provider “{name}” has no channel or no label.", id="notifications.E002")
    return None
