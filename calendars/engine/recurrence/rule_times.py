"""Compute at which times of a day a rule happens (RFC 5545 3.3.10: BYHOUR, BYMINUTE, BYSECOND). Plain Python."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product

from calendars.engine.recurrence.rule_parser import RecurrenceRule

DAY = 86_400
# Seconds of a period that is shorter than a day.
UNITS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
# Clocks with more times than this are not kept as spans.
MANY = 1500


@dataclass(frozen=True)
class DayTimes:
    """The times of one day, in seconds after midnight, ascending."""

    seconds: Sequence[int]

    @cached_property
    def spans(self) -> Sequence[timedelta]:
        """The same as spans, where they are few enough to be kept."""
        return tuple(timedelta(seconds=second) for second in self.seconds)

    def on(self, ordinal: int) -> Iterator[datetime]:
        """Yield all moments of a day."""
        midnight = datetime.fromordinal(ordinal)
        if len(self.seconds) > MANY:
            return (midnight + timedelta(seconds=second) for second in self.seconds)
        return (midnight + span for span in self.spans)

    def place(self, at: datetime) -> int:
        """Return how many of its times have come at a time of day, this one included."""
        return bisect_right(self.seconds, second_of(at))

    def cut(self, first: int, end: int) -> "DayTimes":
        """Return the times from one place up to another."""
        return replace(self, seconds=self.seconds[first:end])


class RuleTimes:
    """The clocks of one rule that names its times (`rule_occurrences.defaulted`)."""

    def __init__(self, rule: RecurrenceRule, root: datetime) -> None:
        self.rule = rule
        self.unit = UNITS.get(rule.frequency, DAY)
        self.origin = (root.toordinal() * DAY + second_of(root)) // self.unit
        self.cached: dict[int, DayTimes] = {}
        # How many times were looked at to find those that fit.
        self.looked = 0
        # The smaller parts fill an hour or a minute, and BYSETPOS chooses among them.
        self.filling = list(_chosen(self._fill(), rule.bysetpos)) if self.unit < DAY else []

    @cached_property
    def whole(self) -> DayTimes:
        """All times of a day, of a rule that is daily or rarer; of a daily one, those that BYSETPOS chooses."""
        rule = self.rule
        hours = product(rule.byhour, rule.byminute, rule.bysecond)
        seconds = [hour * 3600 + minute * 60 + second for hour, minute, second in hours]
        return DayTimes(tuple(_chosen(seconds, rule.bysetpos) if rule.frequency == "DAILY" else seconds))

    def on(self, ordinal: int) -> DayTimes:
        """Return the clock of one day, of a rule that is more than daily; it depends on the phase of the interval."""
        phase = (self.origin - ordinal * (DAY // self.unit)) % self.rule.interval
        if phase not in self.cached:
            if len(self.cached) > MANY:
                self.cached.clear()
            self.cached[phase] = DayTimes(self._of_phase(phase))
        return self.cached[phase]

    @property
    def is_steady(self) -> bool:
        """Whether every day has the same clock."""
        return self.unit == DAY or (DAY // self.unit) % self.rule.interval == 0

    def _of_phase(self, phase: int) -> Sequence[int]:
        step = self.rule.interval
        if self.filling == [0] and not any(self._limits):
            return range(phase * self.unit, DAY, step * self.unit)
        hours, minutes, seconds = (
            limit or whole for limit, whole in zip(self._limits, (range(24), range(60), range(60)), strict=True)
        )
        if self.unit > 60:
            periods = list(hours)
        elif self.unit > 1:
            periods = [hour * 60 + minute for hour in hours for minute in minutes]
        else:
            periods = [hour * 3600 + minute * 60 + second for hour, minute, second in product(hours, minutes, seconds)]
        self.looked += len(periods)
        starts = [period * self.unit for period in periods if (period - phase) % step == 0]
        return tuple(start + second for start in starts for second in self.filling)

    @property
    def _limits(self) -> tuple[tuple[int, ...], ...]:
        """The hours, minutes and seconds that limit a rule of this frequency, rather than fill its periods."""
        rule = self.rule
        return rule.byhour, rule.byminute if self.unit < 3600 else (), rule.bysecond if self.unit == 1 else ()

    def _fill(self) -> list[int]:
        minutes = self.rule.byminute if self.unit == 3600 else (0,)
        seconds = self.rule.bysecond if self.unit > 1 else (0,)
        return [minute * 60 + second for minute, second in product(minutes, seconds)]


def second_of(at: datetime) -> int:
    """Return the seconds after midnight of a time of day."""
    return at.hour * 3600 + at.minute * 60 + at.second


def chosen(places: tuple[int, ...], number: int) -> list[int]:
    """Return what BYSETPOS chooses among so many, as indices, ascending."""
    indices = {place - 1 if place > 0 else number + place for place in places}
    return sorted(index for index in indices if 0 <= index < number)


def _chosen(values: Iterable[int], places: tuple[int, ...]) -> list[int]:
    found = list(values)
    return [found[index] for index in chosen(places, len(found))] if places else found
