"""Compute when a series happens: naive wall-clock starts in the zone of its event (RFC 5545 3.8.5.3). Plain Python.

Days are computed on the calendar, never on instants, so that 09:00 stays 09:00 across clock changes.
docs/recurrence.md says what is meant by each part, and where python-dateutil, with which the tests compare, differs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from heapq import merge
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.lines import ParsedLines
from calendars.engine.recurrence.rule_occurrences import defaulted, occurrences_of
from calendars.engine.recurrence.rule_parser import RecurrenceRule, named
from calendars.engine.recurrence.rule_times import UNITS
from calendars.engine.states import TimeKind
from calendars.engine.wall_clock import is_missing, resolve, resolve_all, steady_offset, wall
from calendars.errors import BadRule
from config.kernel.text import N_

__all__ = ["RecurrenceSet", "checked", "parse", "resolve", "resolve_all", "wall"]

DAY = timedelta(days=1)
# A series may have so many occurrences in a day: one a minute.
DENSEST = 1440
# So far a rule must happen once. Every date meets every weekday in 28 years, in 40 around 2100, no leap year.
FAR = timedelta(days=41 * 366)
# So many series are kept as they were read, and no longer ones than so many characters.
KEPT, SHORT = 1024, 500


@dataclass(frozen=True)
class Bound:
    """A last moment (an instant, or a wall-clock time), asked cheaply: zones are looked at only near it."""

    moment: datetime
    zone: ZoneInfo

    @cached_property
    def near(self) -> datetime:
        """The same on the wall clock; near a clock change it can be hours off."""
        return wall(self.moment, self.zone) if self.moment.tzinfo else self.moment

    @cached_property
    def end(self) -> datetime:
        """A wall-clock time from which on everything is past it."""
        return self.near + DAY

    def is_past(self, start: datetime) -> bool:
        """Return whether a wall-clock time lies behind it."""
        if not self.moment.tzinfo:
            return start > self.moment
        if abs(start - self.near) > DAY:
            return start > self.near
        return resolve(start, self.zone) > self.moment


@dataclass(frozen=True)
class RecurrenceSet:
    """All occurrences of a series; its root is always the first one, and COUNT counts it.

    `last` is the instant after which no occurrence starts, beside the UNTIL of each rule; `ends` tells the ends (UTC)
    of the extra occurrences that have a length of their own.
    """

    root: datetime
    zone: ZoneInfo
    rules: tuple[RecurrenceRule, ...] = ()
    extra: frozenset[datetime] = frozenset()
    excluded: frozenset[datetime] = frozenset()
    excluded_days: frozenset[date] = frozenset()
    last: datetime | None = None
    ends: Mapping[datetime, datetime] = field(default_factory=dict)
    kind: TimeKind = TimeKind.TIMED

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the starts after the root that lie in (after, until], in order; wall-clock times throughout.

        Of two that are the same instant, since the clock leaves one of them out, only the other is yielded.
        """
        found = self._placed(max(after, self.root), until)
        return found if self._is_sparse else self._once(found)

    def positions(self, until: datetime) -> Iterator[datetime]:
        """Yield the starts after the root up to a wall-clock time, also those of which two are the same instant."""
        return self._placed(self.root, until)

    def has(self, local: datetime) -> bool:
        """Return whether an occurrence after the root starts at exactly that wall-clock time."""
        return next(self.between(local - timedelta(seconds=1), local), None) == local

    def ended(self, until: datetime) -> bool:
        """Return whether nothing can follow after a wall-clock time."""
        if self.last and resolve(until, self.zone) >= self.last:
            return True
        rules_over = all(self._is_over(rule, until) for rule in self.rules)
        return rules_over and all(start <= until for start in self.extra)

    @cached_property
    def _last(self) -> Bound | None:
        return Bound(self.last, self.zone) if self.last else None

    @cached_property
    def _is_sparse(self) -> bool:
        """Whether there are too few occurrences for two of them to be the same instant."""
        # Where a zone left out a day (Apia, 30 December 2011), it and the next are the same, also of a daily series.
        return not self.rules and len(self.extra) < 2 and self._twin is None

    @cached_property
    def _twin(self) -> datetime | None:
        """The wall-clock time that is the same instant as the root, which the clock leaves out; None mostly."""
        return wall(resolve(self.root, self.zone), self.zone) if is_missing(self.root, self.zone) else None

    def _placed(self, after: datetime, until: datetime) -> Iterator[datetime]:
        bound = self._last
        if bound:
            until = min(until, bound.end)
        found: Iterator[datetime] = self._raw(after, until)
        if self.excluded or self.excluded_days:
            found = (start for start in found if not self._is_excluded(start))
        if bound:
            found = (start for start in found if not bound.is_past(start))
        return found

    def _raw(self, after: datetime, until: datetime) -> Iterator[datetime]:
        sources = [self._of(rule, after, until) for rule in self.rules]
        if self.extra:
            sources.append(iter(sorted(start for start in self.extra if after < start <= until)))
        return sources[0] if len(sources) == 1 else _distinct(merge(*sources))

    def _once(self, starts: Iterator[datetime]) -> Iterator[datetime]:
        zone, twin = self.zone, self._twin
        for start in starts:
            is_odd = steady_offset(zone, start.toordinal()) is None and is_missing(start, zone)
            if start != twin and not (is_odd and self._happens_at(wall(resolve(start, zone), zone))):
                yield start

    def _happens_at(self, start: datetime) -> bool:
        return not self._is_excluded(start) and any(True for _ in self._raw(start - timedelta(microseconds=1), start))

    def _is_excluded(self, start: datetime) -> bool:
        return start in self.excluded or start.date() in self.excluded_days

    def _of(self, rule: RecurrenceRule, after: datetime, until: datetime) -> Iterator[datetime]:
        starts = occurrences_of(rule, self.root)
        if rule.count:
            left = rule.count - 1 - (starts.number(after) if after > self.root else 0)
            return islice(starts.between(after, until), max(left, 0))
        if rule.until is None:
            return starts.between(after, until)
        bound = Bound(rule.until.moment, self.zone)
        return (start for start in starts.between(after, min(until, bound.end)) if not bound.is_past(start))

    def _is_over(self, rule: RecurrenceRule, until: datetime) -> bool:
        if rule.until and Bound(rule.until.moment, self.zone).is_past(until):
            return True
        return bool(rule.count) and occurrences_of(rule, self.root).number(until) >= (rule.count or 0) - 1


def parse(
    *,
    root: datetime,
    zone: ZoneInfo,
    frequency: str = "",
    params: str | None = None,
    text: str = "",
    last: datetime | None = None,
    kind: TimeKind = TimeKind.TIMED,
) -> RecurrenceSet:
    """Read a series: RFC 5545 lines, which may name their own RRULE, else a named rule; raise `BadRule`.

    `root` is the naive wall-clock start of the first occurrence; a DTSTART line stands for it where it was moved alone.
    """
    parsed = _parse_again if len(text) <= SHORT else _parse
    return parsed(root, zone, frequency, params, text, last, kind)


def _parse(
    root: datetime,
    zone: ZoneInfo,
    frequency: str,
    params: str | None,
    text: str,
    last: datetime | None,
    kind: TimeKind,
) -> RecurrenceSet:
    lines = ParsedLines(root, zone, kind).read(text)
    if not lines.rules and frequency:
        lines.rules.append(named(frequency, params))
    if kind == TimeKind.DAYS:
        lines.rules = [by_days(rule) for rule in lines.rules]
    return RecurrenceSet(
        root=lines.root,
        zone=zone,
        rules=tuple(defaulted(rule, lines.root) for rule in lines.rules),
        extra=frozenset(lines.extra),
        excluded=frozenset(lines.excluded),
        excluded_days=frozenset(lines.excluded_days),
        last=last,
        ends=lines.ends,
        kind=kind,
    )


# A series is read by each of those who look at it one after another, such as an import of many.
_parse_again = lru_cache(maxsize=KEPT)(_parse)


def by_days(rule: RecurrenceRule) -> RecurrenceRule:
    """Return the rule of an all-day series, without the times that RFC 5545 3.3.10 says to ignore; raise `BadRule`."""
    if rule.frequency in UNITS:
        problem = N_(
            "All-day events recur by days: %(frequency)s is too often, write DAILY or rarer.", frequency=rule.frequency
        )
        raise BadRule(problem, field="recurrence")
    return replace(rule, byhour=(), byminute=(), bysecond=())


def checked(series: RecurrenceSet) -> RecurrenceSet:
    """Return a series that may be stored; raise `BadRule` where it never happens, or more often than each minute."""
    for rule in series.rules:
        is_dense, happens = _look_at(replace(rule, count=None, until=None), series.root)
        if is_dense:
            _refuse_dense(series, rule)
        if not happens:
            raise BadRule(N_("The rule does not happen in 40 years; look at its BY parts and its interval."))
    return series


@lru_cache(maxsize=KEPT)
def _look_at(endless: RecurrenceRule, root: datetime) -> tuple[bool, bool]:
    """Return whether a rule may be too dense, and whether it happens at all."""
    starts, day = occurrences_of(endless, root), root.toordinal()
    is_dense = max(starts.busiest(day), starts.busiest(day + 1)) > DENSEST
    return is_dense, next(starts.between(root, root + FAR), None) is not None


def _refuse_dense(series: RecurrenceSet, rule: RecurrenceRule) -> None:
    alone = replace(series, rules=(rule,), extra=frozenset())
    if len(list(islice(alone.between(series.root, series.root + FAR), DENSEST))) == DENSEST:
        raise BadRule(
            N_(
                "The rule is too dense: a series has at most %(densest)s occurrences a day, one a minute, unless it "
                "has fewer in all. Write a larger INTERVAL, or a COUNT or UNTIL below that.",
                densest=f"{DENSEST:,}",
            )
        )


def _distinct(starts: Iterator[datetime]) -> Iterator[datetime]:
    before = None
    for start in starts:
        if start != before:
            yield start
        before = start
