"""Things for staff."""

from datetime import datetime

from django.db import connection

from accounts import tenancy
from accounts.models import User
from accounts.services import audit
from contacts.models import Contact
from notifications.models import Delivery, InboundEvent, StaffItem


def tell(
    kind: StaffItem.Kind,
    summary: str,
    *,
    key: str,
    contact: Contact | None = None,
    delivery: Delivery | None = None,
    inbound: InboundEvent | None = None,
    times: int = 1,
) -> None:
    """Put a thing before the staff of the current organization; while it is open, a repetition only counts."""
    _insert(kind, summary, key, [getattr(row, "pk", None) for row in (contact, delivery, inbound)], times)


def _insert(kind: StaffItem.Kind, summary: str, key: str, links: list[int | None], times: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_staffitem
                (organization_id, kind, summary, dedup_key, contact_id, delivery_id, inbound_id, count)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (organization_id, dedup_key) WHERE done_at IS NULL
            DO UPDATE SET count = notifications_staffitem.count + excluded.count, summary = excluded.summary
            """,
            [tenancy.current(), kind, summary[:300], key[:100], *links, times],
        )


def tell_of_deliveries(kind: StaffItem.Kind, delivery_ids: list[int], *, words: str) -> None:
    """Put one thing per delivery before its organization's staff, across organizations; set-based."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_staffitem
                (organization_id, kind, summary, dedup_key, contact_id, delivery_id, count)
            SELECT d.organization_id, %s, left(%s || ' (' || d.recipient || ')', 300), %s || ':' || d.id,
                   d.contact_id, d.id, 1
            FROM notifications_delivery d WHERE d.id = ANY(%s) ORDER BY d.id
            ON CONFLICT (organization_id, dedup_key) WHERE done_at IS NULL DO NOTHING
            """,
            [kind, words, kind, delivery_ids],
        )


def finish(item: StaffItem, *, by: User | None, now: datetime) -> None:
    """Mark a thing as done; a second time changes nothing."""
    if StaffItem.objects.filter(pk=item.pk, done_at=None).update(done_at=now, done_by=by):
        audit.record("finish", item, changed=["done_at", "done_by"])
