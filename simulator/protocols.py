"""The protocols that the simulated carrier speaks by HTTP: one module each, a provider's side of the wire."""

from importlib import import_module
from typing import Protocol, cast

from django.urls import URLPattern

from simulator.models import CarrierAccount, CarrierMessage, CarrierPost

# Name: module. The name is the path below /simulator/, too.
MODULES = {"flowroute": "simulator.flowroute"}


class Side(Protocol):
    """What such a module has."""

    urlpatterns: list[URLPattern]

    def new_id(self) -> str:
        """Return a message id as the provider makes them."""

    def inbound(self, message: CarrierMessage, account: CarrierAccount) -> CarrierPost:
        """Return the unsaved call that tells a customer, at its `inbound_url`, what a phone wrote."""


def load(name: str) -> Side:
    """Return the module of a protocol."""
    return cast(Side, import_module(MODULES[name]))
