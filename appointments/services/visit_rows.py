"""The rows of visits: all changes are written here, set-based, and raise the number of changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from accounts.services import audit
from appointments.engine.states import CERTAIN, OF_ITS_TIME, OPEN, VisitStatus
from appointments.errors import VisitHasTime
from appointments.models import Appointment
from appointments.services import visit_history
from calendars.engine.states import TimeKind
from calendars.models import Alarm, Event
from calendars.services.alarms import planned_alarms
from config.kernel import bulk_sql

# What the event of a visit without a title is called.
UNTITLED = "Appointment"
# What the visits of a series begin with: what the first one has, unless it alone was given something else.
# The columns of these fields.
OF_FIRST = {
    "clinic": "clinic_id",
    "provider": "provider_id",
    "operatory": "operatory_id",
    "appointment_type": "appointment_type_id",
    "owner_uuid": "owner_uuid",
    "type_names": "type_names",
    "address": "address",
    "siteprofile_uuid": "siteprofile_uuid",
    "named_contact_uuid": "named_contact_uuid",
    "invitee_uuids": "invitee_uuids",
    "workflowlevel2_uuids": "workflowlevel2_uuids",
    "summary": "summary",
}
OF_FIRST_VALUES = ", ".join(bulk_sql.noted_value(Appointment, name, of="a", notes="series_fields") for name in OF_FIRST)
INSERT_OF_OCCURRENCES = f"""
INSERT INTO appointments_appointment
    (organization_id, contact_id, event_id, starts_at, ends_at, status, title, external_id, changes,
    {bulk_sql.columns(Appointment, OF_FIRST)})
SELECT a.organization_id, e.contact_id, e.id, e.start, e."end",
    CASE WHEN e.cancelled_at IS NULL THEN %s ELSE %s END, CASE WHEN e.title = %s THEN '' ELSE e.title END, '', 0,
    {OF_FIRST_VALUES}
FROM calendars_event e
JOIN appointments_appointment a ON a.event_id = e.parent_event_id
WHERE e.id = ANY(%s)
ORDER BY e.id
ON CONFLICT (event_id) DO NOTHING
"""  # noqa: S608 # nosec B608


def write(rows: QuerySet[Appointment], **values: Any) -> int:
    """Give rows new values, and each a new version; return how many."""
    visit_history.attribute_changes()
    status = values.get("status")
    reminded = _reminded_unless_confirmed(rows) if status in (VisitStatus.SCHEDULED, *CERTAIN) else []
    changed = rows.update(changes=F("changes") + 1, **values)
    if reminded and status == VisitStatus.SCHEDULED:
        planned_alarms.resume_unconfirmed(reminded)
    elif reminded:
        planned_alarms.stop_confirmed(reminded)
    return changed


def _reminded_unless_confirmed(rows: QuerySet[Appointment]) -> list[int]:
    """Return the events of visits with reminders that only those have which nobody confirmed."""
    alarms = Alarm.objects.filter(event__in=rows.order_by().values("event_id"), only_unconfirmed=True)
    return list(alarms.values_list("event_id", flat=True))


def write_each(changed: Mapping[Appointment, Mapping[str, Any]]) -> None:
    """Give locked rows new values, to each its own, and a new version; one statement."""
    for row, values in changed.items():
        for name, value in values.items():
            setattr(row, name, value)
        row.changes = F("changes") + 1
    visit_history.attribute_changes()
    names = set[str]().union(*changed.values())
    Appointment.objects.bulk_update(list(changed), [*sorted(names), "changes"])


def insert(event: Event, **values: Any) -> Appointment:
    """Make the visit of an event: with its times and its contact, cancelled where it is unless told otherwise."""
    visit_history.attribute_changes()
    return Appointment.objects.create(
        contact=event.contact,
        event=event,
        starts_at=event.start,
        ends_at=event.end,
        **{"status": VisitStatus.CANCELLED if event.cancelled_at else VisitStatus.SCHEDULED, **values},
    )


def insert_of_occurrences(event_ids: list[int]) -> int:
    """Make the visits of new occurrences of series whose root has one; safe to repeat. Return how many were made."""
    visit_history.attribute_changes()
    with connection.cursor() as cursor:
        cursor.execute(INSERT_OF_OCCURRENCES, [VisitStatus.SCHEDULED, VisitStatus.CANCELLED, UNTITLED, event_ids])
        return int(cursor.rowcount)


def notes_for_series(row: Appointment, names: Iterable[str]) -> dict[str, Any]:
    """Return the notes of a first visit that is about to be given some fields alone: what its series has of them."""
    columns = [OF_FIRST[name] for name in names if name in OF_FIRST]
    if not row.event.is_series or not columns:
        return {}
    return {column: getattr(row, column) for column in columns} | (row.series_fields or {})


def forget_series(rows: QuerySet[Appointment], names: Iterable[str]) -> None:
    """Let first visits stand for their series in some fields again."""
    columns = {OF_FIRST[name] for name in names}
    for row in rows.exclude(series_fields=None):
        left = {column: value for column, value in (row.series_fields or {}).items() if column not in columns}
        Appointment.objects.filter(pk=row.pk).update(series_fields=left or None)


def split_series(root: Event, begun: Event) -> None:
    """Let the visit that begins what follows of a series note what the series has otherwise than itself."""
    first = Appointment.objects.filter(event=root).first()
    row = Appointment.objects.filter(event=begun).first()
    if first and row:
        noted = first.series_fields or {}
        values = {column: noted.get(column, getattr(first, column)) for column in OF_FIRST.values()}
        own = {column: value for column, value in values.items() if value != getattr(row, column)}
        Appointment.objects.filter(pk=row.pk).update(series_fields=own or None)


def follow_times(event: Event, *, keeps_answer: bool = False) -> None:
    """Let a visit follow its event, which moved; who confirmed or came did so for the old start, unless told otherwise.

    The answer stays with the start that it was given for.

    Raises `VisitHasTime` where the event has no time of day any more.
    """
    rows = Appointment.objects.filter(event=event)
    if event.kind != TimeKind.TIMED and rows.exists():
        raise VisitHasTime(field="all_day" if event.all_day else "floating")
    if keeps_answer:
        rows.filter(answered_for=F("starts_at")).update(answered_for=event.start)
    else:
        write(rows.filter(status__in=OF_ITS_TIME).exclude(starts_at=event.start), status=VisitStatus.SCHEDULED)
    write(rows, starts_at=event.start, ends_at=event.end)


def follow_titles(event_ids: Iterable[int]) -> None:
    """Let visits be called as their events."""
    named = Case(When(event__title=UNTITLED, then=Value("")), default=F("event__title"))
    titles = Appointment.objects.filter(pk=OuterRef("pk")).annotate(named=named).values("named")
    write(Appointment.objects.filter(event__in=list(event_ids)), title=Subquery(titles))


def follow_cancellation(event: Event) -> None:
    """Let a visit follow its event, which was cancelled, unless the visit is over."""
    write(Appointment.objects.filter(event=event, status__in=OPEN), status=VisitStatus.CANCELLED)


def follow_restoration(event_ids: list[int]) -> None:
    """Let visits follow their events, which take place after all."""
    rows = Appointment.objects.filter(event__in=event_ids, status=VisitStatus.CANCELLED)
    write(rows, status=VisitStatus.SCHEDULED)


def follow_closures(moved: list[Event], skipped: list[Event], restored: list[Event]) -> None:
    """Let visits follow events that closures moved, skipped or gave back."""
    rows, event = Appointment.objects.filter(event__in=moved), Event.objects.filter(pk=OuterRef("event_id"))
    unmoved = Q(starts_at=Subquery(event.values("start")))
    write(rows.filter(status__in=OF_ITS_TIME).exclude(unmoved), status=VisitStatus.SCHEDULED)
    write(rows, starts_at=Subquery(event.values("start")), ends_at=Subquery(event.values("end")))
    write(Appointment.objects.filter(event__in=skipped, status__in=OPEN), status=VisitStatus.CANCELLED)
    write(Appointment.objects.filter(event__in=restored, status=VisitStatus.CANCELLED), status=VisitStatus.SCHEDULED)


def note_answer(event: Event, *, confirmed: bool, now: datetime) -> None:
    """Note a patient's answer; a no is followed by the event's cancellation."""
    rows = Appointment.objects.filter(event=event)
    write(rows, answered_at=now, answered_for=F("starts_at"))
    audit.record("confirm" if confirmed else "decline", event, starts_at=event.start.isoformat())
    if confirmed:
        write(rows.filter(status=VisitStatus.SCHEDULED), status=VisitStatus.CONFIRMED)
