"""Things for staff."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts import tenancy
from accounts.models import User
from accounts.services import audit
from config.kernel.text import Sentence
from contacts.models import Contact
from notifications.engine.staff_sentences import SENTENCES
from notifications.models import Delivery, InboundEvent, StaffItem

LONGEST_VALUE = 150  # characters


def tell(
    kind: StaffItem.Reason,
    code: str,
    *,
    key: str,
    values: Mapping[str, str | date] | None = None,
    contact: Contact | None = None,
    delivery: Delivery | None = None,
    inbound: InboundEvent | None = None,
    times: int = 1,
) -> None:
    """Put a thing before the staff of the current organization; while it is open, a repetition only counts.

    `code` names one of `notifications.engine.staff_sentences`, `values` fill it: texts, sentences or days. Each reader
    sees it in their own language. Raises `KeyError` for a code or a value that is not there.
    """
    links = [getattr(row, "pk", None) for row in (contact, delivery, inbound)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_staffitem
                (organization_id, kind, code, "values", dedup_key, contact_id, delivery_id, inbound_id, count)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (organization_id, dedup_key) WHERE done_at IS NULL
            DO UPDATE SET count = notifications_staffitem.count + excluded.count, code = excluded.code,
                "values" = excluded."values"
            """,
            [tenancy.current(), kind, code, _as_json(code, values or {}), key[:100], *links, times],
        )


def _as_json(code: str, values: Mapping[str, str | date]) -> str:
    stored = {name: _stored(value) for name, value in values.items()}
    SENTENCES[code] % stored  # raises for a missing value: better here than where it is read
    return json.dumps(stored)


def _stored(value: str | date) -> Any:
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value.as_json() if isinstance(value, Sentence) else value.replace("\x00", "")[:LONGEST_VALUE]


def tell_of_deliveries(kind: StaffItem.Reason, delivery_ids: list[int], *, code: str) -> None:
    """Put one thing per delivery before its organization's staff, across organizations; set-based.

    The sentence of the code has the recipient as its value.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_staffitem
                (organization_id, kind, code, "values", dedup_key, contact_id, delivery_id, count)
            SELECT d.organization_id, %s, %s, jsonb_build_object('recipient', d.recipient), %s || ':' || d.id,
                   d.contact_id, d.id, 1
            FROM notifications_delivery d WHERE d.id = ANY(%s) ORDER BY d.id
            ON CONFLICT (organization_id, dedup_key) WHERE done_at IS NULL DO NOTHING
            """,
            [kind, code, kind, delivery_ids],
        )


def settle(keys: Collection[str], *, now: datetime) -> None:
    """Mark the open things with these keys as done, because what they asked for has been done."""
    StaffItem.objects.filter(dedup_key__in=keys, done_at=None).update(done_at=now)


def finish(item: StaffItem, *, by: User | None, now: datetime) -> None:
    """Mark a thing as done; a second time changes nothing."""
    if StaffItem.objects.filter(pk=item.pk, done_at=None).update(done_at=now, done_by=by):
        audit.record("finish", item, changed=["done_at", "done_by"])
