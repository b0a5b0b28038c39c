"""Accounts with providers: connecting them, and the secret addresses under which they call back."""

import asyncio
import secrets

from django.conf import settings
from django.db import transaction

from accounts.tenancy import system
from notifications.drivers import base as drivers
from notifications.engine import reach
from notifications.errors import BadAddress, DeliveryError, GatewayRefused
from notifications.models import Gateway
from notifications.services import calling
from notifications.services.intents import hash_of


def connect(gateway: Gateway, *, callback_base: str) -> None:
    """Give a gateway its secret callback address, and tell the provider; raise `GatewayRefused` when it says no.

    The secret stays the same when there is one, so that receipts under way still arrive.
    """
    driver = drivers.load(gateway.driver)
    if driver is None:
        raise GatewayRefused(f"There is no driver “{gateway.driver}”.", field="driver")
    with transaction.atomic():
        hook = gateway.secrets.get("hook") or secrets.token_urlsafe(24)
        gateway.secrets = {**gateway.secrets, "hook": hook}
        gateway.hook_hash = hash_of(hook)
        gateway.save(update_fields=["secrets", "hook_hash"])
    inbound_url = f"{callback_base.rstrip('/')}/hooks/{hook}/inbound/"
    try:
        asyncio.run(_register(driver, calling.account(gateway), inbound_url))
    except DeliveryError as error:
        raise GatewayRefused(f"The provider answered: {error.detail or error.code}") from error


async def _register(driver: drivers.Driver, account: drivers.Account, inbound_url: str) -> None:
    async with calling.session() as http:
        await driver.register(http, account, inbound_url)


def check_address(driver: str, base_url: str) -> None:
    """Raise `BadAddress` for an address that a driver does not speak to, or that may not be called."""
    if not base_url:
        return
    try:
        reach.target(base_url, reach.MAIL if driver == "smtp" else reach.WEB, settings.OUTGOING_ALLOWED)
    except ValueError as error:
        raise BadAddress(str(error), field="base_url") from error
    if {"?", "#"} & set(base_url):
        raise BadAddress("Write the address without a query.", field="base_url")


def set_credentials(gateway: Gateway, **given: str) -> None:
    """Replace some of a gateway's secrets (access_key, secret_key, username, password); others stay."""
    gateway.secrets = {**gateway.secrets, **{name: value for name, value in given.items() if value}}
    gateway.save(update_fields=["secrets"])


@system()
def by_hook(hook: str) -> Gateway | None:
    """Return the gateway of a secret callback address; this is how a provider's call finds its tenant."""
    found = Gateway.objects.unscoped().select_related("organization").filter(hook_hash=hash_of(hook))
    return found.first()
