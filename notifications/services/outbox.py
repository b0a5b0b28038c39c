"""Put messages into the outbox, and cancel them while that is still possible."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.services import audit
from notifications.engine.states import ENDED_UNSENT, OPEN, UNDER_WAY, State
from notifications.errors import MessageNotRetryable, NoLongerUseful
from notifications.models import Delivery
from notifications.signals import deliveries_changed


@dataclass
class CancelResult:
    """What became of an attempt to stop messages, as ids of their origins."""

    cancelled: list[int] = field(default_factory=list)
    too_late: list[int] = field(default_factory=list)  # being sent, or sent perhaps


def put(**fields: Any) -> Delivery | None:
    """Plan one message; None when its `dedup_key` is there already."""
    fields.setdefault("next_attempt_at", fields["due_at"])
    rows = Delivery.objects.bulk_create([Delivery(**fields)], ignore_conflicts=True)
    # ON CONFLICT DO NOTHING tells no ids: read back what stands under the key.
    made = Delivery.objects.get(dedup_key=rows[0].dedup_key)
    return made if made.fence == 0 and made.state == State.SCHEDULED else None


def rewrite(delivery: Delivery, *, again: bool = False, **fields: Any) -> bool:
    """Give a message that can still be stopped other words, another recipient or another time; say whether it could.

    With `again` also one that ended without being sent, which waits anew. A worker that prepares it at this moment
    finds another version, and drops what it prepared.
    """
    fields.setdefault("next_attempt_at", fields.get("due_at", delivery.next_attempt_at))
    rows = Delivery.objects.filter(pk=delivery.pk, state__in=OPEN | ENDED_UNSENT if again else OPEN)
    waits = {"state": State.SCHEDULED, "reason": "", "detail": "", "claims": 0, "lease_until": None}
    return bool(rows.update(**fields, **waits, version=F("version") + 1))


def lock(origin: str, origin_ids: Iterable[int]) -> None:
    """Lock the messages of some origins that may still change, for who will stop them group by group afterwards."""
    list(_unfinished(origin, origin_ids))


@transaction.atomic
def cancel(origin: str, origin_ids: Iterable[int], *, reason: str) -> CancelResult:
    """Stop the messages of some origins in the current tenant.

    What is scheduled or being prepared will not leave once this commits. What is being sent is reported
    as too late. Rows are locked in the order of their ids, as every batch does.
    """
    rows = list(_unfinished(origin, origin_ids))
    open_rows = [row for row in rows if row.state in OPEN]
    ids = [row.pk for row in open_rows]
    if ids:
        Delivery.objects.filter(pk__in=ids).update(state=State.CANCELLED, reason=reason, lease_until=None)
        deliveries_changed.send(Delivery, delivery_ids=ids)
    return CancelResult(
        cancelled=[row.origin_id for row in open_rows],
        too_late=[row.origin_id for row in rows if row.state in UNDER_WAY],
    )


def _unfinished(origin: str, origin_ids: Iterable[int]) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(origin=origin, origin_id__in=list(origin_ids), state__in=OPEN | UNDER_WAY)
    return rows.order_by("pk").select_for_update(of=("self",)).only("pk", "origin_id", "state")


@transaction.atomic
def retry(delivery: Delivery, *, now: datetime) -> None:
    """Put a message that failed, was skipped or was set aside back into the queue."""
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if row.state not in ENDED_UNSENT:
        raise MessageNotRetryable
    if row.useful_until <= now:
        raise NoLongerUseful
    row.state, row.reason, row.detail = State.SCHEDULED, "", ""
    row.claims, row.next_attempt_at, row.lease_until = 0, now, None
    row.version += 1
    row.save(update_fields=["state", "reason", "detail", "claims", "next_attempt_at", "lease_until", "version"])
    audit.record("retry", row, changed=["state"])
    deliveries_changed.send(Delivery, delivery_ids=[row.pk])
