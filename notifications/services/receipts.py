"""Merge receipts into attempts by rank, never by the order in which they arrive."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from config.kernel import clock
from notifications.engine.states import AttemptState, State
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem
from notifications.providers.pushed_events import Progress, Receipt
from notifications.services import outcomes, staff_items
from notifications.signals import deliveries_changed

OPEN_ATTEMPTS = (AttemptState.CALLING, AttemptState.IN_DOUBT)
GIVEN_UP = (AttemptState.ABSENT, AttemptState.UNKNOWN)
EARLY = timedelta(minutes=2)  # how long a receipt waits for the call that is about to tell its provider id

# It arrived after all: what waits to be sent again need not leave.
REVIVE = """
UPDATE notifications_delivery
SET state = 'accepted', reason = '', detail = '', lease_until = NULL, accepted_at = punctual_now()
WHERE id = %s AND state IN ('scheduled', 'leased', 'unknown')
RETURNING id
"""

# Forward only; and a delivery whose later attempt is under way is not touched by an earlier one's receipt.
ADVANCE = """
UPDATE notifications_delivery d
SET state = %(state)s, reason = %(reason)s, detail = %(detail)s,
    accepted_at = coalesce(d.accepted_at, punctual_now()),
    delivered_at = CASE WHEN %(state)s = 'delivered' THEN punctual_now() ELSE d.delivered_at END
WHERE d.id = %(id)s AND d.state = ANY(%(before)s)
  AND (%(state)s = 'delivered' OR NOT EXISTS (
    SELECT 1 FROM notifications_attempt later WHERE later.delivery_id = d.id AND later.number > %(number)s))
RETURNING d.id
"""


def merge(event: InboundEvent, *, now: datetime) -> str | None:
    """Apply a stored receipt, and return the outcome's code; None while its attempt may still become known.

    A receipt without a token names its attempt by the provider's id, and may come before the answer of the call
    that tells us this id.
    """
    receipt = Receipt(**{**event.receipt, "progress": Progress(event.receipt["progress"])})
    event.attempt = event.attempt or _by_provider_id(event, receipt.provider_id)
    if event.attempt is None:
        return None if now - event.received_at < EARLY else "no_attempt"
    return apply(event.attempt.pk, receipt)


def _by_provider_id(event: InboundEvent, provider_id: str) -> Attempt | None:
    if not provider_id:
        return None
    return Attempt.objects.filter(gateway=event.gateway_id, provider_id=provider_id).first()


@transaction.atomic
def apply(attempt_id: int, receipt: Receipt) -> str:
    """Let a provider's word on an attempt count (current tenant), and return what it said."""
    # Lock order as everywhere: the delivery first.
    list(Delivery.objects.select_for_update().filter(attempts__pk=attempt_id).values_list("pk"))
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    _accept(attempt, receipt)
    return _advance(attempt, receipt)


def _accept(attempt: Attempt, receipt: Receipt) -> None:
    """A receipt under an attempt's own address proves that the provider took it, even if its answer was lost."""
    if attempt.state in OPEN_ATTEMPTS:
        outcomes.apply([outcomes.accepted(attempt.pk, receipt.provider_id, now=clock.now())])
        attempt.refresh_from_db()
    elif attempt.state in GIVEN_UP:
        _revive(attempt, receipt)
    attempt.receipt_status = f"{receipt.status} {receipt.code}".strip()[:60]
    attempt.save(update_fields=["receipt_status"])


def _revive(attempt: Attempt, receipt: Receipt) -> None:
    """Take a try for accepted that was given up; staff is told when the next one has left already."""
    attempt.state, attempt.provider_id = AttemptState.ACCEPTED, receipt.provider_id[:200]
    attempt.save(update_fields=["state", "provider_id"])
    with connection.cursor() as cursor:
        cursor.execute(REVIVE, [attempt.delivery_id])
        revived = [pk for (pk,) in cursor.fetchall()]
    if not revived and Attempt.objects.filter(delivery=attempt.delivery_id, number__gt=attempt.number).exists():
        staff_items.tell_of_deliveries(StaffItem.Reason.DOUBT, [attempt.delivery_id], code="sent_twice")
    deliveries_changed.send(Delivery, delivery_ids=[attempt.delivery_id])


def _advance(attempt: Attempt, receipt: Receipt) -> str:
    match receipt.progress:
        case Progress.DELIVERED:
            return _settle(attempt, State.DELIVERED, AttemptState.DELIVERED, receipt)
        case Progress.UNDELIVERED if attempt.state != AttemptState.DELIVERED:
            return _settle(attempt, State.UNDELIVERED, AttemptState.UNDELIVERED, receipt)
        case _:
            return str(receipt.progress)


def _settle(attempt: Attempt, state: State, attempt_state: AttemptState, receipt: Receipt) -> str:
    attempt.state = attempt_state
    attempt.save(update_fields=["state"])
    before = [State.ACCEPTED, State.UNKNOWN] + ([State.UNDELIVERED] if state == State.DELIVERED else [])
    bad = state == State.UNDELIVERED
    with connection.cursor() as cursor:
        cursor.execute(
            ADVANCE,
            {
                "id": attempt.delivery_id,
                "number": attempt.number,
                "state": str(state),
                "before": [str(one) for one in before],
                "reason": "undelivered" if bad else "",
                "detail": attempt.receipt_status if bad else "",
            },
        )
        changed = [pk for (pk,) in cursor.fetchall()]
    if changed:
        if bad:
            staff_items.tell_of_deliveries(StaffItem.Reason.FAILED, changed, code="not_delivered")
        deliveries_changed.send(Delivery, delivery_ids=changed)
    return str(receipt.progress)
