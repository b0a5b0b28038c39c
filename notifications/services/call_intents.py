"""T2: the intent to call, written before the call.

This is the linearisation point: a cancellation that committed earlier wins, a later one is too late.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from notifications.models import Delivery
from notifications.providers.base import Outgoing
from notifications.services.claims import LeasedDelivery
from notifications.signals import deliveries_changed


@dataclass(frozen=True)
class ReadyMessage:
    """A leased delivery with its text and the instant at which it may leave."""

    leased: LeasedDelivery
    message: Outgoing
    leave_at: datetime


@dataclass(frozen=True)
class CallIntent:
    """An attempt that is written down and may now be made."""

    attempt_id: int
    ready: ReadyMessage
    token: str


# The lock waits for a cancellation that is about to commit, and then sees it: the conditions are checked
# again on the newest version of the row.
WRITE = """
WITH input AS (
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
        AS t(id, fence, version, token_hash, body_hash, sender)
), locked AS MATERIALIZED (
    SELECT d.id FROM notifications_delivery d JOIN input i ON i.id = d.id
    WHERE d.state = 'leased' AND d.fence = i.fence AND d.version = i.version AND d.lease_until > punctual_now()
      AND NOT EXISTS (
        SELECT 1 FROM notifications_suppression s
        WHERE s.organization_id = d.organization_id AND s.channel = d.channel AND s.address = d.recipient
          AND s.lifted_at IS NULL)
    ORDER BY d.id FOR UPDATE OF d
), calling AS (
    UPDATE notifications_delivery d
    SET state = 'calling', claims = 0, tries = d.tries + 1, lease_until = punctual_now() + make_interval(secs => %s)
    FROM locked WHERE d.id = locked.id
    RETURNING d.id, d.organization_id, d.gateway_id, d.tries
)
INSERT INTO notifications_attempt (organization_id, delivery_id, gateway_id, number, state, token_hash, sender,
    body_hash, provider_id, error_code, error_detail, receipt_status, started_at, lookups)
SELECT c.organization_id, c.id, c.gateway_id, c.tries, 'calling', i.token_hash, i.sender, i.body_hash, '', '', '', '',
    punctual_now(), 0
FROM calling c JOIN input i ON i.id = c.id
RETURNING id, delivery_id
"""

# What T2 did not take: opted out meanwhile, changed meanwhile (prepare anew), or no longer ours (leave it).
GIVE_BACK = """
WITH input AS (SELECT * FROM unnest(%s::bigint[], %s::int[]) AS t(id, fence)),
verdict AS (
    SELECT d.id, EXISTS (
        SELECT 1 FROM notifications_suppression s
        WHERE s.organization_id = d.organization_id AND s.channel = d.channel AND s.address = d.recipient
          AND s.lifted_at IS NULL) AS suppressed
    FROM notifications_delivery d JOIN input i ON i.id = d.id
    WHERE d.state = 'leased' AND d.fence = i.fence ORDER BY d.id FOR UPDATE OF d
)
UPDATE notifications_delivery d
SET state = CASE WHEN v.suppressed THEN 'suppressed' ELSE 'scheduled' END, lease_until = NULL, claims = 0,
    reason = CASE WHEN v.suppressed THEN 'opted_out' ELSE d.reason END
FROM verdict v WHERE d.id = v.id
RETURNING d.id
"""


@transaction.atomic
def write(batch: Sequence[ReadyMessage]) -> list[CallIntent]:
    """Write down the attempts that may be made; those that lost a race are given back or suppressed."""
    by_id = {ready.leased.delivery.pk: ready for ready in batch}
    tokens = {pk: secrets.token_urlsafe(24) for pk in by_id}
    rows = [_row(ready, tokens[pk]) for pk, ready in by_id.items()]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [*(list(column) for column in zip(*rows, strict=True)), settings.OUTBOX_LEASE])
        taken = dict(cursor.fetchall())
        lost = [by_id[pk] for pk in by_id if pk not in taken.values()]
        returned = _give_back(cursor, lost) if lost else []
    changed = sorted([*taken.values(), *returned])
    if changed:
        deliveries_changed.send(Delivery, delivery_ids=changed)
    return [CallIntent(attempt_id, by_id[pk], tokens[pk]) for attempt_id, pk in taken.items()]


def _give_back(cursor: Any, lost: list[ReadyMessage]) -> list[int]:
    ids = [ready.leased.delivery.pk for ready in lost]
    cursor.execute(GIVE_BACK, [ids, [ready.leased.fence for ready in lost]])
    return [pk for (pk,) in cursor.fetchall()]


def _row(ready: ReadyMessage, token: str) -> tuple[object, ...]:
    leased, message = ready.leased, ready.message
    return (leased.delivery.pk, leased.fence, leased.version, hash_of(token), hash_of(message.text), message.sender)


def hash_of(text: str) -> str:
    """Return the SHA-256 of a token or a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
