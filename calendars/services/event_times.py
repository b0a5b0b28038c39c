"""Read and set when events take place: times of a zone, whole days, floating times, and the recurrence of series.

Reading gives values for the engine; times that an event is given are turned into instants, by its calendar's zone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from accounts.models import Clinic, Organization
from calendars.engine import series_plan, time_kinds
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, checked, resolve, wall
from calendars.engine.series_plan import IDENTITY, ChildTimes, Series
from calendars.engine.states import ClosureEffect, TimeKind
from calendars.engine.time_kinds import Shift
from calendars.errors import BadRule, BadZone, EndBeforeStart, NoDay, OneKind, OutOfRange, ZoneOfCalendar
from calendars.models import Calendar, Event
from calendars.models.series_fields import TEXTS
from calendars.services.field_types import EventChange
from config.kernel import known_codes

CLOCK = ("time_zone", "all_day", "floating")
RECURS = ("recurrence", "rule", "end_recurring_period")
DURATION = timedelta(hours=1)
NOTHING = timedelta(0)
# Times out of range, and zones that this machine's database has not.
UNREADABLE = (OverflowError, ValueError, ZoneInfoNotFoundError)


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


def snapshot(root: Event) -> Series:
    """Return a series as values; its rule is read when it is asked for, which raises `BadRule`."""
    return Series(
        start=root.start,
        end=root.end,
        zone=ZoneInfo(root.time_zone),
        kind=root.kind,
        first=intended_start(root),
        lines=root.recurrence,
        frequency=root.rule.frequency if root.rule else "",
        params=root.rule.params if root.rule else None,
        last=root.end_recurring_period,
        length=root.series_length,
    )


def child_times(child: Event) -> ChildTimes:
    """Return when an occurrence takes place, as values."""
    identity = datetime.fromisoformat(child.recurrence_id)
    zone, is_cancelled = ZoneInfo(child.time_zone), child.cancelled_at is not None
    return ChildTimes(child.pk, identity, child.start, child.end, zone, child.kind, is_cancelled)


def read_recurrence(root: Event) -> RecurrenceSet:
    """Return the recurrence of a root; raises `BadRule`."""
    return snapshot(root).recurrence


def intended_start(event: Event) -> datetime:
    """Return the wall-clock start of an event: what was meant, whatever its zone's rules have become since."""
    if event.local_start:
        return datetime.fromisoformat(event.local_start)
    return time_kinds.local(event.start, ZoneInfo(event.time_zone), event.kind)


def length_of(event: Event) -> timedelta:
    """Return how long an event itself lasts on the wall clock."""
    return time_kinds.length(event.start, event.end, ZoneInfo(event.time_zone), event.kind)


def check_recurrence(root: Event) -> None:
    """Check a recurrence that is to be stored, and write all-day and floating ones without zones; raise `BadRule`."""
    try:
        if root.kind != TimeKind.TIMED:
            root.recurrence = snapshot(root).text.unzoned()
        _check_start(checked(read_recurrence(root)))
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


def as_series(root: Event) -> Event:
    """Return a root, unsaved, as its series says: when its first occurrence was to be, how long, and its texts."""
    series, shown = snapshot(root), copy(root)
    shown.start, shown.end = series.span(series.recurrence.root)
    shown.local_start = series.recurrence.root.strftime(IDENTITY)
    shown.recurrence, shown.series_fields = series_plan.without_anchor(root.recurrence), None
    for name, value in root.series_texts.items():
        setattr(shown, name, value)
    return shown


def said_of_root(root: Event, fields: EventChange) -> EventChange:
    """Return what is said of the first occurrence as said of its series; see `said_of_series`."""
    if not {*RECURS, *CLOCK, "start", "end"} & {*fields}:
        return fields
    first = snapshot(root).recurrence.root
    return said_of_series(root, first, first, fields)


def said_of_series(row: Event, slot: datetime, first: datetime, fields: EventChange) -> EventChange:
    """Return what is said of one occurrence as said of its series, whose first one is at a wall-clock time.

    Its series gives the occurrence the wall-clock start `slot`, from which it may have been moved: the series moves by
    as much as lies between this and the new start. What the occurrence is already says nothing.
    """
    given = cast(EventChange, {name: value for name, value in fields.items() if not _stands(row, name, fields)})
    zone, days = ZoneInfo(fields.get("time_zone") or row.time_zone), fields.get("all_day", row.all_day)
    own = intended_start(row)
    slot = own if row.closure_effect == ClosureEffect.MOVED else slot  # what a closure moved is seen there by all
    begin = time_kinds.midnight(own.date()) if days else own
    if "start" in given:
        begin = _local(given["start"], zone, days=days)
        given["start"] = Shift(slot, begin, turns=days != row.all_day)(first)
    given.pop("end", None)
    if (end := fields.get("end")) and ("start" in given or not _stands(row, "end", fields)):
        # A start that the clock leaves out is another on the wall, from which the end is counted.
        since = begin if "start" in given or days else time_kinds.local(row.start, zone, row.kind)
        lasts = _local(end, zone, days=days) - since
        if "start" not in given or days != row.all_day or lasts != length_of(row):
            given["end"] = given.get("start", first) + lasts
    return given


def change_series_root(row: Event, fields: EventChange, before: Series, *, is_edited: bool) -> None:
    """Put what is said of a whole series into its root, unsaved; what the root has of its own stays.

    A root that `is_edited` itself is as it was told, unless it is cancelled. Raises `RuleNamesDays`, and what
    `apply_fields` raises.
    """
    if not {*fields} & {*RECURS, *CLOCK, "start", "end"}:
        return row.rename(dict(fields), own_texts(row, is_edited=is_edited))
    own, series = copy(row), as_series(row)
    apply_fields(series, fields, EventTimes.of(series))
    after = _after(series, fields, before)
    series.start, series.end = after.span(after.first)
    kept = own_texts(own, is_edited=is_edited)
    for name in {*fields, *RECURS, *CLOCK, "start", "end", "local_start"} - kept:
        setattr(row, name, getattr(series, name))
    if own.is_called_off or before.is_root_moved:
        _keep_own_times(row, own, after, {*fields} if is_edited and not own.is_called_off else set())
    if {"recurrence", "rule"} & set(fields):
        row.series_fields = None  # what somebody gives a rule goes on
    return row.note(series.series_texts, after.lasts, length_of(row))


def change_alone(row: Event, fields: EventChange) -> None:
    """Put what is said of one occurrence alone into it, unsaved; the series stays as it was, also of its root."""
    if not row.is_series:
        return apply_fields(row, fields, EventTimes.of(row))
    before, called = snapshot(row), row.series_texts
    apply_fields(row, fields, EventTimes.of(row))
    first, lines = before.recurrence.root, series_plan.without_anchor(row.recurrence)
    is_there = intended_start(row) == first
    row.recurrence = lines if is_there else series_plan.anchored(lines, first, row.kind)
    return row.note(called, before.lasts, length_of(row))


def own_texts(row: Event, *, is_edited: bool) -> set[str]:
    """Return which texts of a root stay when its series is called otherwise; one that is cancelled stays as it was."""
    if row.is_called_off:
        return {*TEXTS}
    return set() if is_edited else {*TEXTS} & {*(row.series_fields or {})}


def _stands(row: Event, name: str, fields: EventChange) -> bool:
    """Return whether a value, of times on the same clock, is what the occurrence has already."""
    value: Any = dict(fields)[name]
    if name in ("start", "end") and any(fields.get(each, getattr(row, each)) != getattr(row, each) for each in CLOCK):
        return False
    if isinstance(value, datetime) and value.tzinfo is None:
        value = resolve(value, ZoneInfo(row.time_zone))
    return bool(getattr(row, name) == value)


def _local(at: datetime, zone: ZoneInfo, *, days: bool) -> datetime:
    if at.tzinfo is None:
        return at
    is_day = days and time_kinds.is_start_of_day(at, zone)
    return time_kinds.local(at, zone, TimeKind.DAYS) if is_day else wall(at, zone)


def _after(series: Event, fields: EventChange, before: Series) -> Series:
    """Return a changed series, whose lines have moved along unless new ones were given."""
    after = replace(snapshot(series), length=_length(series, fields, before))
    is_elsewhere = (after.first, after.zone, after.kind) != (before.recurrence.root, before.zone, before.kind)
    if not is_elsewhere or {"recurrence", "rule"} & set(fields):
        return after
    moved = series_plan.move(before, after)
    series.recurrence, series.rule = moved.lines, series.rule if moved.frequency else None
    if "end_recurring_period" not in fields:
        series.end_recurring_period = moved.last
    return replace(moved, last=series.end_recurring_period)


def _length(series: Event, fields: EventChange, before: Series) -> timedelta:
    """Return how long the occurrences of a changed series last on the wall clock."""
    end, zone = fields.get("end"), ZoneInfo(series.time_zone)
    if series.kind != before.kind or zone != before.zone:
        return time_kinds.length(series.start, series.end, zone, series.kind)
    return end - fields.get("start", before.recurrence.root) if end else before.lasts


def _keep_own_times(row: Event, own: Event, after: Series, told: set[str]) -> None:
    """Let a root stay where it was put alone, but for the start or end that it was `told`, and its series elsewhere.

    Where its series becomes all-day, or ceases to be, it keeps its day.
    """
    first, begin = after.first, intended_start(own)
    if own.kind != row.kind:
        begin = first if "start" in told else datetime.combine(begin.date(), first.time())
        row.start, row.end = after.span(begin)
    elif told & {"start", "end"}:
        begin = first if "start" in told else begin
        row.start, row.end = after.lasting(after.lasts if "end" in told else length_of(own)).span(begin)
    else:
        row.start, row.end = own.start, own.end
    row.local_start = begin.strftime(IDENTITY)
    if own.time_zone != row.time_zone and "start" not in told:
        row.local_start = time_kinds.name(row.start, after.zone, after.kind)
    if row.local_start != first.strftime(IDENTITY):
        row.recurrence = series_plan.anchored(row.recurrence, first, row.kind)
