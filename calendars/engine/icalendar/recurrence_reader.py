"""Read how a VEVENT recurs (RFC 5545 3.8.5) into the lines that an event keeps. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.icalendar.file_index import AHEAD
from calendars.engine.icalendar.time_values import TimeReader, UnusableEvent, instant
from calendars.engine.icalendar.zone_matching import Span
from calendars.engine.recurrence import recurrence_set
from calendars.engine.recurrence.line_edits import HOURS, dates_line
from calendars.engine.states import TimeKind
from calendars.errors import BadRule
from config.kernel.text import N_

LOCAL = "%Y%m%dT%H%M%S"
RECURS = ("RRULE", "RDATE", "EXDATE")


@dataclass(frozen=True)
class SeriesStart:
    """The first occurrence of a series: its instant, IANA zone and kind."""

    at: datetime
    zone: str
    kind: TimeKind

    @property
    def local(self) -> datetime:
        """Its wall-clock time, naive."""
        return time_kinds.local(self.at, ZoneInfo(self.zone), self.kind)


@dataclass
class SeriesDates:
    """The dates of a series on its wall clock: those of RDATE, some with lengths of their own, and of EXDATE."""

    extra: set[datetime] = field(default_factory=set)
    lengths: dict[datetime, timedelta] = field(default_factory=dict)
    excluded: set[datetime] = field(default_factory=set)
    excluded_days: set[date] = field(default_factory=set)


def span(component: Any) -> Span | None:
    """Return the span of time over which a component recurs, on the clock of its zone; None for one that does not."""
    if component.keys().isdisjoint(RECURS):
        return None
    rules = [rule for rule in as_list(component.get("RRULE")) if rule]
    start = component.get("DTSTART")
    if not (rules or "RDATE" in component) or start is None or not isinstance(start.dt, date):
        return None
    begin = _naive(start.dt)
    ends = [max(begin, _naive(rule["UNTIL"][0])) if rule.get("UNTIL") else begin + AHEAD for rule in rules]
    dates = (each.dt[0] if isinstance(each.dt, tuple) else each.dt for each in _dates(component))
    ends += [_naive(value) for value in dates if isinstance(value, date)]
    return begin, max([begin, *ends])


def read(component: Any, times: TimeReader, start: SeriesStart) -> tuple[str, bool]:
    """Return the lines of a series, none for what does not recur, and whether EXDATE takes out the first occurrence.

    The lines do not exclude it: the first occurrence of a series is its root. Raises `UnusableEvent`.
    """
    if component.keys().isdisjoint(RECURS):
        return "", False
    rules = [_rule(rule, start) for rule in as_list(component.get("RRULE")) if rule]
    dates = _series_dates(component, times, start)
    if not rules and not dates.extra:
        return "", False  # at most exceptions without a rule
    is_first_off = start.local in dates.excluded or start.local.date() in dates.excluded_days
    dates.excluded.discard(start.local)
    try:
        if start.local.date() in dates.excluded_days:
            dates.excluded |= _rest_of_day(_text(rules, dates, start.kind), start)
            dates.excluded_days.discard(start.local.date())
        text = _text(rules, dates, start.kind)
        recurrence_set.checked(_parsed(text, start))
    except BadRule as error:
        raise UnusableEvent(N_("its recurrence cannot be read: %(why)s", why=error.sentence)) from error
    return text, is_first_off


def as_list(value: Any) -> list[Any]:
    """Return what a component has of a property, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _series_dates(component: Any, times: TimeReader, start: SeriesStart) -> SeriesDates:
    found = SeriesDates()
    for group in as_list(component.get("RDATE")):
        for value, zone_name in times.each(group):
            first, end = value if isinstance(value, tuple) else (value, None)
            local = _of_series(times.local(first, zone_name, start.zone), first, start, "RDATE")
            found.extra.add(local)
            if end is not None:
                found.lengths[local] = _length(times, zone_name, first, end)
    for group in as_list(component.get("EXDATE")):
        for value, zone_name in times.each(group):
            if start.kind != TimeKind.DAYS and not isinstance(value, datetime):
                found.excluded_days.add(value)
            else:
                found.excluded.add(_of_series(times.local(value, zone_name, start.zone), value, start, "EXDATE"))
    return found


def _of_series(local: datetime, value: date | datetime, start: SeriesStart, name: str) -> datetime:
    """Return a date of a series; a day beside a first occurrence with a time means that time of the day."""
    if start.kind == TimeKind.DAYS:
        if local.time() != time_kinds.MIDNIGHT:
            raise UnusableEvent(N_("it is all-day, but its %(name)s is not", name=name))
        return local
    return local if isinstance(value, datetime) else datetime.combine(value, start.local.time())


def _length(times: TimeReader, zone_name: str, first: datetime, end: datetime | timedelta) -> timedelta:
    length = end if isinstance(end, timedelta) else _at(times, end, zone_name) - _at(times, first, zone_name)
    if length <= timedelta(0):
        raise UnusableEvent(N_("a period of its RDATE has no length"))
    return length


def _at(times: TimeReader, value: datetime, zone_name: str) -> datetime:
    return instant(*times.value(value, zone_name))


def _text(rules: Iterable[str], dates: SeriesDates, kind: TimeKind) -> str:
    periods = [
        f"{at:{LOCAL}}/PT{int(length.total_seconds())}S"
        for at, length in sorted(dates.lengths.items())
        if kind != TimeKind.DAYS
    ]
    lone = dates.extra - dates.lengths.keys() if kind != TimeKind.DAYS else dates.extra
    days = ",".join(f"{day:%Y%m%d}" for day in sorted(dates.excluded_days))
    lines = [
        *(f"RRULE:{rule}" for rule in rules),
        dates_line("RDATE", lone, kind),
        f"RDATE;VALUE=PERIOD:{','.join(periods)}" if periods else "",
        dates_line("EXDATE", dates.excluded, kind),
        f"EXDATE;VALUE=DATE:{days}" if days else "",
    ]
    return "\n".join(filter(None, lines))


def _rest_of_day(text: str, start: SeriesStart) -> set[datetime]:
    """Return the other occurrences on the day of the first, which a date in EXDATE takes out, too."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("EXDATE;VALUE=DATE"))
    return set(_parsed(lines, start).between(start.local, datetime.combine(start.local.date(), time.max)))


def _parsed(text: str, start: SeriesStart) -> recurrence_set.RecurrenceSet:
    return recurrence_set.parse(root=start.local, zone=ZoneInfo(start.zone), text=text, kind=start.kind)


def _rule(rule: Any, start: SeriesStart) -> str:
    """Return an RRULE whose UNTIL is what the standard wants beside such a start: in UTC, floating, or a date."""
    untils = rule.get("UNTIL")
    if untils:
        until = untils[0]
        if not isinstance(until, datetime):
            until = datetime.combine(until, time(23, 59, 59))
        if start.kind != TimeKind.TIMED:
            until = recurrence_set.wall(until, ZoneInfo(start.zone)) if until.tzinfo else until
            rule["UNTIL"] = [until.date() if start.kind == TimeKind.DAYS else until]
        else:
            rule["UNTIL"] = [instant(until, start.zone)]
    for name in HOURS if start.kind == TimeKind.DAYS else ():
        rule.pop(name, None)
    return str(rule.to_ical().decode())


def _dates(component: Any) -> list[Any]:
    return [each for group in as_list(component.get("RDATE")) for each in group.dts]


def _naive(value: Any) -> datetime:
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    return at.replace(tzinfo=None)
