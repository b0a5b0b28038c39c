"""The providers there are: the name under which a gateway keeps its driver, and where that driver stands.

A new provider is a folder beside this file and one line here; `docs/contributor.md` says what the folder holds.
"""

import importlib
from functools import cache

from notifications.providers.base import Driver

# Imported on first use; a system check imports them all.
PROVIDERS = {
    "flowroute": "notifications.providers.flowroute.driver:Flowroute",
    "smtp": "notifications.providers.smtp.driver:Smtp",
    "http_sms": "notifications.providers.http_sms.driver:HttpSms",
}


def load(name: str) -> Driver | None:
    """Return the driver of a name, None when there is none of that name."""
    return _load(PROVIDERS[name]) if name in PROVIDERS else None


def all_drivers() -> dict[str, Driver]:
    """Return every driver by its name, in the order of the registry."""
    return {name: _load(path) for name, path in PROVIDERS.items()}


def of_channel(channel: str) -> dict[str, Driver]:
    """Return the drivers of one channel by their names."""
    return {name: driver for name, driver in all_drivers().items() if driver.channel == channel}


@cache
def _load(path: str) -> Driver:
    module, _, attribute = path.partition(":")
    found: Driver = getattr(importlib.import_module(module), attribute)()
    return found
