"""Compute when clinics are open and when providers work, as intervals of `availability`. Plain Python."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from accounts.engine import holidays
from appointments.engine.availability import (
    MIDNIGHT,
    WHOLE_DAY,
    ClockSpan,
    Interval,
    ZoneClock,
    clock_spans,
    merge,
    subtract,
)
from calendars.engine.closure_decision import OpeningTimes


@dataclass
class WorkPlan:
    """The schedule of a provider or an operatory at one clinic: by weekday, and by day, which replaces the weekday.

    `days` are all days for which anything is entered, at whatever clinic.
    """

    weekdays: dict[int, list[ClockSpan]] = field(default_factory=dict)
    dates: dict[date, list[ClockSpan]] = field(default_factory=dict)
    days: Collection[date] = ()

    def on(self, day: date) -> Sequence[ClockSpan]:
        """Return the spans of a day."""
        return self.dates.get(day, ()) if day in self.days else self.weekdays.get(day.weekday(), ())


def days_between(clock: ZoneClock, begin: int, end: int) -> list[date]:
    """Return the days of a clock that two instants touch, and one before and after."""
    first, last = clock.local_day(begin), clock.local_day(end)
    return [first + timedelta(days=number) for number in range(-1, (last - first).days + 2)]


def planned(clock: ZoneClock, days: Iterable[date], plan: WorkPlan) -> list[Interval]:
    """Return when somebody works, in order and apart."""
    return merge(span for day in days for span in clock_spans(clock, day, plan.on(day)))


def opened(clock: ZoneClock, days: Sequence[date], opening: OpeningTimes) -> list[Interval]:
    """Return when a clinic is open, in order and apart: its hours without closures and public holidays."""
    hours: Mapping[int, Sequence[ClockSpan]] = opening.hours
    spans = merge(
        span for day in days for span in clock_spans(clock, day, hours.get(day.weekday(), ()) if hours else [WHOLE_DAY])
    )
    return subtract(spans, merge([*_closures(clock, days, opening), *_holidays(clock, days, opening.region)]))


def _closures(clock: ZoneClock, days: Sequence[date], opening: OpeningTimes) -> list[Interval]:
    first, last = (datetime.combine(day, MIDNIGHT) for day in (days[0], days[-1] + timedelta(days=1)))
    met = [closed for closed in opening.closures if closed.begin < last and first < closed.end]
    return [(clock.first_instant(closed.begin), clock.first_instant(closed.end)) for closed in met]


def _holidays(clock: ZoneClock, days: Sequence[date], region: str) -> list[Interval]:
    if not region:
        return []
    return [
        span
        for day in days
        if day in holidays.of_year(region, day.year)
        for span in clock_spans(clock, day, [WHOLE_DAY])
    ]
