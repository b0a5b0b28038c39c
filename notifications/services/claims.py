"""T1: claim due deliveries, with a lease on the database clock and a fence."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from notifications import channels
from notifications.models import Delivery, Gateway

# Deliveries that were claimed by a worker that died are claimed in ever smaller batches, to isolate the cause.
SUSPECT_BATCHES = {1: 16, 2: 1}

# Fair: each tenant gives its nearest events first, and the tenants take turns.
CLAIM = """
WITH picked AS (
    SELECT mine.id
    FROM accounts_organization o
    CROSS JOIN LATERAL (
        SELECT due.id, due.useful_until, row_number() OVER (ORDER BY due.useful_until, due.id) AS turn
        FROM (
            SELECT d.id, d.useful_until
            FROM notifications_delivery d
            LEFT JOIN notifications_gateway g ON g.id = d.gateway_id
            WHERE d.organization_id = o.id AND d.state = 'scheduled' AND d.claims = %(claims)s
              AND d.next_attempt_at <= punctual_now() AND d.useful_until > punctual_now()
              AND (g.open_until IS NULL OR g.open_until <= punctual_now())
            ORDER BY d.useful_until
            LIMIT %(batch)s
            FOR UPDATE OF d SKIP LOCKED
        ) due
    ) mine
    ORDER BY mine.turn, mine.useful_until
    LIMIT %(batch)s
)
UPDATE notifications_delivery d
SET state = 'leased', lease_until = punctual_now() + make_interval(secs => %(lease)s), fence = d.fence + 1,
    claims = d.claims + 1
FROM picked WHERE d.id = picked.id
RETURNING d.id
"""


@dataclass(frozen=True)
class LeasedDelivery:
    """A leased delivery with the fence and the version under which it was taken."""

    delivery: Delivery
    fence: int
    version: int

    @property
    def gateway(self) -> Gateway:
        """The gateway it leaves through; only what has none fails before it is asked for."""
        if self.delivery.gateway is None:
            raise LookupError(self.delivery.pk)
        return self.delivery.gateway


def take(*, batch: int) -> list[LeasedDelivery]:
    """Lease up to `batch` due deliveries, fresh ones first; commits before it returns."""
    with transaction.atomic():
        ids = _claim(0, batch)
        for claims, most in SUSPECT_BATCHES.items():
            ids = ids or _claim(claims, most)
    related = ("organization", "gateway", *channels.content_fields())
    rows = Delivery.objects.unscoped().filter(pk__in=ids, state="leased").select_related(*related)
    return [LeasedDelivery(row, row.fence, row.version) for row in rows.order_by("useful_until", "pk")]


def _claim(claims: int, batch: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"claims": claims, "batch": batch, "lease": settings.OUTBOX_LEASE})
        return [pk for (pk,) in cursor.fetchall()]
