"""Settle what crashes and doubtful answers left open. Only a proven absence is sent again."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import aiohttp
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from accounts import tenancy
from config.kernel import clock
from notifications.engine.states import AttemptState, State
from notifications.models import Attempt, Delivery, StaffItem
from notifications.providers import registry
from notifications.providers.base import ProviderRecord
from notifications.services import outcomes, provider_calls, receipt_lookup, staff_items
from notifications.services.call_intents import hash_of
from notifications.services.outcomes import Outcome
from notifications.signals import deliveries_changed

logger = logging.getLogger(__name__)

BATCH = 500
LOOKUPS = 2  # absences that prove one
CLOCK_SKEW = timedelta(seconds=60)  # between the provider's clock and ours
PATIENCE = timedelta(hours=24)  # with a provider that cannot be asked


@tenancy.system()
def run() -> int:
    """Do one round; returns how many deliveries changed."""
    return _free_leases() + _doubt_calls() + _expire() + _settle() + receipt_lookup.run()


def _free_leases() -> int:
    """Between T1 and T2 nothing was sent: back into the queue, or aside when workers keep dying on it."""
    changed = _update(
        """
        UPDATE notifications_delivery d
        SET state = CASE WHEN d.claims >= %s THEN 'quarantined' ELSE 'scheduled' END, lease_until = NULL,
            reason = CASE WHEN d.claims >= %s THEN 'worker_died' ELSE d.reason END
        FROM (
            SELECT id FROM notifications_delivery WHERE state = 'leased' AND lease_until < punctual_now()
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ) late WHERE d.id = late.id
        RETURNING d.id, d.state
        """,
        [settings.OUTBOX_MAX_CLAIMS, settings.OUTBOX_MAX_CLAIMS, BATCH],
        told={State.QUARANTINED: (StaffItem.Reason.FAILED, "set_aside")},
    )
    return len(changed)


def _doubt_calls() -> int:
    """Mark calls whose worker died between T2 and T3 as in doubt: the provider may have the message."""
    changed = _update(
        """
        WITH late AS MATERIALIZED (
            SELECT id FROM notifications_delivery WHERE state = 'calling' AND lease_until < punctual_now()
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ), tried AS (
            UPDATE notifications_attempt a SET state = 'in_doubt', error_code = 'worker_died',
                settle_at = a.started_at + make_interval(secs => %s)
            FROM late WHERE a.delivery_id = late.id AND a.state = 'calling'
        )
        UPDATE notifications_delivery d SET state = 'in_doubt', lease_until = NULL, reason = 'worker_died'
        FROM late WHERE d.id = late.id
        RETURNING d.id, d.state
        """,
        [BATCH, settings.OUTBOX_SETTLE],
    )
    return len(changed)


def _expire() -> int:
    """What waited until it was of no more use is skipped, and staff is told once."""
    changed = _update(
        """
        UPDATE notifications_delivery d
        SET state = 'skipped', reason = 'too_late',
            detail = CASE WHEN d.reason = '' THEN '' ELSE 'Waited: ' || d.reason END
        FROM (
            SELECT id FROM notifications_delivery WHERE state = 'scheduled' AND useful_until <= punctual_now()
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ) late WHERE d.id = late.id
        RETURNING d.id, d.state
        """,
        [BATCH],
        told={State.SKIPPED: (StaffItem.Reason.SKIPPED, "message_too_late")},
    )
    return len(changed)


@transaction.atomic
def _update(
    sql: str, parameters: list[Any], *, told: dict[State, tuple[StaffItem.Reason, str]] | None = None
) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    for state, (kind, code) in (told or {}).items():
        concerned = [pk for pk, now_in in rows if now_in == state]
        if concerned:
            staff_items.tell_of_deliveries(kind, concerned, code=code)
    ids = sorted(pk for pk, _ in rows)
    if ids:
        deliveries_changed.send(Delivery, delivery_ids=ids)
    return ids


def _settle() -> int:
    now = clock.now()
    doubtful = groupby(_take_doubts(now=now), key=lambda attempt: attempt.gateway_id)
    groups = [list(group) for _, group in doubtful]
    if not groups:
        return 0
    answers = asyncio.run(_ask_all(groups, now=now))
    results = [_judge(group, found, now=now) for group, found in zip(groups, answers, strict=True)]
    return len(outcomes.apply([outcome for result in results for outcome in result]))


@transaction.atomic
def _take_doubts(*, now: datetime) -> list[Attempt]:
    """Take the doubts whose time has come, and put them off, so that no other worker looks at the same moment."""
    due = Attempt.objects.unscoped().filter(state=AttemptState.IN_DOUBT, settle_at__lte=now)
    rows = list(
        due.select_related("gateway", "delivery")
        .order_by("gateway_id", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    pause = timedelta(seconds=settings.OUTBOX_LOOKUP_PAUSE)
    for row in rows:
        row.settle_at = now + pause
    Attempt.objects.unscoped().bulk_update(rows, ["settle_at"])
    return rows


async def _ask_all(groups: list[list[Attempt]], *, now: datetime) -> list[list[ProviderRecord] | None]:
    """Ask all providers at the same time, so that a silent one keeps nobody waiting."""
    async with provider_calls.session() as http:
        return list(await asyncio.gather(*(_ask(http, group, now=now) for group in groups)))


async def _ask(http: aiohttp.ClientSession, attempts: list[Attempt], *, now: datetime) -> list[ProviderRecord] | None:
    """Return one gateway's records since some attempts; None when it answers with anything else."""
    gateway = attempts[0].gateway
    driver = registry.load(gateway.driver)
    if driver is None or not driver.can_list:
        return None
    since = min(attempt.started_at for attempt in attempts) - CLOCK_SKEW
    limit = settings.OUTBOX_CALL_TIMEOUT * 3
    try:
        asked = driver.find(http, provider_calls.account(gateway), since, now + CLOCK_SKEW)
        return await asyncio.wait_for(asked, limit)
    except Exception as error:
        logger.warning("gateway %s gave no records: %s", gateway.pk, type(error).__name__)
        return None


def _judge(attempts: list[Attempt], found: list[ProviderRecord] | None, *, now: datetime) -> list[Outcome]:
    """Conclude what one gateway's records, or their lack, mean for some attempts."""
    driver = registry.load(attempts[0].gateway.driver)
    if driver is None or not driver.can_list:
        resends = driver.resends_in_doubt if driver else 0
        return [_unlisted(attempt, resends) for attempt in attempts]
    return _unanswered(attempts, now=now) if found is None else _match(attempts, found, now=now)


def _match(attempts: list[Attempt], found: list[ProviderRecord], *, now: datetime) -> list[Outcome]:
    """Pair attempts with records; each record serves one attempt, and what has none is absent, twice for a proof."""
    records = _pair(attempts, _unused(attempts[0].gateway_id, found))
    missing = [attempt for attempt in attempts if attempt.pk not in records]
    proven = [attempt for attempt in missing if attempt.lookups + 1 >= LOOKUPS]
    # Only a look-up that was answered counts.
    Attempt.objects.unscoped().filter(pk__in=[attempt.pk for attempt in missing if attempt not in proven]).update(
        lookups=F("lookups") + 1
    )
    absent = [Outcome(attempt.pk, AttemptState.ABSENT, State.SCHEDULED, code="proven_absent") for attempt in proven]
    return absent + [outcomes.accepted(pk, record.provider_id, now=now) for pk, record in records.items()]


def _unused(gateway_id: int, found: list[ProviderRecord]) -> list[ProviderRecord]:
    """Return the records that no attempt of a gateway has yet."""
    ids = [record.provider_id for record in found]
    taken = Attempt.objects.unscoped().filter(gateway_id=gateway_id, provider_id__in=ids)
    used = set(taken.values_list("provider_id", flat=True))
    return [record for record in found if record.provider_id not in used]


def _pair(attempts: list[Attempt], free: list[ProviderRecord]) -> dict[int, ProviderRecord]:
    """Pair by recipient, sender and text; then, since a provider may store a text otherwise, by the time alone."""
    paired: dict[int, ProviderRecord] = {}
    for alike in (_same_text, _same_time):
        for attempt in sorted(attempts, key=lambda attempt: attempt.started_at):
            record = next((record for record in free if _same_line(attempt, record) and alike(attempt, record)), None)
            if record and attempt.pk not in paired:
                free.remove(record)
                paired[attempt.pk] = record
    return paired


def _same_line(attempt: Attempt, record: ProviderRecord) -> bool:
    return record.recipient == attempt.delivery.recipient and record.sender == attempt.sender


def _same_text(attempt: Attempt, record: ProviderRecord) -> bool:
    return hash_of(record.text) == attempt.body_hash and record.at >= attempt.started_at - CLOCK_SKEW


def _same_time(attempt: Attempt, record: ProviderRecord) -> bool:
    return abs(record.at - attempt.started_at) <= CLOCK_SKEW


def _unlisted(attempt: Attempt, resends: int) -> Outcome:
    """Where no records can be searched: send again as often as that does no harm, then it stays unknown."""
    if attempt.number <= resends:
        return Outcome(attempt.pk, AttemptState.UNKNOWN, State.SCHEDULED, code="sent_again_in_doubt")
    return Outcome(attempt.pk, AttemptState.UNKNOWN, State.UNKNOWN, code="no_records")


def _unanswered(attempts: Sequence[Attempt], *, now: datetime) -> list[Outcome]:
    """The provider cannot be asked: this look-up does not count, and after a day the doubt stands."""
    return [
        Outcome(attempt.pk, AttemptState.UNKNOWN, State.UNKNOWN, code="provider_silent")
        for attempt in attempts
        if attempt.started_at < now - PATIENCE
    ]
