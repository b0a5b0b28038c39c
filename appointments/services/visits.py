"""Visits: book, move, rename, change, set_status, cancel and delete them, each with its event in one transaction.

Every entry point calls these verbs: REST, admin, desk and imports with a visit; edits of the event of a visit come
through `calendars.services.event_edit_routing`, for which this module is the owner of such events.

A `reach` tells how much of a series is meant: this visit, this and the following, or all that are to come. A `version`
is `Appointment.version` as the editor saw it; the verbs raise `ChangedMeanwhile` (412) where it is another by now.
It is the event's version plus the number of changes of the visit's own row, so that it rises with every change of
anything that is told of a visit, by any entry point. What an event's editor saw is the event's version.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import tenancy
from accounts.models import Clinic
from accounts.services import audit
from appointments.engine import states
from appointments.engine.states import OPEN, VisitStatus
from appointments.errors import IllegalStatus, NoClinic, NoCreator, VisitHasPatient, VisitHasTime
from appointments.models import Appointment
from appointments.services import visit_rows
from appointments.services.visit_rows import UNTITLED
from calendars.engine.states import ClosureEffect, Reach, TimeKind
from calendars.engine.wall_clock import resolve
from calendars.errors import CannotSplit, ChangedMeanwhile
from calendars.models import Calendar, CalendarUser, Event
from calendars.services import events
from calendars.services.field_types import EventChange, NewEventFields
from calendars.services.series import series_edits
from config.kernel import shapes
from config.kernel.choices import choices
from config.kernel.errors import ExternalIdTaken, PunctualError
from contacts.models import Contact

UNSPLIT = gettext_lazy(
    "Part of this series has been, and it cannot be split before what comes next, because its rule counts from "
    "its start; change this one alone, or give the series another rule in the admin."
)
TIMES = ("start", "end")
# What a visit calls the fields of its event.
NAMES = {"start": "starts_at", "end": "ends_at"}


class VisitChange(TypedDict, total=False):
    """What can be changed of a visit; naive times are wall-clock times of its zone."""

    contact: Contact
    starts_at: datetime
    ends_at: datetime | None
    title: str
    calendar: Calendar
    time_zone: str
    clinic: Clinic
    external_id: str


@dataclass(frozen=True)
class _Edit:
    """An edit of a visit and its event: what becomes of each, when, and how much of the series it is about."""

    now: datetime
    reach: Reach | None
    of_event: EventChange = field(default_factory=EventChange)
    of_visit: Mapping[str, Any] = field(default_factory=dict)
    keeps_past: bool = True

    def is_alone(self, event: Event) -> bool:
        """Return whether it is about one visit only."""
        in_series = event.is_series or event.parent_event_id is not None
        return not in_series or self.reach == Reach.THIS or (self.reach is None and not event.is_series)


@transaction.atomic
def book(
    *,
    contact: Contact,
    calendar: Calendar,
    starts_at: datetime,
    ends_at: datetime | None = None,
    now: datetime,
    clinic: Clinic | None = None,
    creator: CalendarUser | None = None,
    title: str = "",
    external_id: str = "",
    **fields: Unpack[NewEventFields],
) -> Appointment:
    """Book a visit and its event; naive times are wall-clock times of the event's zone.

    Without a creator it is the calendar's user; other fields are the event's. A series gets a visit for each
    occurrence. Raises `ExternalIdTaken`, `NoClinic`, `NoCreator`, `VisitHasTime`, and what `events.create` raises.
    """
    _check_external_id(external_id)
    place, maker = _clinic(calendar, clinic), _creator(calendar, creator)
    fields["time_zone"] = fields.get("time_zone") or ("" if calendar.time_zone else place.time_zone)
    with _fields_of_visits():
        event = events.create(
            calendar=calendar,
            creator=maker,
            title=title or UNTITLED,
            start=starts_at,
            end=ends_at,
            now=now,
            contact=contact,
            **fields,
        )
    if event.kind != TimeKind.TIMED:
        raise VisitHasTime(field="all_day" if event.all_day else "floating")
    made = Appointment.objects.create(
        clinic=place,
        contact=contact,
        event=event,
        starts_at=event.start,
        ends_at=event.end,
        title="" if title == UNTITLED else title,
        external_id=external_id,
        status=VisitStatus.CANCELLED if event.cancelled_at else VisitStatus.SCHEDULED,
    )
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
    **fields: Unpack[VisitChange],
) -> Appointment:
    """Change a visit with its event, as far as `reach` says; what says nothing new changes nothing.

    An external id is this visit's, whatever the reach. Raises `ChangedMeanwhile`, `IllegalStatus` for one that is
    cancelled or over and is moved, `VisitHasPatient` for another contact, `ExternalIdTaken`, and what
    `series_edits.change` raises.
    """
    shapes.check(fields, VisitChange)
    row = _lock(visit, reach, version)
    own: dict[str, Any] = {name: fields[name] for name in ("clinic", "external_id") if name in fields}
    with _fields_of_visits():
        _change(row, row.event, _Edit(now, reach, _of_event(row, fields), own))
    visit.refresh_from_db()
    return visit


@tenancy.of_row
def set_status(
    visit: Appointment, *, status: str, now: datetime, reach: Reach = Reach.THIS, version: int | None = None
) -> Appointment:
    """Bring a visit into another status; of a series also those that are to come and can go there.

    Raises `ChangedMeanwhile`, and `IllegalStatus` where no way leads there.
    """
    if status == VisitStatus.CANCELLED:
        return cancel(visit, reason="cancelled", now=now, reach=reach, version=version)
    row = _lock(visit, reach, version)
    if status not in tuple(VisitStatus) or not states.legal(row.status, status):
        raise IllegalStatus(
            _("A visit that is %(status)s cannot become %(new)s.") % _statuses(row.status, status),
            field="status",
        )
    others = _others(row.event, _Edit(now, reach)).filter(status__in=OPEN)
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
    row = _lock(visit, reach, version)
    _cancel(row, row.event, _Edit(now, reach), reason=reason)
    visit.refresh_from_db()
    return visit


@tenancy.of_row
def delete(visit: Appointment, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Remove a visit with its event, and take its messages back; it does not come again with its series.

    Without a reach the first visit of a series stands for all. The first one of a series that goes on cannot be
    removed alone: it is cancelled. Raises `ChangedMeanwhile`, and `IllegalStatus` as `cancel` does.
    """
    row = _lock(visit, Reach.ALL, version)
    _delete(row, row.event, _Edit(now, reach))


def owns(event: Event) -> bool:
    """Return whether an event is a visit's."""
    return Appointment.objects.filter(event=event).exists()


@tenancy.of_row
def change_event(
    event: Event, *, now: datetime, reach: Reach | None, version: int | None, **fields: Unpack[EventChange]
) -> Event:
    """Change the event of a visit with the visit; `version` is the event's. Raises what `change` raises."""
    shapes.check(fields, EventChange)
    return _change(_lock_of_event(event, reach, version), event, _Edit(now, reach, fields))


@tenancy.of_row
def replace_event(event: Event, *, now: datetime, **fields: Unpack[EventChange]) -> Event:
    """Let the event of a visit, or a whole series of them, be as a file tells it. Raises what `change` raises."""
    shapes.check(fields, EventChange)
    edit = _Edit(now, None, fields, keeps_past=False)
    return _change(_lock_of_event(event, None, None), event, edit)


@tenancy.of_row
def cancel_event(event: Event, *, reason: str, now: datetime, reach: Reach | None, version: int | None) -> None:
    """Cancel the event of a visit with the visit; `version` is the event's. Raises what `cancel` raises."""
    _cancel(_lock_of_event(event, reach, version), event, _Edit(now, reach), reason=reason)


@tenancy.of_row
def delete_event(event: Event, *, now: datetime, reach: Reach | None, version: int | None) -> None:
    """Remove the event of a visit with the visit; `version` is the event's. Raises what `delete` raises."""
    _delete(_lock_of_event(event, Reach.ALL, version), event, _Edit(now, reach))


def _lock(visit: Appointment, reach: Reach | None, version: int | None) -> Appointment:
    """Lock root, event and visit, in this order as everywhere, and return the visit as it stands now."""
    _lock_events(visit.event, reach)
    row = _locked(pk=visit.pk)
    if version is not None and row.version != version:
        raise ChangedMeanwhile
    return row


def _lock_of_event(event: Event, reach: Reach | None, version: int | None) -> Appointment:
    _lock_events(event, reach)
    row = _locked(event=event)
    if version is not None and row.event.version != version:
        raise ChangedMeanwhile
    return row


def _lock_events(event: Event, reach: Reach | None) -> None:
    if reach not in (None, Reach.THIS):
        Event.objects.lock_series(event)
    Event.objects.lock(event.pk)


def _locked(**which: Any) -> Appointment:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("event__parent_event", "contact")
    return rows.get(**which)


def _change(row: Appointment, event: Event, edit: _Edit) -> Event:
    """Change a locked visit and its event; return the event, or the root of what is to come."""
    news = _news(row.event, edit.of_event)
    own = {name: value for name, value in edit.of_visit.items() if getattr(row, name) != value}
    _check_change(row, news, edit)
    _check_external_id(own.get("external_id", ""))
    if not news and not own:
        return event
    stands = event
    if edit.reach == Reach.ALL:
        _keep_past(event, edit.now)
    if news and edit.keeps_past:
        stands = series_edits.change(event, now=edit.now, reach=edit.reach, **news)
    elif news:
        events.change(event, now=edit.now, **news)
    if "clinic" in own:
        _set_clinic(row, stands, edit, own["clinic"])
    if "external_id" in own:
        visit_rows.write(Appointment.objects.filter(pk=row.pk), external_id=own["external_id"])
    _record(_action({*news, *own}), row, edit, changed=[NAMES.get(name, name) for name in (*news, *own)])
    return stands


def _statuses(status: str, new: str) -> dict[str, str]:
    """Return a status and the one that is refused, as they are called in the active language."""
    words = dict(choices(VisitStatus))
    return {"status": str(words[status]).lower(), "new": str(words.get(new, new)).lower()}


def _cancel(row: Appointment, event: Event, edit: _Edit, *, reason: str) -> None:
    if edit.is_alone(row.event):
        if row.event.is_called_off:
            return
        if row.status not in OPEN and row.event.closure_effect != ClosureEffect.SKIPPED:
            raise IllegalStatus(
                _("A visit that is %(status)s cannot become %(new)s.") % _statuses(row.status, VisitStatus.CANCELLED),
                field="status",
            )
    if edit.reach == Reach.ALL:
        _keep_past(event, edit.now)
    series_edits.cancel(event, reason=reason, now=edit.now, reach=edit.reach)
    _record("cancel", row, edit, changed=["status"], status=VisitStatus.CANCELLED, reason=reason)


def _delete(row: Appointment, event: Event, edit: _Edit) -> None:
    if edit.reach == Reach.THIS and row.event.is_series:
        _cancel(row, event, edit, reason="event_deleted")
        return
    series_edits.delete(event, now=edit.now, reach=edit.reach)
    _record("delete", row, edit)


def _record(action: str, row: Appointment, edit: _Edit, *, changed: Any = (), **facts: Any) -> None:
    """Tell the audit trail of a visit; that its event was edited with it, or it with its event, is one deed."""
    reach: dict[str, Any] = {"reach": edit.reach} if edit.reach else {}
    audit.record(action, row, changed=changed, **facts, **reach)
    audit.stands_for(row.event)


def _action(changed: set[str]) -> str:
    if changed & {*TIMES}:
        return "move"
    return "rename" if "title" in changed else "update"


def _of_event(row: Appointment, fields: VisitChange) -> EventChange:
    """Return what a change of a visit is for its event."""
    given: dict[str, Any] = {name: fields[name] for name in ("contact", "calendar", "time_zone") if name in fields}
    if "title" in fields:
        given["title"] = fields["title"] or UNTITLED
    if "starts_at" in fields or fields.get("ends_at"):
        start = fields.get("starts_at") or row.starts_at
        given |= {"start": start, "end": fields.get("ends_at") or start + (row.ends_at - row.starts_at)}
    return cast(EventChange, given)


def _news(event: Event, fields: EventChange) -> EventChange:
    """Return the fields that say something else than the event does; start and end stay together."""
    zone = ZoneInfo(event.time_zone)
    news = {name for name, value in fields.items() if _instant(value, zone) != getattr(event, name)}
    if news & {*TIMES, "time_zone"}:
        news |= {name for name in TIMES if name in fields}
    return cast(EventChange, {name: value for name, value in fields.items() if name in news})


def _instant(value: Any, zone: ZoneInfo) -> Any:
    return resolve(value, zone) if isinstance(value, datetime) and value.tzinfo is None else value


def _check_change(row: Appointment, news: EventChange, edit: _Edit) -> None:
    if "contact" in news:
        other = news["contact"]
        raise VisitHasPatient(
            _("This is a visit of %(contact)s and cannot become one of %(other)s: cancel it and book a new one.")
            % {"contact": row.contact, "other": other or _("nobody")},
            field="contact",
        )
    for name in ("all_day", "floating"):
        if news.get(name):
            raise VisitHasTime(field=name)
    if not news or not edit.is_alone(row.event):
        return
    is_moved = bool({*news} & {*TIMES})
    if row.event.is_called_off or (is_moved and row.status in (VisitStatus.COMPLETED, VisitStatus.NO_SHOW)):
        words = (
            _("A visit that is %(status)s cannot be moved; book a new one.")
            if is_moved
            else _("A visit that is %(status)s cannot be changed; book a new one.")
        )
        raise IllegalStatus(words % {"status": row.get_status_display().lower()}, field="status")


def _keep_past(event: Event, now: datetime) -> None:
    """Split a series before its first occurrence to come, so that an edit of all leaves alone what has been."""
    root = event.parent_event
    if root is None or (root.start > now and not root.is_called_off):
        return
    first = root.children.filter(start__gt=now, cancelled_at=None).order_by("recurrence_id").first()
    if first is None:
        return
    try:
        series_edits.split(first, now=now)
    except CannotSplit:
        raise CannotSplit(str(UNSPLIT), field="reach") from None
    event.refresh_from_db()


def _set_clinic(row: Appointment, event: Event, edit: _Edit, clinic: Clinic) -> None:
    """Give the visits that an edit reaches another clinic; of the root also for the occurrences that come later."""
    if edit.reach == Reach.FOLLOWING and event.parent_event_id:
        event = series_edits.split(event, now=edit.now)
    rows = _others(event, edit) | Appointment.objects.filter(pk=row.pk)
    if edit.reach != Reach.THIS:
        rows |= Appointment.objects.filter(event=event.parent_event_id or event.pk)
    visit_rows.write(rows, clinic=clinic)


def _others(event: Event, edit: _Edit) -> QuerySet[Appointment]:
    """Return the visits to come that an edit of one reaches besides."""
    root_id = event.parent_event_id or event.pk
    family = Appointment.objects.filter(event__parent_event=root_id) | Appointment.objects.filter(event=root_id)
    if edit.reach == Reach.THIS:
        return family.none()
    return family.filter(starts_at__gt=event.start if edit.reach == Reach.FOLLOWING else edit.now)


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
        raise NoCreator(field="creator")
    return found


def _check_external_id(external_id: str) -> None:
    if external_id and Appointment.objects.filter(external_id=external_id).exists():
        raise ExternalIdTaken(field="external_id")
