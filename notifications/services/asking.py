"""Asking providers what became of messages whose receipts stay out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction

from accounts.tenancy import tenant
from config.kernel import clock
from notifications.drivers import base as drivers
from notifications.drivers.base import Receipt
from notifications.engine.states import AttemptState
from notifications.errors import DeliveryError
from notifications.models import Attempt
from notifications.services import calling, receipts

BATCH = 200
QUESTIONS = 3


def run() -> int:
    """Do one round; returns how many receipts were learnt."""
    learnt = 0
    waiting = _take(now=clock.now())
    for _, group in groupby(waiting, key=lambda attempt: attempt.gateway_id):
        attempts = list(group)
        for attempt, receipt in zip(attempts, _ask(attempts), strict=True):
            if receipt:
                with tenant(attempt.organization_id):
                    receipts.apply(attempt.pk, receipt)
                learnt += 1
    return learnt


@transaction.atomic
def _take(*, now: datetime) -> list[Attempt]:
    """Take what has waited long enough, and put the next question off, so that each is asked by one worker."""
    due = Attempt.objects.unscoped().filter(state=AttemptState.ACCEPTED, settle_at__lte=now)
    rows = list(
        due.select_related("gateway")
        .order_by("gateway_id", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    for row in rows:
        row.lookups += 1
        wait = timedelta(seconds=settings.OUTBOX_RECEIPT_PATIENCE) * 2**row.lookups
        row.settle_at = now + wait if row.lookups < QUESTIONS else None
    Attempt.objects.unscoped().bulk_update(rows, ["lookups", "settle_at"])
    return rows


def _ask(attempts: Sequence[Attempt]) -> list[Receipt | None]:
    """Ask one gateway's provider; None where it cannot tell."""
    gateway = attempts[0].gateway
    driver = drivers.load(gateway.driver)
    if driver is None or not driver.can_look_up:
        return [None] * len(attempts)
    return asyncio.run(_ask_all(driver, calling.account(gateway), [attempt.provider_id for attempt in attempts]))


async def _ask_all(driver: drivers.Driver, account: drivers.Account, ids: list[str]) -> list[Receipt | None]:
    async with calling.session() as http:

        async def one(provider_id: str) -> Receipt | None:
            if not provider_id:
                return None
            try:
                return await driver.look_up(http, account, provider_id)
            except DeliveryError:
                return None

        return list(await asyncio.gather(*(one(provider_id) for provider_id in ids)))
