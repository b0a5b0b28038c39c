"""Set when events take place: times of a zone, whole days and floating times; check the recurrence of series.

Times that an event is given are turned into instants, by its calendar's zone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Clinic, Organization
from calendars.engine import time_kinds
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, checked, resolve
from calendars.engine.states import TimeKind
from calendars.errors import BadRule, BadZone, EndBeforeStart, NoDay, OneKind, OutOfRange, ZoneOfCalendar
from calendars.models import Calendar, Event
from config.kernel import known_codes

CLOCK = ("time_zone", "all_day", "floating")
RECURS = ("recurrence", "rule", "end_recurring_period")
DURATION = timedelta(hours=1)
NOTHING = timedelta(0)

_moments: ContextVar[bool] = ContextVar("moments", default=False)


@contextmanager
def moments_taken() -> Iterator[None]:
    """Let timed events that are made or changed inside end as they begin, as the older appointment service does."""
    token = _moments.set(True)
    try:
        yield
    finally:
        _moments.reset(token)


def check_length(event: Event, stood: tuple[datetime, datetime] | None = None) -> None:
    """Raise `EndBeforeStart` for an event without length, unless moments are taken, or it was one: `stood`."""
    is_moment = event.end == event.start and event.kind == TimeKind.TIMED
    if event.end <= event.start and not (is_moment and (_moments.get() or stood == (event.start, event.end))):
        raise EndBeforeStart(field="end")


@dataclass(frozen=True)
class EventTimes:
    """The times of an event on the wall clock, and how they hang on it."""

    kind: TimeKind
    start: datetime
    end: datetime

    @classmethod
    def of(cls, event: Event) -> "EventTimes":
        """Read an event that is as it was stored."""
        zone, kind = ZoneInfo(event.time_zone), event.kind
        return cls(kind, time_kinds.local(event.start, zone, kind), time_kinds.local(event.end, zone, kind))


def apply_fields(
    event: Event, fields: Mapping[str, Any], before: EventTimes | None = None, *, calendar_zone: str = ""
) -> None:
    """Put fields into an event, and turn its times into instants; naive ones are wall-clock times of its zone.

    `before` are the times of an older event, `calendar_zone` is its calendar's where that is known already. Without an
    end it takes an hour, or a day; raises `OutOfRange`, `NoDay`, `OneKind`, `BadZone` and `ZoneOfCalendar`.
    """
    length = event.end - event.start if before else None
    stood = _stand(event) if before else None
    _refuse_far(fields)
    for name, value in fields.items():
        # RFC 5545 and the identity of occurrences know whole seconds.
        setattr(event, name, value.replace(microsecond=0) if value and name in ("start", "end") else value)
    if event.all_day and event.floating:
        raise OneKind(field="floating")
    if event.kind != TimeKind.TIMED:
        _set_zone(event, fields, calendar_zone or zone_of(event.calendar))
    zone = _zone(event.time_zone)
    if event.kind == TimeKind.DAYS:
        _set_days(event, fields, before, zone)
    else:
        _set_times(event, fields, before, length)
        _resolve(event, zone)
    if event.end_recurring_period is not None and event.end_recurring_period.tzinfo is None:
        event.end_recurring_period = resolve(event.end_recurring_period, zone)
    if not (stood and stood == _stand(event)):
        event.local_start = _name(event, fields.get("start"), zone)


def _stand(event: Event) -> tuple[datetime, str, TimeKind]:
    return event.start, event.time_zone, event.kind


def _name(event: Event, given: datetime | None, zone: ZoneInfo) -> str:
    """Return the wall-clock start that was meant, also where the clock leaves it out; empty where none tells it."""
    if given is None or given.tzinfo or event.kind == TimeKind.DAYS:
        return time_kinds.name(event.start, zone, event.kind)
    return f"{given:%Y%m%dT%H%M%S}"


def today(calendar: Calendar, now: datetime) -> datetime:
    """Return the midnight, naive, with which today begins where a calendar is."""
    here = now.astimezone(ZoneInfo(zone_of(calendar)))
    return time_kinds.midnight(here.date())


def _set_zone(event: Event, fields: Mapping[str, Any], calendar_zone: str) -> None:
    """Give an all-day or floating event the zone of its calendar; raise `ZoneOfCalendar` for another one."""
    if fields.get("time_zone") and fields["time_zone"] != calendar_zone:
        words = _(
            "All-day and floating events are at home in their calendar's zone, %(zone)s; leave the time zone out."
        )
        raise ZoneOfCalendar(words % {"zone": calendar_zone}, field="time_zone")
    event.time_zone = calendar_zone


def _refuse_far(fields: Mapping[str, Any]) -> None:
    """Refuse years of which zones cannot tell the clock; raise `OutOfRange`."""
    for name in ("start", "end", "end_recurring_period"):
        if fields.get(name) and fields[name].year not in YEARS:
            raise OutOfRange(field=name)


def _zone(name: str) -> ZoneInfo:
    if not known_codes.is_zone(name):
        raise BadZone(
            _("“%(value)s” is no IANA time zone; write one like Europe/Paris.") % {"value": name[:40]},
            field="time_zone",
        )
    return ZoneInfo(name)


def _set_days(event: Event, fields: Mapping[str, Any], before: EventTimes | None, zone: ZoneInfo) -> None:
    was_days = before is not None and before.kind == TimeKind.DAYS
    if before and "start" not in fields:
        start, end = (before.start, before.end) if was_days else time_kinds.days_touched(before.start, before.end)
    else:
        start = _midnight(fields["start"], zone, "start")
        end = start + (before.end - before.start if before and was_days else time_kinds.DAY)
    if fields.get("end"):
        end = _midnight(fields["end"], zone, "end")
    event.start = resolve(start, zone)
    event.end = time_kinds.finish(start, end - start, zone, TimeKind.DAYS)


def _midnight(at: datetime, zone: ZoneInfo, field: str) -> datetime:
    """Return the midnight of a day, given as such or as its first instant; raise `NoDay`."""
    local = at if at.tzinfo is None else time_kinds.local(at, zone, TimeKind.DAYS)
    if local.time() != time_kinds.MIDNIGHT or (at.tzinfo and not time_kinds.is_start_of_day(at, zone)):
        raise NoDay(field=field)
    return local


def _set_times(event: Event, fields: Mapping[str, Any], before: EventTimes | None, length: timedelta | None) -> None:
    """Fill in what was not said: the length, or times that were of another kind."""
    if before is None:
        return
    if "start" in fields:
        if not fields.get("end"):
            event.end = event.start + length if length and before.kind != TimeKind.DAYS else None  # type: ignore[assignment]
    elif event.kind == TimeKind.FLOATING:
        event.start, event.end = before.start, fields.get("end") or before.end


def _resolve(event: Event, zone: ZoneInfo) -> None:
    naive = event.start.tzinfo is None and event.end is not None and event.end.tzinfo is None
    length = event.end - event.start if naive else None
    for name in ("start", "end"):
        value = getattr(event, name)
        if value is not None and value.tzinfo is None:
            setattr(event, name, resolve(value, zone))
    event.end = event.end or event.start + DURATION
    # A start in an hour that the clock leaves out lands behind its end: then the length counts.
    if length and length > NOTHING and event.end <= event.start:
        event.end = event.start + length


def check_recurrence(root: Event) -> None:
    """Check a recurrence that is to be stored, and write all-day and floating ones without zones; raise `BadRule`."""
    try:
        if root.kind != TimeKind.TIMED:
            root.recurrence = root.as_series().text.unzoned()
        _check_start(checked(root.as_series().recurrence))
    except BadRule as error:
        raise BadRule(error.message, field="recurrence" if root.recurrence else "rule") from error


def _check_start(recurrence: RecurrenceSet) -> None:
    if recurrence.root in recurrence.excluded or recurrence.root.date() in recurrence.excluded_days:
        raise BadRule(_("EXDATE takes the start itself away; let the series begin with its next occurrence."))


def zones_of_calendars() -> dict[int, str]:
    """Return the zone of each calendar of the current organization, by the calendar's id; two queries."""
    default = Clinic.objects.filter(is_default=True).first()
    rows = Calendar.objects.select_related("clinic", "organization")
    return {row.pk: _zone_at(row, row.clinic or default, row.organization) for row in rows}


def zone_of(calendar: Calendar) -> str:
    """Return the zone of a calendar: its own, else its clinic's, else the default clinic's, else the organization's."""
    clinic = calendar.clinic or Clinic.objects.filter(is_default=True).first()
    return _zone_at(calendar, clinic, calendar.organization)


def _zone_at(row: Calendar, clinic: Clinic | None, organization: Organization) -> str:
    return row.time_zone or (clinic.time_zone if clinic else "") or organization.time_zone
