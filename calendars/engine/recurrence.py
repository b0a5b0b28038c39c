"""When a series happens: naive wall-clock starts in the zone of its event (RFC 5545). Plain Python.

Days are computed on the calendar, never on instants, so that 09:00 stays 09:00 across clock changes.
The meaning of every part is that of python-dateutil, which the tests compare with; unlike it, a walk always ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calendars.engine.rules import LONGEST, Rule, named, rrule, stamp
from calendars.engine.walk import Periods, defaulted
from calendars.errors import BadRule


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a wall-clock time.

    RFC 5545 3.3.5: a time that the clock leaves out is read with the offset before the gap; one that
    comes twice is the first. Both are `fold=0`.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time of an instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


@dataclass(frozen=True)
class RecurrenceSet:
    """All occurrences of a series; its root is always the first one, and COUNT counts it.

    `last` is the instant after which no occurrence starts, beside the UNTIL of each rule.
    """

    root: datetime
    zone: ZoneInfo
    rules: tuple[Rule, ...] = ()
    extra: frozenset[datetime] = frozenset()
    excluded: frozenset[datetime] = frozenset()
    excluded_days: frozenset[date] = frozenset()
    last: datetime | None = None

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the starts after the root that lie in (after, until], in order; wall-clock times throughout."""
        after = max(after, self.root)
        found = {start for start in self.extra if after < start <= until}
        for rule in self.rules:
            found.update(self._of(rule, after, until))
        for start in sorted(found):
            if not self._refused(start):
                yield start

    def ended(self, until: datetime) -> bool:
        """Say whether nothing can follow after a wall-clock time."""
        if self.last and resolve(until, self.zone) >= self.last:
            return True
        rules_over = all(self._over(rule, until) for rule in self.rules)
        return rules_over and all(start <= until for start in self.extra)

    def _refused(self, start: datetime) -> bool:
        if start in self.excluded or start.date() in self.excluded_days:
            return True
        return bool(self.last) and resolve(start, self.zone) > self.last  # type: ignore[operator]

    def _of(self, rule: Rule, after: datetime, until: datetime) -> Iterator[datetime]:
        # COUNT needs every occurrence since the root; without it the walk starts where it is wanted.
        begin = self.root if rule.count else after
        left = (rule.count or 0) - 1
        for start in Periods(rule, self.root).between(begin, until):
            if (rule.count and left <= 0) or self._past(rule, start):
                return
            left -= 1
            if start > after:
                yield start

    def _past(self, rule: Rule, start: datetime) -> bool:
        if rule.until is None:
            return False
        moment = rule.until.moment
        return resolve(start, self.zone) > moment if moment.tzinfo else start > moment

    def _over(self, rule: Rule, until: datetime) -> bool:
        if self._past(rule, until):
            return True
        if not rule.count:
            return False
        walked = Periods(rule, self.root).between(self.root, until)
        return sum(1 for _ in zip(range(rule.count - 1), walked, strict=False)) >= rule.count - 1


def parse(
    *,
    root: datetime,
    zone: ZoneInfo,
    frequency: str = "",
    params: str | None = None,
    text: str = "",
    last: datetime | None = None,
) -> RecurrenceSet:
    """Read a series: RFC 5545 lines, which may name their own RRULE, else a named rule; raise `BadRule`.

    `root` is the naive wall-clock start of the first occurrence; a DTSTART line stands for it where it was moved alone.
    """
    lines = _Lines(root, zone).read(text)
    if not lines.rules and frequency:
        lines.rules.append(named(frequency, params))
    rules = tuple(defaulted(rule, lines.root) for rule in lines.rules)
    return RecurrenceSet(
        root=lines.root,
        zone=zone,
        rules=rules,
        extra=frozenset(lines.extra),
        excluded=frozenset(lines.excluded),
        excluded_days=frozenset(lines.excluded_days),
        last=last,
    )


class _Lines:
    """Reads RRULE, RDATE and EXDATE lines, folded or not."""

    def __init__(self, root: datetime, zone: ZoneInfo) -> None:
        self.root = root  # or what a DTSTART line says
        self.zone = zone
        self.rules: list[Rule] = []
        self.extra: set[datetime] = set()
        self.excluded: set[datetime] = set()
        self.excluded_days: set[date] = set()

    def read(self, text: str) -> "_Lines":
        """Take in the lines of a text."""
        if len(text) > LONGEST:
            raise BadRule(f"The recurrence is longer than {LONGEST} characters.")
        unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
        for line in filter(None, (line.strip() for line in unfolded.split("\n"))):
            self._line(line)
        return self

    def _line(self, line: str) -> None:
        head, colon, value = line.partition(":")
        if not colon:
            head, value = "RRULE", line
        name, *parameters = head.upper().split(";")
        if name == "RRULE":
            self.rules.append(rrule(value))
        elif name in ("RDATE", "EXDATE"):
            zone = self._zone(head.split(";")[1:])
            for part in value.split(","):
                self._date(name, part, zone)
        elif name == "DTSTART":
            self.root = self._moment(value, self._zone(head.split(";")[1:]))
        else:
            raise BadRule(f"“{line[:40]}” is neither RRULE, RDATE, EXDATE nor DTSTART.")

    def _zone(self, parameters: list[str]) -> ZoneInfo:
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.upper() == "TZID":
                try:
                    return ZoneInfo(value.strip('"'))
                except (ZoneInfoNotFoundError, ValueError):
                    raise BadRule(f"“{value[:40]}” is no IANA time zone.") from None
        return self.zone

    def _date(self, name: str, text: str, zone: ZoneInfo) -> None:
        first = text.split("/")[0]
        moment, _, timed = stamp(first)
        if not timed and name == "EXDATE":
            self.excluded_days.add(moment.date())
        else:
            (self.extra if name == "RDATE" else self.excluded).add(self._moment(first, zone))

    def _moment(self, text: str, zone: ZoneInfo) -> datetime:
        moment, utc, timed = stamp(text)
        if not timed:
            return datetime.combine(moment, self.root.time())
        if utc or zone != self.zone:
            return wall(moment.replace(tzinfo=UTC) if utc else resolve(moment, zone), self.zone)
        return moment
