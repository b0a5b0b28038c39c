"""Accounts with providers: their configuration, and the secret addresses to which providers push."""

import asyncio
import secrets
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.tenancy import system
from notifications.engine import outgoing_addresses
from notifications.errors import BadAddress, BadConfiguration, DeliveryError, GatewayRefused
from notifications.models import Gateway
from notifications.providers import registry
from notifications.providers.base import Account, Driver
from notifications.services import provider_calls
from notifications.services.call_intents import hash_of


def connect(gateway: Gateway, *, callback_base: str) -> None:
    """Give a gateway its secret callback address, and tell the provider; raise `GatewayRefused` when it says no.

    The secret stays the same when there is one, so that receipts under way still arrive.
    """
    driver = registry.load(gateway.driver)
    if driver is None:
        raise GatewayRefused(_("There is no driver “{name}”.").format(name=gateway.driver), field="driver")
    with transaction.atomic():
        kept = _locked(gateway).secrets
        hook = kept.get("hook") or secrets.token_urlsafe(24)
        gateway.secrets = {**kept, "hook": hook}
        gateway.hook_hash = hash_of(hook)
        gateway.save(update_fields=["secrets", "hook_hash"])
    try:
        asyncio.run(_register(driver, provider_calls.account(gateway), _inbound_url(callback_base, hook)))
    except DeliveryError as error:
        raise GatewayRefused(_("The provider answered: {words}").format(words=error.detail or error.code)) from error


async def _register(driver: Driver, account: Account, inbound_url: str) -> None:
    async with provider_calls.session() as http:
        await driver.register(http, account, inbound_url)


def check(driver_name: str, *, channel: str, base_url: str, configuration: Mapping[str, str]) -> None:
    """Refuse what a gateway's driver cannot work with; without a driver only its address is looked at.

    Raises `BadAddress` and `BadConfiguration`, with the field that does not fit.
    """
    driver = registry.load(driver_name)
    if driver and driver.channel != channel:
        raise BadConfiguration(_("This provider serves another channel."), field="driver")
    if base_url:
        _check_address(driver, base_url)
    elif driver and driver.needs_address:
        raise BadAddress(_("This provider has no address of its own: write one."), field="base_url")
    if driver:
        driver.check(configuration)


def _check_address(driver: Driver | None, base_url: str) -> None:
    schemes = driver.schemes if driver else outgoing_addresses.WEB
    try:
        outgoing_addresses.parse(base_url, schemes, settings.OUTGOING_ALLOWED)
    except ValueError as error:
        raise BadAddress(str(error), field="base_url") from error
    if {"?", "#"} & set(base_url) and not (driver and driver.takes_query):
        raise BadAddress(_("Write the address without a query."), field="base_url")


def secrets_to_repeat(gateway: Gateway, *, driver_name: str, base_url: str, given: Mapping[str, str]) -> list[str]:
    """Return the secrets that must be typed again, since they would be sent to another host than so far."""
    if (gateway.driver, gateway.base_url) == (driver_name, base_url):
        return []
    driver = registry.load(driver_name)
    names = driver.secret_names if driver else ()
    return [name for name in names if gateway.secrets.get(name) and not given.get(name)]


@transaction.atomic
def configure(gateway: Gateway, given: Mapping[str, str]) -> None:
    """Keep what was given for the fields of a gateway's provider; secrets that are empty stay what they were."""
    driver = registry.load(gateway.driver)
    plain = [each.name for each in (driver.fields if driver else ()) if not each.is_secret and each.name in given]
    gateway.configuration = {**_locked(gateway).configuration, **{name: given[name] for name in plain}}
    gateway.save(update_fields=["configuration"])
    names = driver.secret_names if driver else ()
    set_credentials(gateway, **{name: given[name] for name in names if name in given})


@transaction.atomic
def set_credentials(gateway: Gateway, **given: str) -> None:
    """Replace some of a gateway's secrets, by the names of its provider's fields; others stay."""
    gateway.secrets = {**_locked(gateway).secrets, **{name: value for name, value in given.items() if value}}
    gateway.save(update_fields=["secrets"])


def _locked(gateway: Gateway) -> Gateway:
    """Return a gateway as it stands: of two who add to what it keeps at once, the later one adds to both."""
    return (
        Gateway.objects.select_for_update(of=("self",), no_key=True).only("configuration", "secrets").get(pk=gateway.pk)
    )


def check_channel(gateway: Gateway, channel: str) -> None:
    """Raise `BadConfiguration` where a gateway would become another channel's; settings count on its own."""
    if gateway.pk is not None and Gateway.objects.exclude(channel=channel).filter(pk=gateway.pk).exists():
        raise BadConfiguration(_("A gateway keeps its channel; add another gateway for this one."), field="channel")


def is_connectable(gateway: Gateway) -> bool:
    """Return whether a gateway's provider pushes anything, so that it needs a callback address."""
    driver = registry.load(gateway.driver)
    return driver is not None and driver.is_connectable


def callback_url(gateway: Gateway) -> str:
    """Return the secret address for inbound messages and receipts, which people write into the provider's own pages.

    Empty until the gateway is connected, and where the provider is told by us.
    """
    driver, hook = registry.load(gateway.driver), gateway.secrets.get("hook")
    if not hook or driver is None or driver.registers:
        return ""
    return _inbound_url(settings.PUBLIC_URL, hook)


def _inbound_url(base: str, hook: str) -> str:
    return f"{base.rstrip('/')}/hooks/{hook}/inbound/"


@system()
def by_hook(hook: str) -> Gateway | None:
    """Return the gateway of a secret callback address; this is how a provider's call finds its tenant."""
    found = Gateway.objects.unscoped().select_related("organization").filter(hook_hash=hash_of(hook))
    return found.first()
