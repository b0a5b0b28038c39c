"""E-mails about visits: written for the organization, and sent once through the outbox.

What waits follows its visit: other times give other words, a cancelled visit takes its messages back.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import connection, transaction

from accounts import tenancy
from accounts.services import audit
from appointments.engine.states import VisitStatus
from appointments.models import Appointment, AppointmentNotification
from appointments.services import notification_texts, visit_ical
from appointments.services.notification_texts import Sender
from calendars.models import CalendarUserProfile
from config.kernel import shapes
from notifications.engine.letters import MailContent
from notifications.engine.states import ENDED_UNSENT, OPEN, Channel, State
from notifications.models import Delivery, Gateway
from notifications.services import outbox

ORIGIN = "notification"
# Of one about a visit that has begun already.
USEFUL = timedelta(days=1)


class NotificationFields(TypedDict, total=False):
    """What a notification is given, or changed to."""

    appointment: Appointment
    recipient: str
    subject: str | None
    message: str | None
    send_notification: bool
    send_at: datetime | None
    org_phone: str | None
    org_name: str | None


@transaction.atomic
def create(*, now: datetime, **fields: Unpack[NotificationFields]) -> AppointmentNotification:
    """Make a notification; without a message, subject and message are written for it. With its flag it is sent."""
    shapes.check(fields, NotificationFields)
    row = AppointmentNotification(**fields)
    _write(row, now=now)
    row.save()
    audit.record("create", row)
    _send(row, now=now)
    return row


@tenancy.of_row
def change(
    row: AppointmentNotification, *, now: datetime, **fields: Unpack[NotificationFields]
) -> AppointmentNotification:
    """Change a notification, and with its flag send it, unless it was sent; one that failed is tried again."""
    shapes.check(fields, NotificationFields)
    stored = _lock(AppointmentNotification.objects.filter(pk=row.pk))[0]
    changed = [name for name, value in fields.items() if getattr(stored, name) != value]
    for name, value in fields.items():
        setattr(stored, name, value)
    if {"message", "subject"} & {*changed}:
        stored.is_generated = False
    _write(stored, now=now)
    stored.save(update_fields=[*fields, "subject", "message", "is_generated"])
    if changed:
        audit.record("update", stored, changed=changed)
    _send(stored, now=now, again=True)
    row.refresh_from_db()
    return row


def follow(event_ids: Iterable[int], *, now: datetime) -> None:
    """Let what waits to be sent about the visits of some events be as the visits are now."""
    rows = AppointmentNotification.objects.filter(
        appointment__event__in=list(event_ids), send_notification=True, sent_at=None
    )
    for row in _lock(rows):
        _write(row, now=now)
        row.save(update_fields=["subject", "message"])
        _send(row, now=now)


# The newest message of a notification speaks for it.
SYNC = """
UPDATE appointments_appointmentnotification n
SET state = d.state, reason = d.reason, sent_at = coalesce(n.sent_at, d.accepted_at)
FROM notifications_delivery d
WHERE d.id = ANY(%s) AND d.origin = %s AND n.id = d.origin_id AND n.organization_id = d.organization_id
    AND NOT EXISTS (
        SELECT FROM notifications_delivery newer
        WHERE newer.origin = d.origin AND newer.origin_id = d.origin_id AND newer.id > d.id)
"""


def sync(delivery_ids: list[int]) -> None:
    """Write down with notifications what became of their messages."""
    with connection.cursor() as cursor:
        cursor.execute(SYNC, [delivery_ids, ORIGIN])


def _lock(rows: Any) -> list[AppointmentNotification]:
    related = ("organization", "appointment__event", "appointment__contact", "appointment__clinic")
    return list(rows.select_related(*related).select_for_update(of=("self",)).order_by("pk"))


def _write(row: AppointmentNotification, *, now: datetime) -> None:
    """Write what nobody wrote: the message with its subject, or a subject alone."""
    row.is_generated = row.is_generated or not (row.message or "").strip()
    if row.sent_at or not (row.is_generated or not (row.subject or "").strip()):
        return
    text = notification_texts.write(row.appointment, sender=_sender(row), at=max(row.send_at or now, now))
    row.subject = text.subject
    if row.is_generated:
        row.message = text.message


def _sender(row: AppointmentNotification) -> Sender:
    visit = row.appointment
    return Sender(row.org_name or visit.organization.name, row.org_phone or visit.clinic.phone)


def _send(row: AppointmentNotification, *, now: datetime, again: bool = False) -> None:
    """Bring the message in the outbox to what the notification says; `again` tries once more what failed."""
    known = Delivery.objects.filter(origin=ORIGIN, origin_id=row.pk)
    latest = known.select_for_update(of=("self",)).order_by("-pk").first()
    state = latest.state if latest else State.CANCELLED
    is_wanted = row.send_notification and row.sent_at is None
    if is_wanted and row.appointment.status == VisitStatus.CANCELLED:
        outbox.cancel(ORIGIN, [row.pk], reason="visit_cancelled")
    elif not is_wanted:
        outbox.cancel(ORIGIN, [row.pk], reason="notification_off")
    elif latest and (state in OPEN or again and state in ENDED_UNSENT):
        outbox.rewrite(latest, again=again, **_message(row, now=now))
    elif state == State.CANCELLED:
        outbox.put(**_message(row, now=now), **_origin(row), dedup_key=f"{ORIGIN}:{row.pk}:{known.count()}")
    sync(list(known.order_by("-pk").values_list("pk", flat=True)[:1]))
    row.refresh_from_db(fields=["state", "reason", "sent_at"])


def _origin(row: AppointmentNotification) -> dict[str, Any]:
    visit = row.appointment
    return {
        "channel": Channel.EMAIL,
        "origin": ORIGIN,
        "origin_id": row.pk,
        "topic": f"event:{visit.event_id}",
        "language": visit.organization.language,
    }


def _message(row: AppointmentNotification, *, now: datetime) -> dict[str, Any]:
    """Return what a delivery says, to whom, when and through what."""
    visit = row.appointment
    due_at = max(row.send_at or now, now)
    letter = MailContent(
        subject=row.subject or "", text=row.message or "", from_name=_sender(row).name, calendar=visit_ical.of(visit)
    )
    return {
        "recipient": row.recipient,
        "contact": visit.contact,
        "gateway": _gateway(visit),
        "values": letter.as_values(),
        "due_at": due_at,
        "next_attempt_at": due_at,
        "useful_until": visit.starts_at if visit.starts_at > due_at else due_at + USEFUL,
    }


def _gateway(visit: Appointment) -> Gateway | None:
    """Return through what mail about a visit leaves: the gateway of its calendar user, else the first active one."""
    profile = CalendarUserProfile.objects.select_related("calendar_setting__mail_gateway")
    own = profile.filter(user=visit.event.creator_id).first()
    if own and own.calendar_setting.mail_gateway:
        return own.calendar_setting.mail_gateway
    active = Gateway.objects.filter(channel=Channel.EMAIL, status=Gateway.Status.ACTIVE)
    return active.order_by("pk").first()
