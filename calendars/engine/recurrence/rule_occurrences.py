"""Compute when a rule (RFC 5545 3.3.10) takes place on the wall clock, from any moment on. Plain Python.

It begins at the period that holds the wanted moment: periods are counted from the start of the series, so that what
INTERVAL skips is known without computing what lies before. The search is always bounded. COUNT is dealt with in
`recurrence_set`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from math import gcd, lcm
from typing import Any

from calendars.engine.recurrence.rule_days import RuleDays, week_start, week_year
from calendars.engine.recurrence.rule_parser import FREQUENCIES, RecurrenceRule
from calendars.engine.recurrence.rule_times import DAY, DayTimes, RuleTimes, chosen
from calendars.errors import BadRule
from config.kernel.text import N_

WEEK = 7
# RuleDays, and shorter periods, that one computation looks at before it gives up: about 30 ms.
BUDGET = 60_000
# A time that is looked at costs so much less than a day.
CHEAPER = 8


def defaulted(rule: RecurrenceRule, root: datetime) -> RecurrenceRule:
    """Fill in what the rule leaves to the start of the series (RFC 5545 3.3.10)."""
    names_days = rule.byyearday or rule.bymonthday or rule.byweekday or rule.byeaster
    fields = {} if names_days else _days_of_root(rule, root)
    rank = FREQUENCIES.index(rule.frequency)
    for name, finest, value in (("byhour", 4, root.hour), ("byminute", 5, root.minute), ("bysecond", 6, root.second)):
        if not getattr(rule, name) and rank < finest:
            fields[name] = (value,)
    return replace(rule, **fields)


def _days_of_root(rule: RecurrenceRule, root: datetime) -> dict[str, Any]:
    match rule.frequency, bool(rule.byweekno):
        case ("WEEKLY", False) | ("YEARLY", True):
            return {"byweekday": ((root.weekday(), 0),)}
        case "YEARLY", False:
            return {"bymonth": rule.bymonth or (root.month,), "bymonthday": (root.day,)}
        case "MONTHLY", False:
            return {"bymonthday": (root.day,)}
    return {}


class Budget:
    """What one computation may still look at: days, and times of day, which cost less."""

    def __init__(self, times: RuleTimes) -> None:
        self.left, self.times, self.looked = BUDGET, times, times.looked

    def spend(self, steps: int) -> None:
        """Count days, or what costs as much as so many; raise `BadRule` when there have been too many."""
        self.left -= steps
        if self.left < (self.times.looked - self.looked) // CHEAPER:
            raise BadRule(N_("The recurrence is too dense, or reaches too far, to be worked out."))


class RuleOccurrences:
    """The occurrences of one rule, COUNT and UNTIL aside; `rule` is `defaulted`."""

    def __init__(self, rule: RecurrenceRule, root: datetime) -> None:
        self.rule, self.root = rule, root
        self.days, self.times = RuleDays(rule), RuleTimes(rule, root)
        self.origin = self._index(root.toordinal())

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the starts in (after, until], in order; raise `BadRule` when that takes too long."""
        for ordinal, clock in self._clocks(after, until):
            yield from clock.on(ordinal)

    def number(self, until: datetime) -> int:
        """Return how many starts follow the root up to a time; in closed form where the rule repeats itself exactly."""
        whole = (until.toordinal() - self.root.toordinal()) // self.cycle if self.cycle else 0
        if whole < 2:
            return self._count(self.root, until)
        cycle = timedelta(days=self.cycle)
        # One cycle less, since the last may end later than asked for.
        skipped = whole - 1
        return skipped * self._count(self.root, self.root + cycle) + self._count(self.root + skipped * cycle, until)

    def busiest(self, ordinal: int) -> int:
        """Return how many starts a day has, if it has any."""
        return len((self.times.whole if self.times.unit == DAY else self.times.on(ordinal)).seconds)

    @cached_property
    def cycle(self) -> int:
        """The days after which the starts repeat themselves exactly; 0 where months and years have a say."""
        rule = self.rule
        named = rule.bymonth or rule.bymonthday or rule.byyearday or rule.byweekno or rule.byeaster
        if named or rule.frequency in ("YEARLY", "MONTHLY"):
            return 0
        if rule.frequency == "WEEKLY":
            return WEEK * rule.interval
        periods = DAY // self.times.unit
        days = rule.interval // gcd(rule.interval, periods)
        return lcm(days, WEEK) if rule.byweekday else days

    def _count(self, after: datetime, until: datetime) -> int:
        return sum(len(clock.seconds) for _, clock in self._clocks(after, until))

    def _clocks(self, after: datetime, until: datetime) -> Iterator[tuple[int, DayTimes]]:
        """Yield each day that has starts in (after, until], with its clock cut to them."""
        if until <= after:
            return
        first, last = after.toordinal(), until.toordinal()
        for ordinal, clock in self._days(first, last, Budget(self.times)):
            if first < ordinal < last:
                yield ordinal, clock
            elif first <= ordinal <= last:
                begin = clock.place(after) if ordinal == first else 0
                clock = clock.cut(begin, clock.place(until) if ordinal == last else len(clock.seconds))
                if clock.seconds:
                    yield ordinal, clock

    def _days(self, first: int, last: int, budget: Budget) -> Iterator[tuple[int, DayTimes]]:
        if self.rule.frequency not in ("YEARLY", "MONTHLY", "WEEKLY"):
            yield from self._daily(first, last, budget)
        elif self.rule.bysetpos:
            yield from self._placed(first, last, budget)
        else:
            clock = self.times.whole
            for days in self._periods(first, last, budget):
                for day in days:
                    yield day, clock

    def _placed(self, first: int, last: int, budget: Budget) -> Iterator[tuple[int, DayTimes]]:
        """Yield what BYSETPOS chooses of each period's days and times."""
        seconds = self.times.whole.seconds
        number = len(seconds)
        for days in self._periods(first, last, budget):
            indices = chosen(self.rule.bysetpos, len(days) * number)
            for day, group in groupby(indices, key=lambda index: index // number):
                yield days[day], DayTimes(tuple(seconds[index % number] for index in group))

    def _daily(self, first: int, last: int, budget: Budget) -> Iterator[tuple[int, DayTimes]]:
        times = self.times
        steady = times.whole if self.rule.frequency == "DAILY" else times.on(first) if times.is_steady else None
        for day in self._allowed(first, last, budget):
            if steady is None:
                budget.spend(1)
            clock = steady or times.on(day)
            if clock.seconds:
                yield day, clock

    def _allowed(self, first: int, last: int, budget: Budget) -> Iterator[int]:
        """Yield the days of a rule that is daily or more, a whole number of intervals from its start."""
        rule, origin, plain = self.rule, self.origin, self.days.plain
        step = rule.interval if rule.frequency == "DAILY" else 1
        begin = first + (origin - first) % step
        if rule.bymonth or rule.bymonthday or rule.byyearday or rule.byweekno or rule.byeaster:
            for year, month in _months(first, last):
                budget.spend(4)
                yield from (
                    day for day in self.days.of_month(year, month) if day >= first and (day - origin) % step == 0
                )
        else:
            days = range(begin, last + 1, step)
            yield from (day for day in days if (day - 1) % WEEK in plain) if plain else days

    def _periods(self, first: int, last: int, budget: Budget) -> Iterator[list[int]]:
        """Yield the days of each period of a yearly, monthly or weekly rule that touches a span of days."""
        interval = self.rule.interval
        begin, end = self._index(first), self._index(last)
        for index in range(begin + (self.origin - begin) % interval, end + 1, interval):
            yield self._of(index, budget)

    def _of(self, index: int, budget: Budget) -> list[int]:
        match self.rule.frequency:
            case "YEARLY":
                budget.spend(30)
                return self.days.of_year(index)
            case "MONTHLY":
                budget.spend(4)
                return self.days.of_month(index // 12, index % 12 + 1)
        budget.spend(2)
        return self.days.of_week(index * WEEK + 1 + self.rule.wkst)

    def _index(self, ordinal: int) -> int:
        """Return the number of the period in which a day lies."""
        match self.rule.frequency:
            case "YEARLY" if self.rule.byweekno:
                return week_year(ordinal, self.rule.wkst)
            case "YEARLY":
                return date.fromordinal(ordinal).year
            case "MONTHLY":
                day = date.fromordinal(ordinal)
                return day.year * 12 + day.month - 1
            case "WEEKLY":
                return (week_start(ordinal, self.rule.wkst) - 1 - self.rule.wkst) // WEEK
        return ordinal


@lru_cache(maxsize=4096)
def occurrences_of(rule: RecurrenceRule, root: datetime) -> RuleOccurrences:
    """Return the occurrences of a rule and the start of its series, with the days and times that it keeps."""
    return RuleOccurrences(rule, root)


def _months(first: int, last: int) -> Iterator[tuple[int, int]]:
    begin, end = date.fromordinal(first), date.fromordinal(last)
    for index in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month):
        yield index // 12, index % 12 + 1
