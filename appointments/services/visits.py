"""Visits: book, move, rename, change, set_status, cancel and delete them, each with its event in one transaction.

Every entry point calls these verbs: REST, admin, desk and imports with a visit; edits of the event of a visit come
through `calendars.services.event_edit_routing`, for which this module is the owner of such events.

A `reach` tells how much of a series is meant: this visit, this and the following, or all that are to come. A `version`
is `Appointment.version` as the editor saw it; the verbs raise `ChangedMeanwhile` (412) where it is another by now.
It is the event's version plus the number of changes of the visit's own row, so that it rises with every change of
anything that is told of a visit, by any entry point. What an event's editor saw is the event's version.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import tenancy
from accounts.models import Clinic
from accounts.services import audit
from appointments.engine import states
from appointments.engine.states import OPEN, VisitStatus
from appointments.errors import NoClinic, NoCreator, NoShowTooEarly, VisitHasTime
from appointments.models import Appointment, AppointmentType, Operatory, Provider, SlotHold
from appointments.services import reminder_plans, slot_holds, visit_edits, visit_rows, visit_types
from appointments.services.series_occurrences import OccurrenceDecision, PlannedOccurrence, VisitPlan
from appointments.services.visit_edits import NAMES, VisitEdit
from appointments.services.visit_rows import UNTITLED
from calendars.engine.states import Reach, TimeKind
from calendars.models import Calendar, CalendarUser, Event
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.field_types import AlarmFields, EventChange, NewEventFields
from config.kernel import shapes
from config.kernel.errors import PunctualError
from contacts.models import Contact

# What stands with the visit, and not with its event.
OWN = (*visit_edits.OF_ONE, *visit_edits.OF_SERIES)


class CrmServiceFields(TypedDict, total=False):
    """What the older appointment service keeps of a visit besides."""

    owner_uuid: UUID | None
    type_names: list[str] | None
    address: str
    siteprofile_uuid: UUID | None
    named_contact_uuid: UUID | None
    invitee_uuids: list[UUID] | None
    workflowlevel2_uuids: list[UUID] | None
    summary: str


class NewVisitFields(NewEventFields, CrmServiceFields, total=False):
    """What a new visit can have besides: fields of its event, and details."""


class BookedFields(NewVisitFields, total=False):
    """What a visit is booked with; it must have a contact, who may be nobody, a calendar and a start."""

    contact: Required[Contact | None]
    calendar: Required[Calendar]
    starts_at: Required[datetime]
    ends_at: datetime | None
    clinic: Clinic | None
    provider: Provider | None
    operatory: Operatory | None
    appointment_type: AppointmentType | None
    creator: CalendarUser | None
    title: str
    external_id: str


class VisitChange(CrmServiceFields, total=False):
    """What can be changed of a visit; naive times are wall-clock times of its zone."""

    contact: Contact | None
    starts_at: datetime
    ends_at: datetime | None
    title: str
    calendar: Calendar
    time_zone: str
    clinic: Clinic
    provider: Provider | None
    operatory: Operatory | None
    appointment_type: AppointmentType | None
    external_id: str


@transaction.atomic
def book(
    *,
    now: datetime,
    overlap_reason: str = "",
    occurrences: Sequence[OccurrenceDecision] = (),
    hold: SlotHold | None = None,
    reminder: AlarmFields | None = None,
    is_planned: bool = True,
    status: str = VisitStatus.SCHEDULED,
    **fields: Unpack[BookedFields],
) -> Appointment:
    """Book a visit and its event; naive times are wall-clock times of the event's zone.

    Without a contact it is nobody's, such as a meeting of colleagues. Without a creator it is the calendar's user,
    without an end it lasts as its type says, else an hour; other fields are details, and the event's. A series gets a
    visit for each occurrence, and all of them have the status; `occurrences` says what becomes of those that are taken.
    A `hold` is used up. Each has a `reminder`, else those of its type's plan, unless the caller gives it others
    (`is_planned`). Raises `ExternalIdTaken`, `NoClinic`, `NoCreator`, `ProviderMayNot`, `NoSuchOccurrence`,
    `NotYourHold`, `VisitTooLong`, `VisitHasTime`, `IllegalStatus`, what `events.create` and `alarms.create` raise, and
    `SlotTaken`, unless there is a reason why it may overlap.
    """
    made = _write(now=now, **fields)
    if reminder:
        # Before anything is decided: the first of a series may be left out, and its alarms are those of the others.
        alarms.create(made.event, now=now, **reminder)
    elif made.appointment_type and is_planned:
        reminder_plans.plan(_family(made.event_id), now=now)
    plan = VisitPlan(made, now, hold, overlap_reason)
    with _fields_of_visits():
        plan.decide(occurrences)
        plan.check()
    if hold:
        slot_holds.use(hold)
    if occurrences or overlap_reason:
        made.refresh_from_db()
    if status != VisitStatus.SCHEDULED:
        return set_status(made, status=status, now=now, reach=Reach.ALL if made.event.is_series else Reach.THIS)
    return made


def _family(event_id: int) -> QuerySet[Appointment]:
    """Return the visits of an event, and of its occurrences where it is the root of a series."""
    return Appointment.objects.filter(event=event_id) | Appointment.objects.filter(event__parent_event=event_id)


def preview(
    *,
    now: datetime,
    overlap_reason: str = "",
    occurrences: Sequence[OccurrenceDecision] = (),
    hold: SlotHold | None = None,
    **fields: Unpack[BookedFields],
) -> list[PlannedOccurrence]:
    """Return what `book` would book, with who has the times that are taken; nothing stays. Raises what it raises."""
    with transaction.atomic():
        plan = VisitPlan(_write(now=now, **fields), now, hold, overlap_reason)
        plan.decide(occurrences)
        found = plan.preview()
        transaction.set_rollback(True)
    return found


def _write(
    *,
    contact: Contact | None,
    calendar: Calendar,
    starts_at: datetime,
    ends_at: datetime | None = None,
    now: datetime,
    clinic: Clinic | None = None,
    provider: Provider | None = None,
    operatory: Operatory | None = None,
    appointment_type: AppointmentType | None = None,
    creator: CalendarUser | None = None,
    title: str = "",
    external_id: str = "",
    **fields: Unpack[NewVisitFields],
) -> Appointment:
    """Write a visit and its event, and a visit for each occurrence that is made already."""
    visit_edits.check_external_id(external_id)
    visit_types.check_provider(appointment_type, provider)
    place, maker = _clinic(calendar, clinic), _creator(calendar, creator)
    fields["time_zone"] = fields.get("time_zone") or ("" if calendar.time_zone else place.time_zone)
    ends_at = ends_at or visit_types.end(appointment_type, starts_at)
    given: dict[str, Any] = {**fields, "contact": contact, "end": ends_at}
    details = {name: given.pop(name) for name in visit_edits.OF_ONE if name in given}
    with _fields_of_visits():
        event = events.create(
            calendar=calendar, creator=maker, title=title or UNTITLED, start=starts_at, now=now, **given
        )
    if event.kind != TimeKind.TIMED:
        raise VisitHasTime(field="all_day" if event.all_day else "floating")
    own: dict[str, Any] = {"provider": provider, "operatory": operatory, "appointment_type": appointment_type}
    own |= {"title": "" if title == UNTITLED else title, "external_id": external_id}
    made = visit_rows.insert(event, clinic=place, **own, **details)
    # The first children of a series were made before there was a visit to copy.
    visit_rows.insert_of_occurrences(list(event.children.values_list("pk", flat=True)))
    audit.record("create", made)
    return made


def move(
    visit: Appointment,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    now: datetime,
    reach: Reach = Reach.THIS,
    version: int | None = None,
) -> Appointment:
    """Move a visit (without an end it keeps its length) with its event, alarms and messages; see `change`."""
    return change(visit, now=now, reach=reach, version=version, starts_at=starts_at, ends_at=ends_at)


def rename(
    visit: Appointment, *, title: str, now: datetime, reach: Reach = Reach.THIS, version: int | None = None
) -> Appointment:
    """Give a visit another title, which calendars, feeds and the messages that still wait show; see `change`."""
    return change(visit, now=now, reach=reach, version=version, title=title)


@tenancy.of_row
def change(
    visit: Appointment,
    *,
    now: datetime,
    reach: Reach = Reach.THIS,
    version: int | None = None,
    overlap_reason: str = "",
    **fields: Unpack[VisitChange],
) -> Appointment:
    """Change a visit with its event, as far as `reach` says; what says nothing new changes nothing.

    An external id and details are this visit's, whatever the reach; nobody's may become a patient's. Raises
    `ChangedMeanwhile`, `IllegalStatus` for one that is cancelled or over and is moved, `VisitHasPatient` for another
    contact, `ProviderMayNot`, `SlotTaken`, unless there is a reason why it may overlap, `VisitTooLong`,
    `ExternalIdTaken`, and what `series_edits.change` raises.
    """
    shapes.check(fields, VisitChange)
    row = visit_edits.lock(visit, reach, version)
    with _fields_of_visits():
        edit = VisitEdit(now, reach, of_event(fields), of_visit(fields), overlap_reason=overlap_reason)
        visit_edits.change(row, row.event, edit)
    visit.refresh_from_db()
    return visit


@tenancy.of_row
def set_status(
    visit: Appointment, *, status: str, now: datetime, reach: Reach = Reach.THIS, version: int | None = None
) -> Appointment:
    """Bring a visit into another status; of a series also those that are to come and can go there.

    That a patient has arrived, sits in the chair or did not come is one visit's, whatever the reach. Raises
    `ChangedMeanwhile`, `IllegalStatus` where no way leads there, and `NoShowTooEarly` for a visit that is to come.
    """
    if status == VisitStatus.CANCELLED:
        return cancel(visit, reason="cancelled", now=now, reach=reach, version=version)
    row = visit_edits.lock(visit, reach, version)
    if status not in tuple(VisitStatus) or not states.legal(row.status, status):
        raise visit_edits.illegal_status(row.status, status)
    if states.is_too_early(status, starts_at=row.starts_at, now=now):
        raise NoShowTooEarly(field="status")
    reach = Reach.THIS if status in states.OF_ONE else reach
    others = visit_edits.others(row.event, VisitEdit(now, reach)).filter(status__in=OPEN)
    changed = visit_rows.write((others | Appointment.objects.filter(pk=row.pk)).exclude(status=status), status=status)
    if changed:
        action = "confirm" if status == VisitStatus.CONFIRMED else "set_status"
        far: dict[str, Any] = {} if reach == Reach.THIS else {"reach": reach}
        audit.record(action, row, changed=["status"], status=status, **far)
    visit.refresh_from_db()
    return visit


def confirm(visit: Appointment, *, now: datetime, reach: Reach = Reach.THIS, version: int | None = None) -> Appointment:
    """Note that the patient will come; a second time changes nothing."""
    return set_status(visit, status=VisitStatus.CONFIRMED, now=now, reach=reach, version=version)


@tenancy.of_row
def cancel(
    visit: Appointment, *, reason: str, now: datetime, reach: Reach = Reach.THIS, version: int | None = None
) -> Appointment:
    """Cancel a visit with its event, and stop its messages; a second time changes nothing.

    Of a series, those that are over keep their status. Raises `ChangedMeanwhile`, and `IllegalStatus` for a visit
    that is over.
    """
    row = visit_edits.lock(visit, reach, version)
    visit_edits.cancel(row, row.event, VisitEdit(now, reach), reason=reason)
    visit.refresh_from_db()
    return visit


@tenancy.of_row
def restore(
    visit: Appointment,
    *,
    now: datetime,
    reach: Reach = Reach.THIS,
    version: int | None = None,
    overlap_reason: str = "",
) -> Appointment:
    """Let a cancelled visit take place after all, at the time that it shows; its reminders are planned anew.

    With `following` or `all`, also the visits that were cancelled with it. Staff are told where the slot is taken.
    Raises `ChangedMeanwhile`, `IllegalStatus` for a visit that is not cancelled, and `SlotTaken`, unless there is a
    reason why it may overlap.
    """
    row = visit_edits.lock(visit, Reach.ALL, version)
    visit_edits.restore(row, row.event, VisitEdit(now, reach, overlap_reason=overlap_reason))
    visit.refresh_from_db()
    return visit


@tenancy.of_row
def delete(visit: Appointment, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Remove a visit with its event, and take its messages back; it does not come again with its series.

    Without a reach it is this visit alone. The first one of a series cannot be removed alone: it is cancelled, and its
    series goes on. Raises `ChangedMeanwhile`, and `IllegalStatus` as `cancel` does.
    """
    row = visit_edits.lock(visit, Reach.ALL, version)
    visit_edits.delete(row, row.event, VisitEdit(now, reach))


def owns(event: Event) -> bool:
    """Return whether an event is a visit's."""
    return bool(owned([event.pk]))


def owned(event_ids: Collection[int]) -> set[int]:
    """Return which of some events are visits'."""
    return set(Appointment.objects.filter(event__in=event_ids).values_list("event_id", flat=True))


@tenancy.of_row
def change_event(
    event: Event, *, now: datetime, reach: Reach | None, version: int | None, **fields: Unpack[EventChange]
) -> Event:
    """Change the event of a visit with the visit; `version` is the event's. Raises what `change` raises."""
    shapes.check(fields, EventChange)
    return visit_edits.change(visit_edits.lock_of_event(event, reach, version), event, VisitEdit(now, reach, fields))


@tenancy.of_row
def replace_event(event: Event, *, now: datetime, **fields: Unpack[EventChange]) -> Event:
    """Let the event of a visit, or a whole series of them, be as a file tells it. Raises what `change` raises."""
    shapes.check(fields, EventChange)
    edit = VisitEdit(now, None, fields, keeps_past=False)
    return visit_edits.change(visit_edits.lock_of_event(event, None, None), event, edit)


@tenancy.of_row
def cancel_event(event: Event, *, reason: str, now: datetime, reach: Reach | None, version: int | None) -> None:
    """Cancel the event of a visit with the visit; `version` is the event's. Raises what `cancel` raises."""
    visit_edits.cancel(visit_edits.lock_of_event(event, reach, version), event, VisitEdit(now, reach), reason=reason)


@tenancy.of_row
def restore_event(event: Event, *, now: datetime, reach: Reach | None, version: int | None) -> None:
    """Let the cancelled event of a visit take place after all, with the visit. Raises what `restore` raises."""
    visit_edits.restore(visit_edits.lock_of_event(event, Reach.ALL, version), event, VisitEdit(now, reach))


@tenancy.of_row
def delete_event(event: Event, *, now: datetime, reach: Reach | None, version: int | None) -> None:
    """Remove the event of a visit with the visit; `version` is the event's. Raises what `delete` raises."""
    visit_edits.delete(visit_edits.lock_of_event(event, Reach.ALL, version), event, VisitEdit(now, reach))


def of_visit(fields: VisitChange) -> dict[str, Any]:
    """Return what a change of a visit is for its own row."""
    return {name: value for name, value in fields.items() if name in OWN}


def of_event(fields: VisitChange) -> EventChange:
    """Return what a change of a visit is for its event."""
    given: dict[str, Any] = {name: fields[name] for name in ("contact", "calendar", "time_zone") if name in fields}
    if "title" in fields:
        given["title"] = fields["title"] or UNTITLED
    given |= {name: fields[own] for name, own in NAMES.items() if fields.get(own)}  # type: ignore[literal-required]
    return cast(EventChange, given)


@contextmanager
def _fields_of_visits() -> Iterator[None]:
    """Let errors name the fields as visits call them."""
    try:
        yield
    except PunctualError as error:
        error.field = NAMES.get(error.field, error.field)
        raise


def _clinic(calendar: Calendar, clinic: Clinic | None) -> Clinic:
    place = clinic or calendar.clinic or Clinic.objects.filter(is_default=True).first()
    if place is None:
        raise NoClinic(field="clinic")
    return place


def _creator(calendar: Calendar, creator: CalendarUser | None) -> CalendarUser:
    found = creator or calendar.user
    if found is None:
        raise NoCreator(field="calendar")
    return found
