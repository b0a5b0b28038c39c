"""A series as iCalendar tells it: RRULE, RDATE and EXDATE lines that give the same occurrences. Plain Python."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine import recurrence, rules
from calendars.engine.ical_text import line, locals_, stamp
from calendars.engine.lines import Lines
from calendars.engine.recurrence import RecurrenceSet, resolve, wall
from calendars.engine.rules import WEEKDAYS, Rule, Until
from calendars.errors import BadRule

DAY = timedelta(days=1)
# Of a rule that no RRULE can tell, such as one about Easter, the occurrences are listed instead.
LISTED = 1000
YEAR = timedelta(days=366)
PARTS = ("bymonth", "byweekno", "byyearday", "bymonthday", "byhour", "byminute", "bysecond", "bysetpos")


@dataclass(frozen=True)
class Series:
    """What the root of a series holds; `reached` is up to where its occurrences exist, `stopped` that no more come."""

    start: datetime
    time_zone: str
    recurrence: str = ""
    frequency: str = ""
    params: str | None = None
    last: datetime | None = None
    reached: datetime | None = None
    stopped: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return ZoneInfo(self.time_zone)

    def read(self) -> RecurrenceSet:
        """Return its recurrence; raise `BadRule`."""
        return recurrence.parse(
            root=wall(self.start, self.zone), zone=self.zone, frequency=self.frequency or "", params=self.params,
            text=self.recurrence, last=self.last,
        )  # fmt: skip


def lines(series: Series, *, without: list[datetime]) -> str:
    """Return the lines below DTSTART, the `root` of `series.read()`; `without` are occurrences that are off."""
    found = series.read()
    bound = _bound(series, found)
    plain = Lines(found.root, series.zone).read(series.recurrence).rules
    if not plain and series.frequency:
        plain = [rules.named(series.frequency, series.params)]
    told, listed = "", set(found.extra) - set(found.ends)
    for own, whole in zip(plain, found.rules, strict=True):
        alone = replace(found, rules=(whole,), extra=frozenset(), last=None, ends={})
        text = _rule(_until(own, alone, bound))
        if text:
            told += line(f"RRULE:{text}")
        else:
            listed |= _listed(series, replace(alone, last=bound))
    kept = [start for start in listed if bound is None or resolve(start, series.zone) <= bound]
    told += locals_("RDATE", kept, series.time_zone) + _periods(found, bound)
    return told + locals_("EXDATE", [*_excluded(found), *without], series.time_zone)


def _bound(series: Series, found: RecurrenceSet) -> datetime | None:
    """Return the instant after which nothing starts, where its rules do not say so themselves."""
    ends = [series.last] if series.last else []
    if series.stopped and series.reached and not found.ended(wall(series.reached, series.zone)):
        ends.append(max(series.reached, series.start))
    return min(ends, default=None)


def _until(rule: Rule, alone: RecurrenceSet, bound: datetime | None) -> Rule:
    """Return a rule that ends at a bound, too; COUNT stays where it ends the rule earlier."""
    if rule.count:
        over = bound is None or alone.ended(wall(bound, alone.zone))
        return rule if over else replace(rule, count=None, until=Until(bound))  # type: ignore[arg-type]
    if rule.until is None:
        return replace(rule, until=Until(bound)) if bound else rule
    own = rule.until.moment
    until = own if own.tzinfo else resolve(own, alone.zone)
    return replace(rule, until=Until(min(until, bound) if bound else until))


def _rule(rule: Rule) -> str:
    """Return the value of an RRULE; nothing for a rule that RFC 5545 has no words for."""
    parts = [f"FREQ={rule.frequency}"]
    parts += [f"INTERVAL={rule.interval}"] if rule.interval > 1 else []
    parts += [f"COUNT={rule.count}"] if rule.count else []
    parts += [f"UNTIL={stamp(rule.until.moment)}"] if rule.until else []
    for name in PARTS:
        values = getattr(rule, name)
        parts += [f"{name.upper()}={','.join(map(str, values))}"] if values else []
    days = [f"{ordinal or ''}{WEEKDAYS[day]}" for day, ordinal in rule.byweekday]
    parts += [f"BYDAY={','.join(days)}"] if days else []
    parts += [f"WKST={WEEKDAYS[rule.wkst]}"] if rule.wkst else []
    text = ";".join(parts)
    try:
        return "" if rule.byeaster else (rules.rrule(text) and text)  # type: ignore[return-value]
    except BadRule:
        return ""


def _listed(series: Series, alone: RecurrenceSet) -> set[datetime]:
    end = wall(series.reached, series.zone) if series.reached else alone.root + YEAR
    bare = replace(alone, excluded=frozenset(), excluded_days=frozenset())
    return set(islice(bare.between(alone.root, end), LISTED))


def _periods(found: RecurrenceSet, bound: datetime | None) -> str:
    spans = [(resolve(start, found.zone), end) for start, end in found.ends.items()]
    kept = [f"{stamp(start)}/{stamp(end)}" for start, end in sorted(spans) if bound is None or start <= bound]
    return line(f"RDATE;VALUE=PERIOD:{','.join(kept)}") if kept else ""


def _excluded(found: RecurrenceSet) -> list[datetime]:
    """Return what is excluded as times: beside a DTSTART with a time, a date excludes nothing."""
    bare = replace(found, excluded=frozenset(), excluded_days=frozenset())
    moments = set(found.excluded)
    for day in found.excluded_days:
        midnight = datetime.combine(day, datetime.min.time())
        moments |= set(islice(bare.between(midnight - timedelta(seconds=1), midnight + DAY), LISTED))
    return sorted(moments)
