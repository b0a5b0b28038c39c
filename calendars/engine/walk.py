"""Walks a recurrence rule with python-dateutil, on the wall clock; bounded, whatever the rule says. Plain Python.

Where no COUNT forbids it the walk starts at the last period before the wanted time that lies a whole number of
intervals after the first: it sees whole periods (BYSETPOS), and an old series costs what a young one does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dateutil import rrule

from calendars.engine.rules import FREQUENCIES, Rule
from calendars.errors import BadRule

# Starts that one walk yields before it gives up, and the longest span for frequencies below the day.
BUDGET = 200_000
UNITS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}
PARTS = (
    "bysetpos", "bymonth", "bymonthday", "byyearday", "byweekno", "byhour", "byminute", "bysecond", "byeaster",
)  # fmt: skip


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


@dataclass
class Periods:
    """The occurrences of one rule, COUNT and UNTIL aside."""

    rule: Rule
    root: datetime
    budget: int = BUDGET

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the starts in (after, until], in order; raise `BadRule` when the walk takes too long."""
        after = max(after, self.root)
        if until <= after:
            return
        for start in self._walk(self._period_before(after), until):
            self.budget -= 1
            if self.budget < 0:
                raise BadRule("The recurrence is too dense, or reaches too far, to be worked out.")
            if start > after:
                yield start

    def _walk(self, begin: datetime, until: datetime) -> Iterator[datetime]:
        rule = self.rule
        unit = UNITS.get(rule.frequency)
        if unit and (until - begin) / (unit * rule.interval) > BUDGET * 100:
            raise BadRule("The recurrence is too dense, or reaches too far, to be worked out.")
        weekdays = [rrule.weekday(day, ordinal or None) for day, ordinal in rule.byweekday]
        try:
            return iter(
                rrule.rrule(
                    FREQUENCIES.index(rule.frequency), dtstart=begin, until=until, interval=rule.interval,
                    wkst=rule.wkst, byweekday=weekdays or None,
                    **{name: getattr(rule, name) or None for name in PARTS},
                )
            )  # fmt: skip
        except ValueError:
            # dateutil's word for hours, minutes or seconds that the interval never meets.
            return iter(())

    def _period_before(self, at: datetime) -> datetime:
        """Return the beginning of the period that holds `at`, or of the last one that the interval meets."""
        step = self.rule.interval
        match self.rule.frequency:
            case "YEARLY":
                return datetime(at.year - (at.year - self.root.year) % step, 1, 1)  # noqa: DTZ001  wall clock
            case "MONTHLY":
                months, origin = at.year * 12 + at.month - 1, self.root.year * 12 + self.root.month - 1
                year, month = divmod(months - (months - origin) % step, 12)
                return datetime(year, month + 1, 1)  # noqa: DTZ001  wall clock
            case "WEEKLY":
                # Ordinal 1 was a Monday.
                first = self._week(self.root)
                week = self._week(at) - (self._week(at) - first) % step
                return _midnight(date.fromordinal(max(week * 7 + 1 + self.rule.wkst, 1)))
            case "DAILY":
                return _midnight(at.date() - timedelta(days=(at.date() - self.root.date()).days % step))
        unit = UNITS[self.rule.frequency]
        first_period = _midnight(self.root.date()) + (self.root - _midnight(self.root.date())) // unit * unit
        return first_period + (at - first_period) // (unit * step) * (unit * step)

    def _week(self, at: datetime) -> int:
        return (at.toordinal() - 1 - self.rule.wkst) // 7


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall clock
