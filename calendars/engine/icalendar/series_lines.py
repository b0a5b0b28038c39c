"""Write a series as RRULE, RDATE and EXDATE lines (RFC 5545 3.8.5). Plain Python."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.icalendar.content_lines import content_line, date_list_line, local_text, utc_text
from calendars.engine.recurrence import recurrence_set, rule_parser
from calendars.engine.recurrence.lines import ParsedLines
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, by_days, resolve, wall
from calendars.engine.recurrence.rule_parser import WEEKDAYS, RecurrenceRule, Until
from calendars.engine.states import TimeKind
from calendars.errors import BadRule

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# Of a rule that no RRULE can tell, such as one about Easter, the occurrences are listed instead.
MAX_LISTED = 1000
YEAR = timedelta(days=366)
PARTS = ("bymonth", "byweekno", "byyearday", "bymonthday", "byhour", "byminute", "bysecond", "bysetpos")


@dataclass(frozen=True)
class SeriesDefinition:
    """The recurrence of a root; occurrences exist up to `reached`, `stopped` says that no more will be made."""

    start: datetime
    time_zone: str
    recurrence: str = ""
    frequency: str = ""
    params: str | None = None
    last: datetime | None = None
    reached: datetime | None = None
    stopped: bool = False
    kind: TimeKind = TimeKind.TIMED
    local_start: str = ""  # the wall-clock start that was meant, where it is known

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return ZoneInfo(self.time_zone)

    @property
    def first(self) -> datetime:
        """The wall-clock start of the root."""
        if self.local_start:
            return datetime.fromisoformat(self.local_start)
        return time_kinds.local(self.start, self.zone, self.kind)

    def read(self) -> RecurrenceSet:
        """Return its recurrence; raise `BadRule`."""
        return recurrence_set.parse(
            root=self.first,
            zone=self.zone,
            frequency=self.frequency or "",
            params=self.params,
            text=self.recurrence,
            last=self.last,
            kind=self.kind,
        )

    def plain(self, root: datetime) -> list[RecurrenceRule]:
        """Return its rules as written, without the parts implied by DTSTART."""
        found = ParsedLines(root, self.zone, self.kind).read(self.recurrence).rules
        if not found and self.frequency:
            found = [rule_parser.named(self.frequency, self.params)]
        return [by_days(rule) for rule in found] if self.kind == TimeKind.DAYS else found


def recurrence_lines(series: SeriesDefinition, *, without: list[datetime]) -> str:
    """Return the recurrence lines for DTSTART, the `root` of `series.read()`; `without` are cancelled occurrences."""
    found = series.read()
    bound = end_of_series(series, found)
    told, listed = "", set(found.extra) - set(found.ends)
    for own, whole in zip(series.plain(found.root), found.rules, strict=True):
        alone = replace(found, rules=(whole,), extra=frozenset(), last=None, ends={})
        text = _rule_text(_with_until(own, alone, bound), alone)
        if text:
            told += content_line(f"RRULE:{text}")
        else:
            listed |= _list_occurrences(series, replace(alone, last=bound))
    kept = [start for start in listed if bound is None or resolve(start, series.zone) <= bound]
    told += date_list_line("RDATE", kept, series.time_zone, series.kind) + _period_line(found, bound)
    return told + date_list_line("EXDATE", {*_excluded_times(found), *without}, series.time_zone, series.kind)


def end_of_series(series: SeriesDefinition, found: RecurrenceSet) -> datetime | None:
    """Return the instant after which nothing starts, where the rules themselves do not end."""
    ends = [series.last] if series.last else []
    if series.stopped and series.reached and not found.ended(wall(series.reached, series.zone)):
        ends.append(max(series.reached, series.start))
    return min(ends, default=None)


def _with_until(rule: RecurrenceRule, alone: RecurrenceSet, bound: datetime | None) -> RecurrenceRule:
    """Return a rule that ends at a bound, too; COUNT stays where it ends the rule earlier."""
    if rule.count:
        if bound is None or alone.ended(wall(bound, alone.zone)):
            return rule
        return replace(rule, count=None, until=Until(bound))
    if rule.until is None:
        return replace(rule, until=Until(bound)) if bound else rule
    own = rule.until.moment
    until = own if own.tzinfo else resolve(own, alone.zone)
    return replace(rule, until=Until(min(until, bound) if bound else until))


def _rule_text(rule: RecurrenceRule, alone: RecurrenceSet) -> str:
    """Return the value of an RRULE; empty for a rule that RFC 5545 cannot express."""
    parts = [f"FREQ={rule.frequency}"]
    parts += [f"INTERVAL={rule.interval}"] if rule.interval > 1 else []
    parts += [f"COUNT={rule.count}"] if rule.count else []
    parts += [f"UNTIL={_until_text(rule.until.moment, alone)}"] if rule.until else []
    for name in PARTS:
        values = getattr(rule, name)
        parts += [f"{name.upper()}={','.join(map(str, values))}"] if values else []
    days = [f"{ordinal or ''}{WEEKDAYS[day]}" for day, ordinal in rule.byweekday]
    parts += [f"BYDAY={','.join(days)}"] if days else []
    parts += [f"WKST={WEEKDAYS[rule.wkst]}"] if rule.wkst else []
    text = ";".join(parts)
    try:
        rule_parser.rrule(text)
    except BadRule:
        return ""
    return "" if rule.byeaster else text


def _until_text(at: datetime, series: RecurrenceSet) -> str:
    """Return an instant as a series tells it: in UTC, or as its days and floating times are told."""
    if series.kind == TimeKind.TIMED:
        return utc_text(at)
    return local_text(wall(at, series.zone))[: 8 if series.kind == TimeKind.DAYS else None]


def _list_occurrences(series: SeriesDefinition, alone: RecurrenceSet) -> set[datetime]:
    end = wall(series.reached, series.zone) if series.reached else alone.root + YEAR
    bare = replace(alone, excluded=frozenset(), excluded_days=frozenset())
    return set(islice(bare.between(alone.root, end), MAX_LISTED))


def _period_line(found: RecurrenceSet, bound: datetime | None) -> str:
    spans = [(resolve(start, found.zone), end) for start, end in found.ends.items()]
    kept = [
        f"{_until_text(start, found)}/{_until_text(end, found)}"
        for start, end in sorted(spans)
        if bound is None or start <= bound
    ]
    return content_line(f"RDATE;VALUE=PERIOD:{','.join(kept)}") if kept else ""


def _excluded_times(found: RecurrenceSet) -> list[datetime]:
    """Return what is excluded as times: beside a DTSTART with a time, a date excludes nothing."""
    if found.kind == TimeKind.DAYS:
        return sorted({*found.excluded, *map(time_kinds.midnight, found.excluded_days)})
    bare = replace(found, excluded=frozenset(), excluded_days=frozenset())
    moments = set(found.excluded)
    for day in found.excluded_days:
        midnight = datetime.combine(day, datetime.min.time())
        moments |= set(islice(bare.between(midnight - SECOND, midnight + DAY - SECOND), MAX_LISTED))
    return sorted(moments)
