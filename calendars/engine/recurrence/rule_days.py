"""Compute which days a rule chooses in a year, month or week (RFC 5545 3.3.10), as ordinals. Plain Python.

The parts of a rule limit or expand as the table of RFC 5545 3.3.10 says; parts that the RFC does not allow together,
which the older grammar does, limit each other.
"""

from calendar import isleap
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

from dateutil.easter import easter

from calendars.engine.recurrence.rule_parser import RecurrenceRule

WEEK = 7
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class RuleDays:
    """The days of one rule."""

    def __init__(self, rule: RecurrenceRule) -> None:
        self.rule = rule
        counted = rule.frequency in ("YEARLY", "MONTHLY")
        self.plain = {weekday for weekday, ordinal in rule.byweekday if not (ordinal and counted)}
        self.nth = [pair for pair in rule.byweekday if pair[1] and counted]
        # 2MO counts inside the month, unless a yearly rule names no months.
        self.nth_of_year = bool(self.nth) and rule.frequency == "YEARLY" and not rule.bymonth
        self.by_weeks = rule.frequency == "YEARLY" and bool(rule.byweekno)
        self.months = frozenset(rule.bymonth or range(1, 13))
        self.refused = self._refusals()
        self.shapes: dict[tuple[int, int], tuple[int, ...]] = {}

    def of_month(self, year: int, month: int) -> list[int]:
        """Return the chosen days of a month."""
        if month not in self.months:
            return []
        before, length = date(year, month, 1).toordinal() - 1, month_length(year, month)
        shape = before % WEEK, length
        if shape not in self.shapes:
            self.shapes[shape] = self._of_shape(*shape)
        return self._kept(before + day for day in self.shapes[shape])

    def of_year(self, year: int) -> list[int]:
        """Return the chosen days of a year; of a rule by weeks, the year to which the weeks belong."""
        rule = self.rule
        before, length = date(year, 1, 1).toordinal() - 1, year_length(year)
        if self.by_weeks:
            return self._limited(self._of_weeks(year))
        if rule.byyearday:
            return self._limited(sorted({before + day for day in _places(rule.byyearday, length)}))
        if rule.byeaster:
            sunday = _easter(year)
            return self._limited([sunday + days for days in rule.byeaster if 0 < sunday + days - before <= length])
        if self.nth_of_year and not rule.bymonthday:
            return self._kept(before + day for day in sorted(self._weekdays(before % WEEK, length)))
        return [day for month in sorted(self.months) for day in self.of_month(year, month)]

    def of_week(self, monday: int) -> list[int]:
        """Return the chosen days of a week by the ordinal of its first day, of whatever weekday."""
        days = [monday + (weekday - (monday - 1)) % WEEK for weekday in self.plain] or range(monday, monday + WEEK)
        is_limited = self.refused or self.rule.bymonth or self.rule.bymonthday
        return self._limited(sorted(days)) if is_limited else sorted(days)

    def _of_shape(self, before: int, length: int) -> tuple[int, ...]:
        """Return the days of a month of that length that begins `before` days into a week."""
        days: Iterable[int] = range(1, length + 1)
        if self.rule.bymonthday:
            days = _places(self.rule.bymonthday, length)
        if not self.nth_of_year and (self.plain or self.nth):
            days = self._weekdays(before, length).intersection(days)
        return tuple(sorted(set(days)))

    def _weekdays(self, before: int, length: int) -> set[int]:
        found = {day for weekday in self.plain for day in range((weekday - before) % WEEK + 1, length + 1, WEEK)}
        for weekday, ordinal in self.nth:
            days = range((weekday - before) % WEEK + 1, length + 1, WEEK)
            place = ordinal - 1 if ordinal > 0 else len(days) + ordinal
            if 0 <= place < len(days):
                found.add(days[place])
        return found

    def _of_weeks(self, year: int) -> list[int]:
        first = _first_week(year, self.rule.wkst)
        weeks = (_first_week(year + 1, self.rule.wkst) - first) // WEEK
        starts = sorted({first + (week - 1) * WEEK for week in _places(self.rule.byweekno, weeks)})
        return [day for start in starts for day in range(start, start + WEEK)]

    def _limited(self, days: Iterable[int]) -> list[int]:
        """Keep the days that the month, the day of the month and the weekday allow too."""
        rule = self.rule
        found = []
        for ordinal in days:
            day = date.fromordinal(ordinal)
            allowed = day.month in self.months and (
                not rule.bymonthday or _is_place(day.day, month_length(day.year, day.month), rule.bymonthday)
            )
            if allowed and (not rule.byweekday or self._is_weekday(day)):
                found.append(ordinal)
        return self._kept(found)

    def _is_weekday(self, day: date) -> bool:
        if day.weekday() in self.plain:
            return True
        place, length = day.day, month_length(day.year, day.month)
        if self.nth_of_year:
            place, length = place_in_year(day), year_length(day.year)
        return any(
            weekday == day.weekday() and ordinal in ((place - 1) // WEEK + 1, -((length - place) // WEEK + 1))
            for weekday, ordinal in self.nth
        )

    def _kept(self, days: Iterable[int]) -> list[int]:
        """Keep the days that the rarer parts allow too."""
        found = list(days)
        for refuses in self.refused:
            found = [day for day in found if not refuses(date.fromordinal(day))]
        return found

    def _refusals(self) -> list[Callable[[date], bool]]:
        rule, found = self.rule, []
        if rule.byyearday:
            found.append(lambda day: not _is_place(place_in_year(day), year_length(day.year), rule.byyearday))
        if rule.byweekno and not self.by_weeks:
            found.append(lambda day: not self._is_week(day))
        if rule.byeaster:
            found.append(lambda day: day.toordinal() - _easter(day.year) not in rule.byeaster)
        if self.nth_of_year:
            found.append(lambda day: not self._is_weekday(day))
        return found

    def _is_week(self, day: date) -> bool:
        year = week_year(day.toordinal(), self.rule.wkst)
        first = _first_week(year, self.rule.wkst)
        weeks = (_first_week(year + 1, self.rule.wkst) - first) // WEEK
        return _is_place((day.toordinal() - first) // WEEK + 1, weeks, self.rule.byweekno)


def week_start(ordinal: int, wkst: int) -> int:
    """Return the ordinal of the first day of a day's week; ordinal 1 was a Monday."""
    return ordinal - (ordinal - 1 - wkst) % WEEK


def week_year(ordinal: int, wkst: int) -> int:
    """Return the year to which a day's week belongs: the one of its fourth day."""
    return date.fromordinal(week_start(ordinal, wkst) + 3).year


def month_length(year: int, month: int) -> int:
    """Return how many days a month has."""
    return 29 if month == 2 and isleap(year) else LENGTHS[month - 1]


def year_length(year: int) -> int:
    """Return how many days a year has."""
    return 366 if isleap(year) else 365


def place_in_year(day: date) -> int:
    """Return 1 for the first of January."""
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


def _first_week(year: int, wkst: int) -> int:
    """Return the first day of week 1, the first that has four days in its year."""
    return week_start(date(year, 1, 4).toordinal(), wkst)


def _places(wanted: tuple[int, ...], length: int) -> list[int]:
    return [place if place > 0 else length + place + 1 for place in wanted if -length <= place <= length]


def _is_place(place: int, length: int, wanted: tuple[int, ...]) -> bool:
    return place in wanted or place - length - 1 in wanted


@lru_cache(maxsize=512)
def _easter(year: int) -> int:
    return easter(year).toordinal()
