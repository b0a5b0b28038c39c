"""Between T2 and T3: call the providers, many at once, each within a total time limit."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from django.conf import settings

from notifications.errors import Ambiguous, DeliveryError, TemporaryFailure
from notifications.models import Gateway
from notifications.providers import registry, ssrf
from notifications.providers.base import Account, Outgoing
from notifications.services import message_preparation
from notifications.services.call_intents import CallIntent


@dataclass(frozen=True)
class CallResult:
    """What a call came to: the provider's id, or the error."""

    intent: CallIntent
    provider_id: str = ""
    error: DeliveryError | None = None


def account(gateway: Gateway) -> Account:
    """Return a gateway as its driver sees it."""
    return Account(gateway.base_url, gateway.sender, gateway.secrets, gateway.configuration)


def call(intents: Sequence[CallIntent], *, now: datetime) -> list[CallResult]:
    """Make the calls of a batch, and return a result for each; never raises for one of them."""
    return asyncio.run(_call_all(intents, now=now, written=time.monotonic()))


async def _call_all(intents: Sequence[CallIntent], *, now: datetime, written: float) -> list[CallResult]:
    # One limit per gateway: calls that wait for a slow provider hold nobody else's up.
    limits = defaultdict[int, asyncio.Semaphore](lambda: asyncio.Semaphore(settings.OUTBOX_CONCURRENCY))
    # Drivers without asynchronous libraries block a thread each; by default there are too few.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.OUTBOX_BATCH))
    async with session() as http:

        async def one(intent: CallIntent) -> CallResult:
            delay = (intent.ready.leave_at - now).total_seconds() - (time.monotonic() - written)
            await asyncio.sleep(max(0.0, delay))
            async with limits[intent.ready.leased.gateway.pk]:
                return await _call(http, intent, written)

        return list(await asyncio.gather(*(one(intent) for intent in intents)))


def session() -> aiohttp.ClientSession:
    """Return an HTTP session whose calls all end in time, and reach none but public hosts."""
    timeout = aiohttp.ClientTimeout(total=settings.OUTBOX_CALL_TIMEOUT, sock_connect=settings.OUTBOX_CALL_TIMEOUT / 2)
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=settings.OUTBOX_BATCH, resolver=ssrf.Resolver())
    return aiohttp.ClientSession(timeout=timeout, connector=connector)


async def _call(http: aiohttp.ClientSession, intent: CallIntent, written: float) -> CallResult:
    gateway = intent.ready.leased.gateway
    driver = registry.load(gateway.driver)
    # A process that was paused after the intent must not call: by now others may have settled the attempt.
    if driver is None or time.monotonic() - written > settings.OUTBOX_START_LIMIT:
        return CallResult(intent, error=TemporaryFailure("not_started"))
    try:
        sending = driver.send(http, account(gateway), _addressed(intent))
        accepted = await asyncio.wait_for(sending, settings.OUTBOX_CALL_TIMEOUT)
    except DeliveryError as error:
        return CallResult(intent, error=error)
    except Exception as error:
        return CallResult(intent, error=Ambiguous("driver_error", f"{type(error).__name__}: {error}"))
    return CallResult(intent, provider_id=accepted.provider_id)


def _addressed(intent: CallIntent) -> Outgoing:
    message, gateway = intent.ready.message, intent.ready.leased.gateway
    url = message_preparation.receipt_url(gateway.secrets.get("hook", ""), intent.token)
    return Outgoing(**{**vars(message), "receipt_url": url})
