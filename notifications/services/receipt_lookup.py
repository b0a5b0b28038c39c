"""Ask providers what became of messages whose receipts stay out."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import aiohttp
from django.conf import settings
from django.db import transaction

from accounts.tenancy import tenant
from config.kernel import clock
from notifications.engine.states import AttemptState
from notifications.models import Attempt
from notifications.providers import registry
from notifications.providers.pushed_events import Receipt
from notifications.services import provider_calls, receipts

logger = logging.getLogger(__name__)

BATCH = 200
QUESTIONS = 3


def run() -> int:
    """Do one round; returns how many receipts were learnt."""
    waiting = _take(now=clock.now())
    answers = asyncio.run(_ask_all(waiting)) if waiting else []
    learnt = [(attempt, receipt) for attempt, receipt in zip(waiting, answers, strict=True) if receipt]
    for attempt, receipt in learnt:
        with tenant(attempt.organization_id):
            receipts.apply(attempt.pk, receipt)
    return len(learnt)


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


async def _ask_all(attempts: Sequence[Attempt]) -> list[Receipt | None]:
    """Ask all providers at the same time, so that a silent one keeps nobody waiting."""
    async with provider_calls.session() as http:
        return list(await asyncio.gather(*(_ask(http, attempt) for attempt in attempts)))


async def _ask(http: aiohttp.ClientSession, attempt: Attempt) -> Receipt | None:
    """Return a provider's word on one attempt; None when it answers with anything else."""
    driver = registry.load(attempt.gateway.driver)
    if driver is None or not driver.can_look_up or not attempt.provider_id:
        return None
    try:
        return await driver.look_up(http, provider_calls.account(attempt.gateway), attempt.provider_id)
    except Exception as error:
        logger.info("gateway %s told nothing: %s", attempt.gateway_id, type(error).__name__)
        return None
