"""Edit the lines of a series (RFC 5545 3.8.5): move them on the clock, end them before an occurrence, begin at one.

RRULE lines keep their text but for COUNT, UNTIL and moved weekdays; dates are written anew as wall-clock times of the
series' zone, or as days.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.lines import YEARS as YEARS_MOVED
from calendars.engine.recurrence.lines import ParsedLines
from calendars.engine.recurrence.recurrence_set import Bound, RecurrenceSet, by_days, parse
from calendars.engine.recurrence.rule_occurrences import defaulted, occurrences_of
from calendars.engine.recurrence.rule_parser import LIMITS, WEEKDAYS, RecurrenceRule, rrule
from calendars.engine.recurrence.rule_times import UNITS
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import Shift, midnight
from calendars.engine.wall_clock import last_wall, resolve, wall
from calendars.errors import CannotSplit, RuleNamesDays
from config.kernel.text import N_

LOCAL, DATE = "%Y%m%dT%H%M%S", "%Y%m%d"
ALIKE = 60  # occurrences by which a split is proven
COMPARED = 400  # occurrences by which a move is proven
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
YEARS = timedelta(days=3660)
# Parts that a rule names days or hours with; a move of the whole series would have to change them.
DAYS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYEASTER", "BYMONTH", "BYSETPOS")
HOURS = ("BYHOUR", "BYMINUTE", "BYSECOND")


OTHER_DAYS = N_(
    "Not all months, or years, have that day, so that the series would happen at other times than its occurrences; "
    "give the new recurrence together with the new time."
)


class OtherOccurrences(RuntimeError):
    """An edit of times would change which occurrences a series has: a defect of this program, never of the input."""


@dataclass(frozen=True)
class RecurrenceText:
    """The recurrence of a series as lines, with its first occurrence (wall clock) and zone."""

    root: datetime
    zone: ZoneInfo
    rules: tuple[str, ...]
    dates: ParsedLines
    is_named: bool = False  # its rule is a named one, and not among the lines
    is_anchored: bool = False  # its first occurrence stands among the lines

    @classmethod
    def read(
        cls,
        text: str,
        *,
        root: datetime,
        zone: ZoneInfo,
        named: RecurrenceRule | None = None,
        kind: TimeKind = TimeKind.TIMED,
    ) -> "RecurrenceText":
        """Read lines that were checked before, and a named rule where they have none; DTSTART stands for the root."""
        dates = ParsedLines(root, zone, kind).read(text)
        lines = [line.strip() for line in re.sub(r"\r?\n[ \t]", "", text).splitlines()]
        rules = [line.rpartition(":")[2] for line in lines if _is_rule(line)]
        is_anchored = any(line.upper().startswith("DTSTART") for line in lines)
        if named and not rules:
            return cls(dates.root, zone, (rule_value(named),), dates, is_named=True, is_anchored=is_anchored)
        return cls(dates.root, zone, tuple(rules), dates, is_anchored=is_anchored)

    @property
    def kind(self) -> TimeKind:
        """How its times hang on a clock."""
        return self.dates.kind

    def moved(self, shift: Shift, kind: TimeKind, zone: ZoneInfo) -> str:
        """Return the lines of the series moved on the wall clock, UNTIL with them, for a zone that may be another.

        Raises `RuleNamesDays` where its rule forbids.
        """
        plain = self.rules if kind == TimeKind.TIMED else [_unzoned(rule, self.zone, kind) for rule in self.rules]
        clock = TimeKind.DAYS not in (self.kind, kind) and not shift.is_by_days
        rules = [moved_rule(rule, days=shift.days, clock=clock) for rule in plain]
        return self._lines([self._with_moved_end(rule, shift, zone) for rule in rules], _always, shift, kind)

    def unzoned(self) -> str:
        """Return the same lines without any zone or instant, for a series that has no zone of its own."""
        rules = [] if self.is_named else [_unzoned(rule, self.zone, self.kind) for rule in self.rules]
        anchor = [dates_line("DTSTART", [self.root], self.kind)] if self.is_anchored else []
        return "\n".join(filter(None, [*anchor, self._lines(rules, _always)]))

    @property
    def is_counted(self) -> bool:
        """Whether a rule of it ends after so many occurrences."""
        return any(rrule(rule).count for rule in self.rules)

    def with_count_less(self, been: int) -> str | None:
        """Return the lines of what is left after so many occurrences, which COUNT counts; None where nothing is."""
        rules = [rule for rule in (_less(rule, been) for rule in self.rules) if rule]
        return self._lines(rules, _always) if rules else None

    def ended_before(self, at: datetime) -> str:
        """Return the lines of the same series ended before one of its occurrences."""
        return self._lines([self._ended(rule, at) for rule in self.rules], at.__gt__)

    def begun_at(self, at: datetime) -> str:
        """Return the lines of what is left of the series when it begins at one of its occurrences."""
        rules = [rule for rule in (self._left(rule, at) for rule in self.rules) if rule]
        return self._lines(rules, at.__lt__)

    def _ended(self, text: str, at: datetime) -> str:
        until = rrule(text).until
        if until and Bound(until.moment, self.zone).is_past(at):
            return text
        if self.kind == TimeKind.TIMED:
            return _with(text, UNTIL=f"{resolve(at, self.zone) - SECOND:{LOCAL}}Z")
        return _with(text, UNTIL=f"{at - DAY:{DATE}}" if self.kind == TimeKind.DAYS else f"{at - SECOND:{LOCAL}}")

    def _with_moved_end(self, text: str, shift: Shift, zone: ZoneInfo) -> str:
        """Return an RRULE value whose UNTIL has moved with the occurrences, written as it was where that is exact."""
        rule, value = rrule(text), _parts(text).get("UNTIL", "")
        if rule.until is None or rule.until.moment.year not in YEARS_MOVED:
            return text
        keeps_days = shift.is_by_days or shift.turns or (shift.days == 0 and rule.frequency not in UNITS)
        if len(value) == len("20261231") and keeps_days:
            return _with(text, UNTIL=f"{rule.until.moment + shift.days * DAY:{DATE}}")
        last = shift(last_wall(rule.until.moment, self.zone))
        instant = resolve(last, zone)
        # A time that the clock leaves out would be another as an instant.
        is_exact = value.endswith("Z") and wall(instant, zone) == last
        return _with(text, UNTIL=f"{instant:{LOCAL}}Z" if is_exact else f"{last:{LOCAL}}")

    def _left(self, text: str, at: datetime) -> str:
        rule = rrule(text)
        if not rule.count or at <= self.root:
            return text
        endless = replace(by_days(rule) if self.kind == TimeKind.DAYS else rule, count=None)
        starts = occurrences_of(defaulted(endless, self.root), self.root)
        left = rule.count - 1 - starts.number(at - SECOND)
        return _with(text, COUNT=str(left)) if left > 0 else ""

    def _lines(
        self,
        rules: list[str],
        holds: Callable[[datetime], bool],
        shift: Shift | None = None,
        kind: TimeKind | None = None,
    ) -> str:
        """Write the lines with those dates of the series that hold, moved, and of another kind."""
        dates, kind, to = self.dates, kind or self.kind, shift or _as_it_is
        extra = sorted(start for start in dates.extra if holds(start))
        lone = [start for start in extra if start not in dates.ends or kind == TimeKind.DAYS]
        periods = [f"{to(start):{LOCAL}}/PT{self._seconds(start)}S" for start in extra if start not in lone]
        excluded = filter(holds, {*dates.excluded, *self._on_excluded_days()})
        lines = [
            *(f"RRULE:{rule}" for rule in rules),
            dates_line("RDATE", map(to, lone), kind),
            f"RDATE;VALUE=PERIOD:{','.join(periods)}" if periods else "",
            dates_line("EXDATE", map(to, excluded), kind),
        ]
        return "\n".join(filter(None, lines))

    def _seconds(self, start: datetime) -> int:
        return int((self.dates.ends[start] - resolve(start, self.zone)).total_seconds())

    def _on_excluded_days(self) -> list[datetime]:
        """Return excluded days as times: those of the occurrences that they take out."""
        days = self.dates.excluded_days
        if not days or self.kind == TimeKind.DAYS:
            return list(map(midnight, days))
        bare = parse(root=self.root, zone=self.zone, text="\n".join(f"RRULE:{rule}" for rule in self.rules))
        begin, end = datetime.combine(min(days), time.min) - SECOND, datetime.combine(max(days), time.max)
        return [start for start in bare.between(begin, end) if start.date() in days]


def rule_value(rule: RecurrenceRule) -> str:
    """Return a rule as the value of an RRULE line (RFC 5545 3.3.10)."""
    values = {"FREQ": rule.frequency, "INTERVAL": rule.interval, "COUNT": rule.count or ""}
    if rule.until:
        values["UNTIL"] = f"{rule.until.moment:{LOCAL}}" + ("Z" if rule.until.moment.tzinfo else "")
    values["WKST"] = WEEKDAYS[rule.wkst]
    values["BYDAY"] = ",".join(f"{ahead or ''}{WEEKDAYS[day]}" for day, ahead in rule.byweekday)
    for name in LIMITS:
        values[name.upper()] = ",".join(map(str, getattr(rule, name)))
    return ";".join(f"{name}={value}" for name, value in values.items() if value)


def dates_line(name: str, starts: Iterable[datetime], kind: TimeKind) -> str:
    """Return an RDATE, EXDATE or DTSTART line of wall-clock times, or of days, in order; nothing for none."""
    days = kind == TimeKind.DAYS
    values = sorted({f"{start:{DATE if days else LOCAL}}" for start in starts})
    return f"{name}{';VALUE=DATE' if days else ''}:{','.join(values)}" if values else ""


def moved_rule(text: str, *, days: int, clock: bool) -> str:
    """Return an RRULE value moved by whole days and, with `clock`, by a time of day; raise `RuleNamesDays`."""
    parts = _parts(text)
    if clock and any(name in parts for name in HOURS):
        raise RuleNamesDays(field="start")
    named = [name for name in DAYS if name in parts]
    if not days or not named:
        return text
    if named != ["BYDAY"] or parts["FREQ"] != "WEEKLY":
        raise RuleNamesDays(field="start")
    return _with(text, BYDAY=",".join(_moved_days(parts, days)))


def check_same_occurrences(before: RecurrenceSet, after: RecurrenceSet, shift: Shift) -> None:
    """Check that moved lines tell the same occurrences, each moved alike; raise `RuleNamesDays` where a rule cannot.

    Months and years are of different lengths, so that their days move only as far as all of them have such a day.
    """
    old, new = (list(islice(found.positions(found.root + YEARS), COMPARED)) for found in (before, after))
    if new == list(map(shift, old)):
        return
    if any(rule.frequency in ("YEARLY", "MONTHLY") for rule in before.rules):
        raise RuleNamesDays(OTHER_DAYS, field="start")
    if any(rule.is_limited for rule in before.rules):
        raise RuleNamesDays(field="start")
    raise OtherOccurrences(f"{len(old)} occurrences of {before} became {len(new)}: {after}")


def check_same_rest(before: RecurrenceSet, after: RecurrenceSet) -> None:
    """Check that a series which begins at an occurrence of another continues like it; raise `CannotSplit`."""
    left, right = (list(islice(found.between(after.root, after.root + YEARS), ALIKE)) for found in (before, after))
    if left != right:
        raise CannotSplit


def _moved_days(parts: dict[str, str], days: int) -> list[str]:
    first = WEEKDAYS.index(parts.get("WKST", "MO"))
    places = [(WEEKDAYS.index(day.strip().upper()[-2:]) - first) % 7 for day in parts["BYDAY"].split(",")]
    # With every second week it matters to which one a day belongs.
    if len({(place + days) // 7 for place in places}) > 1 and parts.get("INTERVAL", "1") != "1":
        raise RuleNamesDays(field="start")
    return [WEEKDAYS[(place + days + first) % 7] for place in places]


def _is_rule(line: str) -> bool:
    name = re.split(r"[:;]", line.upper())[0]
    return name == "RRULE" or ("FREQ=" in line.upper() and ":" not in line)


def _parts(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().upper(): value.strip().upper() for name, _, value in pairs}


def _with(text: str, **changed: str) -> str:
    """Return an RRULE value with other parts; COUNT and UNTIL exclude each other."""
    parts = _parts(text)
    if changed.keys() & {"COUNT", "UNTIL"}:
        parts = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    return ";".join(f"{name}={value}" for name, value in {**parts, **changed}.items())


def _less(text: str, been: int) -> str:
    count = rrule(text).count
    if count is None:
        return text
    return _with(text, COUNT=str(count - been)) if count > been else ""


def _unzoned(text: str, zone: ZoneInfo, kind: TimeKind) -> str:
    """Return an RRULE value whose end is a wall-clock time, or a day, and whose days have no times."""
    rule = rrule(text)
    if kind == TimeKind.DAYS and by_days(rule) != rule:
        text = ";".join(part for part in text.split(";") if part.partition("=")[0].strip().upper() not in HOURS)
    if rule.until is None:
        return text
    moment = wall(rule.until.moment, zone) if rule.until.moment.tzinfo else rule.until.moment
    if kind == TimeKind.DAYS:
        return _with(text, UNTIL=f"{moment:{DATE}}")
    return _with(text, UNTIL=f"{moment:{LOCAL}}") if rule.until.moment.tzinfo else text


def _always(start: datetime) -> bool:
    return True


def _as_it_is(start: datetime) -> datetime:
    return start
