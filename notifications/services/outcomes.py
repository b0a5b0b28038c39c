"""T3: record what became of attempts, in one statement for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from notifications.engine.states import AttemptState, State
from notifications.models import Delivery, StaffItem
from notifications.services import staff_items
from notifications.signals import deliveries_changed


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt, and what follows for its delivery."""

    attempt_id: int
    attempt: AttemptState
    delivery: State
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    next_attempt_at: datetime | None = None
    settle_at: datetime | None = None


def accepted(attempt_id: int, provider_id: str, *, now: datetime) -> Outcome:
    """Return the outcome of an accepted message; when its receipts stay out, the provider is asked after a while."""
    patience = now + timedelta(seconds=settings.OUTBOX_RECEIPT_PATIENCE)
    return Outcome(attempt_id, AttemptState.ACCEPTED, State.ACCEPTED, provider_id=provider_id, settle_at=patience)


# Deliveries are locked first and in order, as every batch does; only what is still open is changed,
# so a worker that was stopped and comes back late changes nothing that was settled meanwhile.
APPLY = """
WITH input AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[], %s::timestamptz[])
        AS t(attempt_id, attempt_state, delivery_state, provider_id, code, detail, next_attempt_at, settle_at)
), locked AS MATERIALIZED (
    SELECT d.id FROM notifications_delivery d
    WHERE d.id IN (SELECT a.delivery_id FROM notifications_attempt a JOIN input i ON i.attempt_id = a.id)
    ORDER BY d.id FOR UPDATE
), tried AS (
    UPDATE notifications_attempt a
    SET state = i.attempt_state, error_code = i.code, error_detail = i.detail, settle_at = i.settle_at,
        lookups = CASE WHEN i.attempt_state = 'accepted' THEN 0 ELSE a.lookups END,
        provider_id = CASE WHEN i.provider_id = '' THEN a.provider_id ELSE i.provider_id END,
        finished_at = CASE WHEN i.attempt_state = 'in_doubt' THEN NULL ELSE punctual_now() END
    FROM input i, locked l
    WHERE a.id = i.attempt_id AND a.delivery_id = l.id AND a.state IN ('calling', 'in_doubt')
    RETURNING a.delivery_id, i.delivery_state, i.code, i.detail, i.next_attempt_at
)
UPDATE notifications_delivery d
SET state = t.delivery_state, lease_until = NULL,
    reason = CASE WHEN t.delivery_state = 'accepted' THEN '' ELSE t.code END,
    detail = CASE WHEN t.delivery_state = 'accepted' THEN '' ELSE t.detail END,
    accepted_at = CASE WHEN t.delivery_state = 'accepted' THEN punctual_now() ELSE d.accepted_at END,
    next_attempt_at = coalesce(t.next_attempt_at, d.next_attempt_at)
FROM tried t WHERE d.id = t.delivery_id AND d.state IN ('calling', 'in_doubt')
RETURNING d.id, d.state
"""

SUPPRESS = """
INSERT INTO notifications_suppression (organization_id, channel, address, reason)
SELECT DISTINCT d.organization_id, d.channel, d.recipient, 'provider'
FROM notifications_delivery d WHERE d.id = ANY(%s)
ON CONFLICT (organization_id, channel, address) WHERE lifted_at IS NULL DO NOTHING
"""

TOLD = {
    State.FAILED: (StaffItem.Reason.FAILED, "not_sent"),
    State.UNKNOWN: (StaffItem.Reason.DOUBT, "arrival_unknown"),
    State.SUPPRESSED: (StaffItem.Reason.OPT_OUT, "refused_opted_out"),
}


def apply(outcomes: Sequence[Outcome]) -> list[int]:
    """Write outcomes down and tell the apps above; returns the ids of the deliveries that changed."""
    if not outcomes:
        return []
    try:
        return _apply(outcomes)
    except IntegrityError:
        # A provider gave one id to two messages: keep the others, and drop the id of the second.
        changed: list[int] = []
        for outcome in outcomes:
            changed += _apply_alone(outcome)
        return changed


def _apply_alone(outcome: Outcome) -> list[int]:
    try:
        return _apply([outcome])
    except IntegrityError:
        detail = f"The provider used the id {outcome.provider_id} twice."
        return _apply([Outcome(outcome.attempt_id, outcome.attempt, outcome.delivery, detail=detail)])


@transaction.atomic
def _apply(outcomes: Sequence[Outcome]) -> list[int]:
    columns = zip(*(_row(outcome) for outcome in outcomes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(APPLY, [list(column) for column in columns])
        changed = [(pk, State(state)) for pk, state in cursor.fetchall()]
        suppressed = [pk for pk, state in changed if state == State.SUPPRESSED]
        if suppressed:
            cursor.execute(SUPPRESS, [suppressed])
    ids = sorted(pk for pk, _ in changed)
    for state, (kind, code) in TOLD.items():
        concerned = [pk for pk, now_in in changed if now_in == state]
        if concerned:
            staff_items.tell_of_deliveries(kind, concerned, code=code)
    if ids:
        deliveries_changed.send(Delivery, delivery_ids=ids)
    return ids


def _row(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.attempt_id,
        str(outcome.attempt),
        str(outcome.delivery),
        outcome.provider_id[:200],
        outcome.code[:40],
        outcome.detail.replace("\x00", "")[:300],
        outcome.next_attempt_at,
        outcome.settle_at,
    )
