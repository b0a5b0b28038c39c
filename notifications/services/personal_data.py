"""Export, erase and clean up what deliveries and inbound events hold about one person."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat, Least

from contacts.errors import MessageUnderWay
from contacts.models import RetentionPolicy
from contacts.services import admin_log, personal_data_export
from contacts.services.personal_data_export import DataSubject, ExportTable
from notifications import channels
from notifications.engine.states import OPEN, UNDER_WAY, State
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem, Suppression
from notifications.services import message_preparation
from notifications.signals import deliveries_changed

DELIVERY = (
    "id channel recipient sender language state reason detail origin topic tries due_at useful_until created_at "
    "accepted_at delivered_at"
)
ATTEMPT = "id delivery_id number state sender provider_id error_code error_detail receipt_status started_at finished_at"
INBOUND = "id kind received_at sender recipient text intent outcome delivery_id attempt_id receipt raw"
STAFF = "id kind code values count created_at done_at delivery_id inbound_id"
SUPPRESSION = "id channel address reason created_at lifted_at"


def deliveries(person: DataSubject) -> QuerySet[Delivery]:
    """Messages to a person: those that name the contact, and those to an address that is nobody else's."""
    return Delivery.objects.filter(Q(contact=person.contact) | Q(contact=None, recipient__in=person.own))


def inbound(person: DataSubject, sent: list[int]) -> QuerySet[InboundEvent]:
    """What came in about a person's messages, and from numbers that are nobody else's."""
    loose = Q(delivery=None, attempt=None)
    found = Q(delivery__in=sent) | Q(attempt__delivery__in=sent) | loose & Q(sender__in=person.own)
    # What could not be read has no sender; providers write numbers with and without the plus.
    for address in person.own:
        found |= loose & Q(outcome="unreadable", raw__contains=address.removeprefix("+"))
    return InboundEvent.objects.filter(found)


def staff_items(person: DataSubject, sent: list[int], received: list[int]) -> QuerySet[StaffItem]:
    """Things for staff that name a person, or a message to or from them."""
    nobody = Q(contact=None) & (Q(delivery__in=sent) | Q(inbound__in=received))
    return StaffItem.objects.filter(Q(contact=person.contact) | nobody)


def tables(person: DataSubject) -> list[ExportTable]:
    """Return what is held about a person."""
    rows, sent = deliveries(person), _ids(deliveries(person))
    received = _ids(inbound(person, sent))
    return [
        _messages(rows),
        personal_data_export.table("attempts", Attempt.objects.filter(delivery__in=sent), ATTEMPT),
        personal_data_export.table("inbound", InboundEvent.objects.filter(pk__in=received), INBOUND),
        personal_data_export.table(
            "suppressions", Suppression.objects.filter(address__in=person.addresses), SUPPRESSION
        ),
        personal_data_export.table("things_for_staff", staff_items(person, sent, received), STAFF),
    ]


def _messages(rows: QuerySet[Delivery]) -> ExportTable:
    """Return messages with their values, and what these make of the text as it stands today."""
    found = personal_data_export.table("deliveries", rows, f"{DELIVERY} values")
    related = ("organization", "gateway", *channels.content_fields())
    whole = {row.pk: row for row in rows.select_related(*related)}
    replies = message_preparation.reply_texts(list(whole.values()))
    texts = [_text(whole[row["id"]], replies) for row in found.rows]
    full = [{**row, **text} for row, text in zip(found.rows, texts, strict=True)]
    return ExportTable(found.name, [*found.columns, "subject", "text"], full)


def _text(row: Delivery, replies: dict[tuple[int, str, str], str]) -> dict[str, str]:
    # An empty record was cleaned up, or erased: the words are gone, and the bare template says nothing of anybody.
    is_kept = bool(row.values or row.wording)
    message = message_preparation.message(row, row.gateway, replies) if row.gateway and is_kept else None
    return {"subject": message.subject if message else "", "text": message.text if message else ""}


def erase(person: DataSubject, token: str, *, now: datetime) -> dict[str, int]:
    """Stop what waits, and blank everything that tells who a person was; returns rows by table.

    Raises `MessageUnderWay`: a doubt is settled by asking the provider for the recipient, so it must stay until then.
    """
    # In the order of ids, as every batch locks them.
    locked = list(deliveries(person).order_by("pk").select_for_update(of=("self",)).values_list("pk", "state"))
    if any(state in UNDER_WAY for _, state in locked):
        raise MessageUnderWay
    sent = [pk for pk, _ in locked]
    _stop([pk for pk, state in locked if state in OPEN])
    received = _ids(inbound(person, sent))
    counts = {
        "deliveries": _blank_deliveries(sent, token, now),
        "attempts": Attempt.objects.filter(delivery__in=sent).update(body_hash="", error_detail=""),
        "inbound": _blank_inbound(received, token, now),
        "things_for_staff": _blank_staff_items(staff_items(person, sent, received), now),
    }
    for rows in (Delivery.objects.filter(pk__in=sent), InboundEvent.objects.filter(pk__in=received)):
        admin_log.anonymise_entries(rows)
    return counts


def _stop(ids: list[int]) -> None:
    if ids:
        Delivery.objects.filter(pk__in=ids).update(state=State.CANCELLED, reason="contact_erased", lease_until=None)
        deliveries_changed.send(Delivery, delivery_ids=ids)


def _blank_deliveries(ids: list[int], token: str, now: datetime) -> int:
    """Without use from now on, so that nobody sends one again."""
    rows = Delivery.objects.filter(pk__in=ids)
    return rows.update(recipient=token, values={}, detail="", useful_until=Least(F("useful_until"), Value(now)))


def _blank_inbound(ids: list[int], token: str, now: datetime) -> int:
    rows = InboundEvent.objects.filter(pk__in=ids)
    messages = rows.filter(kind=InboundEvent.Content.MESSAGE)
    messages.filter(processed_at=None).update(processed_at=now, outcome="erased")
    messages.exclude(sender="").update(sender=token)
    # A receipt that waits is still needed; it is blanked by night.
    return rows.exclude(processed_at=None).update(raw="", text="")


def _blank_staff_items(rows: QuerySet[StaffItem], now: datetime) -> int:
    admin_log.anonymise_entries(rows)
    rows.filter(done_at=None).update(done_at=now)
    key = Concat(Value("erased:"), Cast("pk", CharField()))
    return rows.update(code="erased", values={}, dedup_key=key)


def clean(policy: RetentionPolicy, *, now: datetime, limit: int) -> int:
    """Clean up at most so many rows of each class that were kept long enough; returns how many."""
    done = 0
    if policy.text_days:
        done += _clean_texts(now - timedelta(days=policy.text_days), now=now, limit=limit)
    if policy.raw_days:
        received = _processed(now - timedelta(days=policy.raw_days)).exclude(raw="")
        done += InboundEvent.objects.filter(pk__in=_some(received, limit)).update(raw="")
    if policy.staff_item_days:
        items = StaffItem.objects.filter(done_at__lt=now - timedelta(days=policy.staff_item_days))
        done += StaffItem.objects.filter(pk__in=_some(items, limit)).delete()[0]
    return done


def _clean_texts(before: datetime, *, now: datetime, limit: int) -> int:
    ended = Delivery.objects.exclude(state__in=OPEN | UNDER_WAY).filter(useful_until__lt=before)
    # While a patient may answer, it must be known which time a message told.
    silent = ended.filter(Q(answerable_until=None) | Q(answerable_until__lt=now)).exclude(values={}, detail="")
    sent = _some(silent, limit)
    Attempt.objects.filter(delivery__in=sent).exclude(error_detail="").update(error_detail="")
    received = _some(_processed(before).exclude(text=""), limit)
    said = Delivery.objects.filter(pk__in=sent).update(values={}, detail="")
    return said + InboundEvent.objects.filter(pk__in=received).update(text="", raw="")


def _processed(before: datetime) -> QuerySet[InboundEvent]:
    return InboundEvent.objects.filter(received_at__lt=before, processed_at__isnull=False)


def _some(rows: QuerySet[Any], limit: int) -> list[int]:
    """Lock some rows that nobody holds; the others are for the next batch."""
    return list(
        rows.order_by("pk").select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit]
    )


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))
