"""The protocols that the simulated carrier speaks: each provider's side of the wire stands in the provider's folder.

`notifications/providers/<name>/simulator.py` has `urlpatterns`, `new_id` and `inbound` where the provider is called by
HTTP, and `serving` where it runs a server of its own. The name is the path below /simulator/, too.
"""

from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Protocol, cast

from django.urls import URLPattern

from simulator.models import CarrierAccount, CarrierMessage, CarrierPost


class WebSide(Protocol):
    """A provider that is called by HTTP."""

    urlpatterns: list[URLPattern]

    def new_id(self) -> str:
        """Return a message id as the provider makes them."""

    def inbound(self, message: CarrierMessage, account: CarrierAccount) -> CarrierPost:
        """Return the unsaved call that tells a customer, at its `inbound_url`, what a phone wrote."""


class ServerSide(Protocol):
    """A provider with a server of its own."""

    def serving(self, *, port: int) -> AbstractContextManager[Any]:
        """Run the server in a thread of its own."""


def load(name: str) -> WebSide:
    """Return the side of a provider that is called by HTTP."""
    return cast(WebSide, import_module(_modules()[name]))


def web() -> dict[str, str]:
    """Return the modules of the providers that are called by HTTP, by name."""
    return {name: path for name, path in _modules().items() if hasattr(import_module(path), "urlpatterns")}


def servers() -> list[ServerSide]:
    """Return the providers with a server of their own."""
    found: list[ModuleType] = [import_module(path) for path in _modules().values()]
    return [cast(ServerSide, module) for module in found if hasattr(module, "serving")]


@cache
def _modules() -> dict[str, str]:
    # Providers stand above the simulator, which their sides import: it knows them by their dotted names.
    registry = import_module("notifications.providers.registry")
    paths = {name: f"notifications.providers.{name}.simulator" for name in registry.PROVIDERS}
    return {name: path for name, path in paths.items() if find_spec(path)}
