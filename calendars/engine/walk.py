"""Walks a recurrence rule period by period, on the wall clock; bounded, whatever the rule says. Plain Python.

The semantics are python-dateutil's, which the tests compare with. Its own walk cannot be used here: it looks at
`until` only when something matches, so that a rule which never does holds a worker until the year 9999.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product

from dateutil.easter import easter

from calendars.engine.rules import FREQUENCIES, Rule
from calendars.errors import BadRule

DAY = 86_400
# Seconds of a period that is shorter than a day.
UNITS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
# Days and shorter periods that one walk looks at before it gives up.
BUDGET = 200_000


def defaulted(rule: Rule, root: datetime) -> Rule:
    """Fill in what the rule leaves to the start of the series (RFC 5545 3.3.10)."""
    fields: dict[str, tuple] = {}
    named_days = rule.byweekno or rule.byyearday or rule.bymonthday or rule.byweekday or rule.byeaster
    if not named_days and rule.frequency == "YEARLY":
        fields = {"bymonth": rule.bymonth or (root.month,), "bymonthday": (root.day,)}
    elif not named_days and rule.frequency == "MONTHLY":
        fields = {"bymonthday": (root.day,)}
    elif not named_days and rule.frequency == "WEEKLY":
        fields = {"byweekday": ((root.weekday(), 0),)}
    rank = FREQUENCIES.index(rule.frequency)
    for name, finest, value in (("byhour", 4, root.hour), ("byminute", 5, root.minute), ("bysecond", 6, root.second)):
        if not getattr(rule, name) and rank < finest:
            fields[name] = (value,)
    return replace(rule, **fields)  # type: ignore[arg-type]


class Days:
    """Which days a rule allows."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        counted = rule.frequency in ("YEARLY", "MONTHLY")
        self.weekdays = {weekday for weekday, ordinal in rule.byweekday if not (ordinal and counted)}
        self.ordinals = {pair for pair in rule.byweekday if pair[1] and counted}

    def allow(self, day: date) -> bool:
        """Say whether every part of the rule that speaks of days allows a day."""
        rule = self.rule
        return (
            (not rule.bymonth or day.month in rule.bymonth)
            and (not rule.bymonthday or _from_either_end(day.day, _month_length(day), rule.bymonthday))
            and (not rule.byyearday or _from_either_end(_of_year(day), _year_length(day.year), rule.byyearday))
            and (not rule.byweekday or self._weekday(day))
            and (not rule.byweekno or self._week(day))
            and (not rule.byeaster or (day - _easter(day.year)).days in rule.byeaster)
        )

    def _weekday(self, day: date) -> bool:
        if day.weekday() in self.weekdays:
            return True
        if not self.ordinals:
            return False
        # 2MO counts inside the month, unless a yearly rule names no months.
        yearly = self.rule.frequency == "YEARLY" and not self.rule.bymonth
        place = _of_year(day) if yearly else day.day
        length = _year_length(day.year) if yearly else _month_length(day)
        nth = ((day.weekday(), (place - 1) // 7 + 1), (day.weekday(), -((length - place) // 7 + 1)))
        return not self.ordinals.isdisjoint(nth)

    def _week(self, day: date) -> bool:
        year, week = _week_of(day, self.rule.wkst)
        return _from_either_end(week, _week_of(date(year, 12, 28), self.rule.wkst)[1], self.rule.byweekno)


@dataclass
class Periods:
    """The occurrences of one rule, COUNT and UNTIL aside."""

    rule: Rule
    root: datetime
    budget: int = BUDGET

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the starts in (after, until], in order; raise `BadRule` when the walk takes too long."""
        after = max(after, self.root)
        starts = self._short(after, until) if self.rule.frequency in UNITS else self._long(after, until)
        for start in starts:
            if start > until:
                return
            if start > after:
                yield start

    def _long(self, after: datetime, until: datetime) -> Iterator[datetime]:
        days = Days(self.rule)
        clock = [time(*parts) for parts in product(self.rule.byhour, self.rule.byminute, self.rule.bysecond)]
        origin, begin, end = (self._index(moment.date()) for moment in (self.root, after, until))
        first = begin - (begin - origin) % self.rule.interval
        for index in range(first, end + 1, self.rule.interval):
            span = self._span(index)
            self._spend(len(span))
            chosen = [day for day in map(date.fromordinal, span) if days.allow(day)]
            yield from self._placed([datetime.combine(day, at) for day in chosen for at in clock])

    def _short(self, after: datetime, until: datetime) -> Iterator[datetime]:
        days = Days(self.rule)
        for ordinal in range(after.toordinal(), until.toordinal() + 1):
            self._spend(1)
            day = date.fromordinal(ordinal)
            if days.allow(day):
                yield from self._within(day)

    def _within(self, day: date) -> Iterator[datetime]:
        rule, unit = self.rule, UNITS[self.rule.frequency]
        origin = (self.root.toordinal() * DAY + _second_of(self.root)) // unit
        base = day.toordinal() * DAY // unit
        midnight = datetime.combine(day, time())
        for place in range((origin - base) % rule.interval, DAY // unit, rule.interval):
            self._spend(1)
            at = midnight + timedelta(seconds=place * unit)
            if (not rule.byhour or at.hour in rule.byhour) and self._fits(at, unit):
                yield from self._placed(self._filled(at, unit))

    def _fits(self, at: datetime, unit: int) -> bool:
        rule = self.rule
        minute = unit > 60 or not rule.byminute or at.minute in rule.byminute
        return minute and (unit > 1 or not rule.bysecond or at.second in rule.bysecond)

    def _filled(self, at: datetime, unit: int) -> list[datetime]:
        minutes: Iterable[int] = self.rule.byminute if unit > 60 else (at.minute,)
        seconds: Iterable[int] = self.rule.bysecond if unit > 1 else (at.second,)
        return [at.replace(minute=minute, second=second) for minute, second in product(minutes, seconds)]

    def _placed(self, found: list[datetime]) -> list[datetime]:
        if not self.rule.bysetpos:
            return found
        places = {place - 1 if place > 0 else len(found) + place for place in self.rule.bysetpos}
        return [found[place] for place in sorted(places) if 0 <= place < len(found)]

    def _index(self, day: date) -> int:
        match self.rule.frequency:
            case "YEARLY":
                return day.year
            case "MONTHLY":
                return day.year * 12 + day.month - 1
            case "WEEKLY":
                # Ordinal 1 was a Monday.
                return (day.toordinal() - 1 - self.rule.wkst) // 7
        return day.toordinal()

    def _span(self, index: int) -> range:
        match self.rule.frequency:
            case "YEARLY":
                first = date(index, 1, 1).toordinal()
                return range(first, first + _year_length(index))
            case "MONTHLY":
                start = date(index // 12, index % 12 + 1, 1)
                return range(start.toordinal(), start.toordinal() + _month_length(start))
            case "WEEKLY":
                first = index * 7 + 1 + self.rule.wkst
                return range(first, first + 7)
        return range(index, index + 1)

    def _spend(self, steps: int) -> None:
        self.budget -= steps
        if self.budget < 0:
            raise BadRule("The recurrence is too dense, or reaches too far, to be worked out.")


def _from_either_end(place: int, length: int, wanted: tuple[int, ...]) -> bool:
    return place in wanted or place - length - 1 in wanted


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _year_length(year: int) -> int:
    return 366 if isleap(year) else 365


def _of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _second_of(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _week_of(day: date, wkst: int) -> tuple[int, int]:
    """Return the year and number of a day's week; week 1 is the first with four days in its year."""
    middle = day - timedelta(days=(day.weekday() - wkst) % 7 - 3)
    return middle.year, (_of_year(middle) - 1) // 7 + 1


@lru_cache(maxsize=512)
def _easter(year: int) -> date:
    return easter(year)
