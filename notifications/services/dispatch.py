"""Send what is due, in batches: claim, prepare, write the intent, call the provider, record the outcome."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import tenancy
from config.kernel import clock
from notifications.engine.retry import Backoff, next_try
from notifications.engine.states import AttemptState, State
from notifications.errors import Ambiguous, DeliveryError, PermanentFailure, Suppressed
from notifications.models import Delivery, StaffItem
from notifications.providers.base import Outgoing
from notifications.services import (
    call_intents,
    claims,
    gateway_limits,
    message_preparation,
    outcomes,
    provider_calls,
    staff_items,
)
from notifications.services.call_intents import CallIntent, ReadyMessage
from notifications.services.claims import LeasedDelivery
from notifications.services.message_preparation import NotSendable, Postponed
from notifications.services.outcomes import Outcome
from notifications.services.provider_calls import CallResult
from notifications.signals import deliveries_changed

MOST_TRIES = 30

# Errors that say something about the gateway, not about the message: they feed the breaker.
GATEWAY_TROUBLE = frozenset({"unreachable", "credentials", "no_answer", "garbled_answer", "driver_error"})


@tenancy.system()
def run(*, seconds: float) -> int:
    """Send what is due until nothing is left or the time is up; returns how many were taken up."""
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        taken = claims.take(batch=settings.OUTBOX_BATCH)
        if not taken:
            break
        _work(taken)
        done += len(taken)
    return done


def _work(taken: Sequence[LeasedDelivery]) -> None:
    ready = _prepare(taken, now=clock.now())
    if not ready:
        return
    now = clock.now()
    written = call_intents.write(ready)
    results = provider_calls.call(written, now=now)
    _record(results, now=clock.now())


def _prepare(taken: Sequence[LeasedDelivery], *, now: datetime) -> list[ReadyMessage]:
    """Sort a batch into what leaves now and what does not; the latter is written down at once."""
    replies = message_preparation.reply_texts([leased.delivery for leased in taken])
    messages: list[tuple[LeasedDelivery, Outgoing]] = []
    put_off: list[tuple[LeasedDelivery, Postponed | NotSendable]] = []
    for leased in taken:
        prepared = message_preparation.prepare(leased.delivery, replies=replies, now=now)
        if isinstance(prepared, Outgoing):
            messages.append((leased, prepared))
        else:
            put_off.append((leased, prepared))
    ready, waiting = _permit(messages, now=now)
    release(put_off + waiting)
    return ready


def _permit(
    messages: list[tuple[LeasedDelivery, Outgoing]], *, now: datetime
) -> tuple[list[ReadyMessage], list[tuple[LeasedDelivery, Postponed | NotSendable]]]:
    """Give out what each gateway's account allows; the rest waits for its turn."""
    ready: list[ReadyMessage] = []
    waiting: list[tuple[LeasedDelivery, Postponed | NotSendable]] = []
    messages.sort(key=lambda pair: pair[0].gateway.pk)
    for gateway_id, group in groupby(messages, key=lambda pair: pair[0].gateway.pk):
        pairs = list(group)
        granted, free_at = gateway_limits.permits(gateway_id, len(pairs), now=now)
        ready += [ReadyMessage(leased, text, at) for (leased, text), at in zip(pairs, granted, strict=False)]
        step = gateway_limits.spacing(pairs[0][0].gateway)
        waiting += [
            (leased, Postponed(free_at + step * place, "rate_limit"))
            for place, (leased, _) in enumerate(pairs[len(granted) :])
        ]
    return ready, waiting


RELEASE = """
WITH input AS (
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS t(id, fence, state, reason, detail, next_attempt_at)
), locked AS MATERIALIZED (
    SELECT d.id FROM notifications_delivery d JOIN input i ON i.id = d.id
    WHERE d.state = 'leased' AND d.fence = i.fence ORDER BY d.id FOR UPDATE OF d
)
UPDATE notifications_delivery d
SET state = i.state, lease_until = NULL, claims = 0, reason = i.reason, detail = i.detail,
    next_attempt_at = coalesce(i.next_attempt_at, d.next_attempt_at)
FROM input i, locked l WHERE d.id = i.id AND d.id = l.id
RETURNING d.id, d.state
"""


@transaction.atomic
def release(put_off: Sequence[tuple[LeasedDelivery, Postponed | NotSendable]]) -> None:
    """Give back leased deliveries that do not leave now; those that never can are failed, and staff is told."""
    if not put_off:
        return
    with connection.cursor() as cursor:
        rows = [_released(leased, why) for leased, why in put_off]
        cursor.execute(RELEASE, [list(column) for column in zip(*rows, strict=True)])
        changed = cursor.fetchall()
    failed = [pk for pk, state in changed if state == State.FAILED]
    if failed:
        staff_items.tell_of_deliveries(StaffItem.Reason.FAILED, failed, code="not_sent")
        deliveries_changed.send(Delivery, delivery_ids=failed)


def _released(leased: LeasedDelivery, why: Postponed | NotSendable) -> tuple[object, ...]:
    if isinstance(why, NotSendable):
        return leased.delivery.pk, leased.fence, str(State.FAILED), why.reason, why.detail, None
    return leased.delivery.pk, leased.fence, str(State.SCHEDULED), why.reason, "", why.at


def _record(results: Sequence[CallResult], *, now: datetime) -> None:
    outcomes.apply([_outcome(result, now=now) for result in results])
    gateway_limits.note([_gateway_verdict(result) for result in results], now=now)


def _gateway_verdict(result: CallResult) -> tuple[int, bool]:
    gateway_id = result.intent.ready.leased.gateway.pk
    error = result.error
    return gateway_id, not (error and (error.code in GATEWAY_TROUBLE or error.code.startswith("http_5")))


def _outcome(result: CallResult, *, now: datetime) -> Outcome:
    intent, error = result.intent, result.error
    if error is None:
        return outcomes.accepted(intent.attempt_id, result.provider_id, now=now)
    said: dict[str, Any] = {"code": error.code, "detail": error.detail}
    match error:
        case Ambiguous():
            settle_at = now + timedelta(seconds=settings.OUTBOX_SETTLE)
            return Outcome(intent.attempt_id, AttemptState.IN_DOUBT, State.IN_DOUBT, settle_at=settle_at, **said)
        case Suppressed():
            return Outcome(intent.attempt_id, AttemptState.REFUSED, State.SUPPRESSED, **said)
        case PermanentFailure():
            return Outcome(intent.attempt_id, AttemptState.REFUSED, State.FAILED, **said)
        case _:
            return _again(intent, error, now=now)


def _again(intent: CallIntent, error: DeliveryError, *, now: datetime) -> Outcome:
    """Plan the next try inside the daily window; with none left the delivery has failed now, not later."""
    delivery = intent.ready.leased.delivery
    backoff = Backoff(settings.OUTBOX_RETRY_BASE, settings.OUTBOX_RETRY_CAP)
    tries = delivery.tries + 1
    wait = max(backoff.delay(tries), timedelta(seconds=error.retry_after))
    started = error.code != "not_started"
    if not started:
        # No provider was called: retry at once, then at growing intervals, until the message is of no use.
        wait = timedelta(seconds=delivery.tries)
    at = next_try(now, wait, window=message_preparation.window(delivery), useful_until=delivery.useful_until)
    if at is None or (started and tries >= MOST_TRIES):
        return Outcome(intent.attempt_id, AttemptState.REFUSED, State.FAILED, code=error.code, detail=error.detail)
    return Outcome(
        intent.attempt_id,
        AttemptState.REFUSED,
        State.SCHEDULED,
        code=error.code,
        detail=error.detail,
        next_attempt_at=at,
    )
