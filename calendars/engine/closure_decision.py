"""Return whether a clinic is open, and decide what a closure does to an occurrence of a series. Plain Python.

A clinic has its own wall clock: opening hours of each weekday, closures, and public holidays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.engine import holidays
from calendars.engine import time_kinds
from calendars.engine.recurrence.recurrence_set import RecurrenceSet
from calendars.engine.states import ClosureEffect, OnClosure, TimeKind
from calendars.engine.wall_clock import resolve, wall
from config.kernel.text import N_

DAY = timedelta(days=1)
MIDNIGHT = time(0)
# So many days later at most does a series look for an open one.
FARTHEST = 31
# What stands for the name of a closure where it is only late or early.
OUTSIDE = "outside the opening hours"


@dataclass(frozen=True)
class ClosedSpan:
    """A closure: a span of wall-clock time, its end excluded."""

    name: str
    begin: datetime
    end: datetime

    @classmethod
    def of_days(cls, name: str, days: tuple[date, date], times: tuple[time | None, time | None]) -> "ClosedSpan":
        """Return a closure of whole days, or from a time on the first until a time on the last."""
        end = datetime.combine(days[1], times[1]) if times[1] else datetime.combine(days[1], MIDNIGHT) + DAY
        return cls(name, datetime.combine(days[0], times[0] or MIDNIGHT), end)


@dataclass(frozen=True)
class OpeningTimes:
    """When a clinic is open; without any hours it always is. A span that closes at midnight closes at 24:00."""

    zone: ZoneInfo
    hours: Mapping[int, Sequence[tuple[time, time]]] = field(default_factory=dict)
    closures: Sequence[ClosedSpan] = ()
    region: str = ""

    @property
    def is_always_open(self) -> bool:
        """Whether nothing is known that could close it."""
        return not (self.hours or self.closures or self.region)

    def why_closed(self, start: datetime, end: datetime) -> str:
        """Return the name of the closure or public holiday that two instants meet, else `OUTSIDE`, or nothing."""
        if self.is_always_open:
            return ""
        begin, finish = wall(start, self.zone), wall(end, self.zone)
        return self.closed_for(begin, finish) or ("" if self._keeps_hours(begin, finish) else OUTSIDE)

    def why_days_closed(self, start: datetime, end: datetime, zone: ZoneInfo) -> str:
        """Return the same for whole days of a zone, given by their first instants; opening hours do not matter."""
        return self.closed_for(*(time_kinds.local(at, zone, TimeKind.DAYS) for at in (start, end)))

    def closed_for(self, begin: datetime, finish: datetime) -> str:
        """Return the name of the closure or public holiday that a span of its wall clock meets, or nothing."""
        for closed in self.closures:
            if closed.begin < finish and begin < closed.end:
                return closed.name
        if not self.region:
            return ""
        days = (begin.date() + DAY * number for number in range(FARTHEST))
        met = (day for day in days if day == begin.date() or datetime.combine(day, MIDNIGHT) < finish)
        return next((name for day in met if (name := holidays.of_year(self.region, day.year).get(day))), "")

    def closed_on(self, day: date) -> list[str]:
        """Return the names of the closures and of the public holiday on a day, with their times on it."""
        begin = datetime.combine(day, MIDNIGHT)
        met = [closed for closed in self.closures if closed.begin < begin + DAY and begin < closed.end]
        names = [_name(closed, begin) for closed in met]
        holiday = holidays.of_year(self.region, day.year).get(day) if self.region else None
        return [*names, holiday] if holiday else names

    def _keeps_hours(self, begin: datetime, finish: datetime) -> bool:
        """Return whether the hours cover a span; what lasts longer than a day may exceed them."""
        if not self.hours or finish - begin > DAY:
            return True
        at = begin
        for opens, closes in self._open(begin.date() - DAY, finish.date()):
            if opens <= at < closes:
                at = closes
        return at >= finish

    def _open(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        day = first
        while day <= last:
            for opens, closes in sorted(self.hours.get(day.weekday(), ())):
                end = datetime.combine(day, closes)
                yield datetime.combine(day, opens), end if closes != MIDNIGHT else end + DAY
            day += DAY


@dataclass(frozen=True)
class ScheduledTimes:
    """When a series takes place: its wall-clock start, and the instants."""

    local: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Decision:
    """When an occurrence takes place, what it meets there or met before, and what that did to it."""

    start: datetime
    end: datetime
    closure: str = ""
    effect: str = ""


def decide(opening: OpeningTimes, series: RecurrenceSet, on_closure: str, found: ScheduledTimes) -> Decision:
    """Return what becomes of an occurrence; only closures and public holidays skip or move one, hours never do.

    One that would move to where its series takes place anyway is skipped. Without an open day within a month it stays.
    """
    closure = closure_met(opening, series.kind, (found.start, found.end), series.zone)
    stays = Decision(found.start, found.end, closure)
    if closure in ("", OUTSIDE) or on_closure == OnClosure.KEEP:
        return stays
    skipped = Decision(found.start, found.end, closure, ClosureEffect.SKIPPED)
    if on_closure == OnClosure.SKIP:
        return skipped
    days = _days_until_open(opening, series, found)
    if days is None:
        return stays
    if any(series.has(found.local + DAY * number) for number in range(1, days + 1)):
        return skipped
    return Decision(*_later(found, series, days), closure, ClosureEffect.MOVED)


def closure_met(opening: OpeningTimes, kind: TimeKind, span: tuple[datetime, datetime], zone: ZoneInfo) -> str:
    """Return what an event of some kind, from one instant to another, meets."""
    return opening.why_days_closed(*span, zone) if kind == TimeKind.DAYS else opening.why_closed(*span)


def _name(closed: ClosedSpan, midnight: datetime) -> str:
    """Return the name of a closure, and which part of a day it takes unless it takes the whole."""
    values = {"name": closed.name, "begin": f"{closed.begin:%H:%M}", "end": f"{closed.end:%H:%M}"}
    match closed.begin > midnight, closed.end < midnight + DAY:
        case True, True:
            return N_("%(name)s from %(begin)s until %(end)s", **values)
        case True, False:
            return N_("%(name)s from %(begin)s", **values)
        case False, True:
            return N_("%(name)s until %(end)s", **values)
        case _:
            return closed.name


def _days_until_open(opening: OpeningTimes, series: RecurrenceSet, found: ScheduledTimes) -> int | None:
    """Return how many days later it is open; where no hours would ever fit, only closures and holidays count."""
    outside = None
    for number in range(1, FARTHEST + 1):
        closure = closure_met(opening, series.kind, _later(found, series, number), series.zone)
        if not closure:
            return number
        if closure == OUTSIDE and outside is None:
            outside = number
    return outside


def _later(found: ScheduledTimes, series: RecurrenceSet, days: int) -> tuple[datetime, datetime]:
    """Return the instants of the same wall-clock time and length some days later."""
    zone, kind = series.zone, series.kind
    start = resolve(found.local + DAY * days, zone)
    end = resolve(time_kinds.local(found.end, zone, kind) + DAY * days, zone)
    return start, end if end > start else start + (found.end - found.start)


def warning(closure: str, effect: str) -> str:
    """Say in a sentence what a closure means for an event; nothing where there is none."""
    if not closure:
        return ""
    if effect == ClosureEffect.SKIPPED:
        return N_("It does not take place because of “%(closure)s”.", closure=closure)
    if effect == ClosureEffect.MOVED:
        return N_("It was moved because of “%(closure)s”.", closure=closure)
    if closure == OUTSIDE:
        return N_("It lies outside the opening hours.")
    return N_("It falls on “%(closure)s”.", closure=closure)
