"""Visits: their time lives here, and their event in a calendar is kept the same in one transaction."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Clinic
from accounts.services import audit
from appointments.engine import states
from appointments.engine.states import Status
from appointments.errors import ExternalIdTaken, IllegalStatus, NoClinic, NoCreator, VisitHasTime
from appointments.models import Appointment
from calendars.engine.states import TimeKind
from calendars.models import Calendar, CalendarUser, Event
from calendars.services import events, locking
from contacts.models import Contact

OF_CHILDREN = """
INSERT INTO appointments_appointment
    (organization_id, clinic_id, contact_id, event_id, starts_at, ends_at, status, title, external_id)
SELECT a.organization_id, a.clinic_id, a.contact_id, e.id, e.start, e."end",
    CASE WHEN e.cancelled_at IS NULL THEN %s ELSE %s END, a.title, ''
FROM calendars_event e
JOIN appointments_appointment a ON a.event_id = e.parent_event_id
WHERE e.id = ANY(%s)
ORDER BY e.id
ON CONFLICT (event_id) DO NOTHING
"""


@transaction.atomic
def book(
    *,
    contact: Contact,
    calendar: Calendar,
    starts_at: datetime,
    ends_at: datetime | None = None,
    now: datetime,
    clinic: Clinic | None = None,
    external_id: str = "",
    **fields: Any,
) -> Appointment:
    """Book a visit and its event; naive times are wall-clock times of the event's zone.

    `title`, `creator` (else the calendar's user), `time_zone`, `rule`, `recurrence`, `end_recurring_period`,
    `description`, `data` and `uid` go to the event; a series gets an appointment for each occurrence.
    """
    if external_id and Appointment.objects.filter(external_id=external_id).exists():
        raise ExternalIdTaken(field="external_id")
    place, creator = _place(calendar, clinic), _creator(calendar, fields.pop("creator", None))
    title = fields.pop("title", "")
    fields["time_zone"] = fields.get("time_zone") or ("" if calendar.time_zone else place.time_zone)
    event = events.create(
        calendar=calendar,
        creator=creator,
        title=title or "Appointment",
        start=starts_at,
        end=ends_at,
        now=now,
        contact=contact,
        **fields,
    )
    if event.kind != TimeKind.TIMED:
        _refuse(event)
    made = Appointment.objects.create(
        clinic=place,
        contact=contact,
        event=event,
        starts_at=event.start,
        ends_at=event.end,
        title=title,
        external_id=external_id,
        status=Status.CANCELLED if event.cancelled_at else Status.SCHEDULED,
    )
    # The first children of a series were made before there was an appointment to copy.
    occur(list(event.children.values_list("pk", flat=True)))
    return made


def _refuse(event: Event) -> None:
    raise VisitHasTime(field="all_day" if event.all_day else "floating")


def _place(calendar: Calendar, clinic: Clinic | None) -> Clinic:
    place = clinic or calendar.clinic or Clinic.objects.filter(is_default=True).first()
    if place is None:
        raise NoClinic(field="clinic")
    return place


def _creator(calendar: Calendar, creator: CalendarUser | None) -> CalendarUser:
    found = creator or calendar.user
    if found is None:
        raise NoCreator(field="creator")
    return found


@locking.of_row
def move(
    appointment: Appointment, *, starts_at: datetime, now: datetime, ends_at: datetime | None = None
) -> Appointment:
    """Move this one visit (without an end it keeps its length) and with it its event, alarms and messages."""
    row = _lock(appointment)
    if row.status == Status.CANCELLED:
        raise IllegalStatus("A cancelled visit cannot be moved; book a new one.")
    end = ends_at or starts_at + (row.ends_at - row.starts_at)
    events.change(row.event, now=now, start=starts_at, end=end, whole_series=False)
    appointment.refresh_from_db()
    return appointment


@locking.of_row
def cancel(appointment: Appointment, *, reason: str, now: datetime) -> Appointment:
    """Cancel this one visit with its event, and stop its messages; a second time changes nothing."""
    row = _lock(appointment)
    _check(row, Status.CANCELLED)
    events.cancel(row.event, reason=reason, now=now, whole_series=False)
    _save(row, Status.CANCELLED)
    audit.record("cancel", row, changed=["status"], status=Status.CANCELLED)
    appointment.refresh_from_db()
    return appointment


def confirm(appointment: Appointment, *, now: datetime) -> Appointment:
    """Note that the patient will come; a second time changes nothing."""
    return set_status(appointment, status=Status.CONFIRMED, now=now)


@locking.of_row
def set_status(appointment: Appointment, *, status: str, now: datetime) -> Appointment:
    """Bring a visit into another status; raises `IllegalStatus` where no way leads there."""
    if status == Status.CANCELLED:
        return cancel(appointment, reason="cancelled", now=now)
    row = _lock(appointment)
    _check(row, status)
    _save(row, Status(status))
    audit.record("confirm" if status == Status.CONFIRMED else "set_status", row, changed=["status"], status=status)
    appointment.refresh_from_db()
    return appointment


def occur(event_ids: list[int]) -> None:
    """Make the appointments of new occurrences of series whose root has one; set-based, safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(OF_CHILDREN, [Status.SCHEDULED, Status.CANCELLED, event_ids])


def take_times(event: Event, *, keeps_answer: bool = False) -> None:
    """Let an appointment follow its event, which moved; what was confirmed was the old time, unless told otherwise."""
    rows = Appointment.objects.filter(event=event)
    if event.kind != TimeKind.TIMED and rows.exists():
        _refuse(event)
    if not keeps_answer:
        rows.filter(status=Status.CONFIRMED).update(status=Status.SCHEDULED, answered_at=None)
    rows.update(starts_at=event.start, ends_at=event.end)


def take_cancellation(event: Event) -> None:
    """Let an appointment follow its event, which was cancelled, unless the visit is over."""
    open_ones = Appointment.objects.filter(event=event, status__in=[Status.SCHEDULED, Status.CONFIRMED])
    open_ones.update(status=Status.CANCELLED)


def take_closures(moved: list[Event], skipped: list[Event], restored: list[Event]) -> None:
    """Let appointments follow events that closures moved, skipped or gave back; set-based."""
    event = Event.objects.filter(pk=OuterRef("event_id"))
    rows = Appointment.objects.filter(event__in=moved)
    rows.filter(status=Status.CONFIRMED).update(status=Status.SCHEDULED, answered_at=None)
    rows.update(starts_at=Subquery(event.values("start")), ends_at=Subquery(event.values("end")))
    standing = Appointment.objects.filter(event__in=skipped, status__in=[Status.SCHEDULED, Status.CONFIRMED])
    standing.update(status=Status.CANCELLED)
    Appointment.objects.filter(event__in=restored, status=Status.CANCELLED).update(status=Status.SCHEDULED)


def take_answer(event: Event, *, confirmed: bool, now: datetime) -> None:
    """Note a patient's answer; a no is followed by the event's cancellation."""
    rows = Appointment.objects.filter(event=event)
    rows.update(answered_at=now)
    with audit.acting_as_patient(event.contact_id):
        audit.record("confirm" if confirmed else "decline", event)
    if confirmed:
        rows.filter(status=Status.SCHEDULED).update(status=Status.CONFIRMED)


def _lock(appointment: Appointment) -> Appointment:
    # The event comes first in the order of locks, as everywhere.
    locking.lock(appointment.event_id)
    return Appointment.objects.select_for_update(of=("self",)).select_related("event").get(pk=appointment.pk)


def _check(row: Appointment, status: str) -> None:
    if status not in tuple(Status) or not states.legal(row.status, status):
        raise IllegalStatus(f"A visit that is {row.status} cannot become {status}.", field="status")


def _save(row: Appointment, status: Status) -> None:
    Appointment.objects.filter(pk=row.pk).update(status=status)
