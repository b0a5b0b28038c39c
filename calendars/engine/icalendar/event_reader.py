"""Read VEVENT components (RFC 5545 3.6.1) into events, or into the reason why one cannot be used. Plain Python."""

import difflib
import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event as Component

from calendars.engine import time_kinds
from calendars.engine.icalendar import plain_reader, zone_names
from calendars.engine.icalendar.component_blocks import ComponentBlock, split_components
from calendars.engine.icalendar.file_index import normalise_uid
from calendars.engine.recurrence import recurrence_set
from calendars.engine.recurrence.line_edits import HOURS, dates_line
from calendars.engine.recurrence.recurrence_set import RecurrenceSet
from calendars.engine.states import TimeKind
from calendars.errors import BadRule
from config.kernel import text
from config.kernel.text import N_

STAMP = re.compile(r"\d{8}T\d{6}Z?")
COUNT = re.compile(r"\bCOUNT=(\d+)")
REQUIRED = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID", "SEQUENCE"})
# Names that stand in events; a misspelt DTSTART is then told as such.
TIMES = ("DTSTART", "DTEND", "DURATION")
OTHER_KINDS = {
    "VTODO": N_("a to-do, not an event"),
    "VJOURNAL": N_("a journal entry, not an event"),
    "VFREEBUSY": N_("free and busy times, not an event"),
    "VALARM": N_("an alarm outside of any event"),
}
OTHER_METHODS = {
    "REPLY": N_("an answer to an invitation, not an event"),
    "COUNTER": N_("a counter-proposal, not an event"),
    "DECLINECOUNTER": N_("an answer to a counter-proposal, not an event"),
    "REFRESH": N_("a question for news, not an event"),
}


@dataclass(frozen=True, slots=True)
class SkippedComponent:
    """A component that is not imported, and why."""

    line: int
    kind: str
    uid: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """An event as read from a file: instants in UTC, `time_zone` is the IANA zone of its wall-clock time.

    Days and floating times are told as they are where the calendar is. `recurrence_at` is the original start of the
    occurrence that it replaces, None for an event of its own; `digest` changes with everything but DTSTAMP.
    """

    line: int
    uid: str
    sequence: int
    stamp: str
    title: str
    description: str
    start: datetime
    end: datetime
    time_zone: str
    recurrence: str
    recurrence_at: datetime | None
    is_cancelled: bool
    digest: str
    warnings: tuple[str, ...] = ()
    kind: TimeKind = TimeKind.TIMED

    @property
    def first(self) -> datetime:
        """Its start in wall-clock time, naive."""
        return time_kinds.local(self.start, ZoneInfo(self.time_zone), self.kind)

    @property
    def series(self) -> RecurrenceSet:
        """Its recurrence."""
        zone = ZoneInfo(self.time_zone)
        return recurrence_set.parse(root=self.first, zone=zone, text=self.recurrence, kind=self.kind)

    @property
    def age(self) -> tuple[int, str]:
        """Sort key of two versions of one event: SEQUENCE, then DTSTAMP (RFC 5546 2.1.5)."""
        return self.sequence, self.stamp


class UnusableEvent(ValueError):
    """The component cannot become an event; the message is the reason."""


def read(lines: Iterable[str], *, time_zone: str) -> Iterator[ParsedEvent | SkippedComponent]:
    """Yield the components of a file as events or skipped ones; dates and floating times are read in `time_zone`."""
    for block in split_components(lines):
        if block.kind != "VTIMEZONE":
            yield _read(block, time_zone)


def _read(block: ComponentBlock, time_zone: str) -> ParsedEvent | SkippedComponent:
    try:
        _check_kind(block)
        return _EventReader(block, time_zone).entry()
    except UnusableEvent as problem:
        return SkippedComponent(block.line, block.kind, block.first("UID"), text.of(problem))
    except OverflowError:
        return SkippedComponent(
            block.line, block.kind, block.first("UID"), N_("a time is beyond what a calendar holds")
        )


def _check_kind(block: ComponentBlock) -> None:
    if block.kind != "VEVENT":
        raise UnusableEvent(OTHER_KINDS.get(block.kind, N_("not an event")))
    if block.problem:
        raise UnusableEvent(block.problem)
    if block.head.method in OTHER_METHODS:
        raise UnusableEvent(OTHER_METHODS[block.head.method])


class _EventReader:
    """Reads one VEVENT and collects warnings."""

    def __init__(self, block: ComponentBlock, time_zone: str) -> None:
        self.block, self.default_zone = block, time_zone
        self.notes: list[str] = []
        self.component: Any = plain_reader.read(block.lines[1:-1]) or _parsed(block)
        self._check_errors()

    def entry(self) -> ParsedEvent:
        is_cancelled = self.block.head.method == "CANCEL" or self._text("STATUS").upper() == "CANCELLED"
        if is_cancelled and "DTSTART" not in self.component:
            return self._cancellation()
        start, zone, kind = self._start()
        return ParsedEvent(
            line=self.block.line,
            uid=self._uid() or "hash-" + self._digest()[:32],
            sequence=self._sequence(),
            stamp=self._stamp(),
            title=self._text("SUMMARY").strip()[:255] or "(without title)",
            description=self._text("DESCRIPTION"),
            start=start,
            end=self._end(start, zone, kind),
            time_zone=zone,
            recurrence=self._recurrence(start, zone, kind),
            recurrence_at=self._recurrence_at(zone),
            is_cancelled=is_cancelled,
            digest=self._digest(),
            warnings=self._all_warnings(),
            kind=kind,
        )

    def _cancellation(self) -> ParsedEvent:
        """Return the cancellation of an event that is known by its UID only."""
        if not self._uid():
            raise UnusableEvent(N_("a cancellation that names no event (UID)"))
        moment = datetime.max.replace(tzinfo=UTC)
        at = self._recurrence_at(self.default_zone)
        return ParsedEvent(
            self.block.line,
            self._uid(),
            self._sequence(),
            self._stamp(),
            "",
            "",
            moment,
            moment,
            "",
            "",
            at,
            is_cancelled=True,
            digest=self._digest(),
            warnings=self._all_warnings(),
        )

    def _check_errors(self) -> None:
        for name, words in self.component.errors:
            if name in REQUIRED:
                raise UnusableEvent(N_("%(name)s cannot be read: %(text)s", name=name, text=words))
            self.notes.append(N_("%(name)s was left out: %(text)s", name=name or N_("a line"), text=words))
        if "EXRULE" in self.component:
            raise UnusableEvent(N_("EXRULE was withdrawn from the standard; write the exceptions as EXDATE"))
        for name in (*TIMES, "RECURRENCE-ID"):
            if isinstance(self.component.get(name), list):
                raise UnusableEvent(N_("%(name)s stands there twice", name=name))
        for name in self.component:
            meant = _misspelt_name(name)
            if meant and meant not in self.component:
                raise UnusableEvent(
                    N_("%(meant)s is missing; the line %(name)s may be a misspelt one", meant=meant, name=name)
                )

    def _start(self) -> tuple[datetime, str, TimeKind]:
        if "DTSTART" not in self.component:
            raise UnusableEvent(N_("DTSTART is missing"))
        value, zone = self._value(self.component["DTSTART"])
        if not isinstance(value, datetime):
            return _instant(value, zone), zone, TimeKind.DAYS
        if value.tzinfo and "RRULE" not in self.component and "RDATE" not in self.component:
            # One instant: it may as well hang on the clock of the calendar.
            zone = self.default_zone
        is_floating = not (value.tzinfo or self.component["DTSTART"].params.get("TZID") or self.block.head.time_zone)
        return _instant(value, zone), zone, TimeKind.FLOATING if is_floating else TimeKind.TIMED

    def _end(self, start: datetime, zone: str, kind: TimeKind) -> datetime:
        if "DTEND" in self.component:
            end = _instant(*self._value(self.component["DTEND"]))
        elif "DURATION" in self.component:
            end = _add_duration(start, zone, self._length(), kind)
        else:
            end = _add_duration(start, zone, time_kinds.DAY if kind == TimeKind.DAYS else timedelta(0), kind)
        if end < start:
            raise UnusableEvent(N_("DTEND is before DTSTART"))
        if end == start:
            day, hour = N_("it has no length; a day is assumed"), N_("it has no length; an hour is assumed")
            self.notes.append(day if kind == TimeKind.DAYS else hour)
            return _add_duration(start, zone, time_kinds.DAY if kind == TimeKind.DAYS else timedelta(hours=1), kind)
        return end

    def _length(self) -> timedelta:
        length = self.component["DURATION"].dt
        if not isinstance(length, timedelta):
            raise UnusableEvent(N_("DURATION is no duration"))
        return length

    def _value(self, prop: Any) -> tuple[date | datetime, str]:
        """Return a DATE or DATE-TIME and the zone in which it is meant; UTC values are aware."""
        name = str(prop.params.get("TZID", ""))
        value = prop.dt
        if isinstance(value, timedelta | time | tuple):
            raise UnusableEvent(N_("a time is of a kind that does not fit here"))
        if isinstance(value, datetime) and value.tzinfo and not name:
            return value.astimezone(UTC), "UTC"
        if not isinstance(value, datetime):
            # A date is a day wherever the calendar is.
            return value, self.default_zone
        return value.replace(tzinfo=None), self._zone(name)

    def _zone(self, name: str) -> str:
        head = self.block.head
        if found := zone_names.find(name, head.locations):
            return found
        fallback = zone_names.find(head.time_zone, head.locations) or self.default_zone
        if name:
            self.notes.append(N_("the zone “%(name)s” is not known; %(zone)s is used", name=name, zone=fallback))
        return fallback

    def _recurrence(self, start: datetime, zone: str, kind: TimeKind) -> str:
        rules = [_rule(rule, zone, kind) for rule in _as_list(self.component.get("RRULE"))]
        lines = [f"RRULE:{rule}" for rule in rules]
        for name in ("RDATE", "EXDATE"):
            values = [self._local(prop, zone) for group in _as_list(self.component.get(name)) for prop in group.dts]
            if kind == TimeKind.DAYS and any(value.time() != time_kinds.MIDNIGHT for value in values):
                raise UnusableEvent(N_("it is all-day, but its %(name)s is not", name=name))
            if values:
                lines.append(dates_line(name, values, kind))
        if not rules and not any(line.startswith("RDATE") for line in lines):
            return ""  # at most exceptions without a rule
        text = "\n".join(lines)
        root = time_kinds.local(start, ZoneInfo(zone), kind)
        try:
            recurrence_set.checked(recurrence_set.parse(root=root, zone=ZoneInfo(zone), text=text, kind=kind))
        except BadRule as error:
            raise UnusableEvent(N_("its recurrence cannot be read: %(why)s", why=error.sentence)) from error
        return text

    def _local(self, prop: Any, zone: str) -> datetime:
        if isinstance(prop.dt, tuple):
            # A PERIOD: its start counts, its own length does not.
            prop.dt = prop.dt[0]
        value, own = self._value(prop)
        if not isinstance(value, datetime):
            return time_kinds.midnight(value)
        return recurrence_set.wall(_instant(value, own), ZoneInfo(zone))

    def _recurrence_at(self, zone: str) -> datetime | None:
        prop = self.component.get("RECURRENCE-ID")
        if prop is None:
            return None
        if prop.params.get("RANGE"):
            raise UnusableEvent(
                N_("a change of this and all following occurrences (RANGE) is not supported; split the series")
            )
        value, own = self._value(prop)
        return _instant(value, own if "TZID" in prop.params else own if own == "UTC" else zone)

    def _uid(self) -> str:
        return normalise_uid(self._text("UID"))

    def _sequence(self) -> int:
        try:
            return int(self.component.get("SEQUENCE", 0))
        except (TypeError, ValueError):
            return 0

    def _stamp(self) -> str:
        told = (self.block.first(name) for name in ("LAST-MODIFIED", "DTSTAMP"))
        # Only a whole one can be compared; in UTC as the standard demands, texts sort as instants do.
        return next((text for text in told if STAMP.fullmatch(text)), "")

    def _text(self, name: str) -> str:
        value = self.component.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value).replace("\x00", "")

    def _digest(self) -> str:
        lines = [line for line in self.block.lines if not line.upper().startswith(("DTSTAMP", "LAST-MODIFIED"))]
        return hashlib.sha256("\n".join([self.block.head.method, *lines]).encode()).hexdigest()

    def _all_warnings(self) -> tuple[str, ...]:
        if any(line.upper() == "BEGIN:VALARM" for line in self.block.lines):
            self.notes.append(N_("its alarms were left out: they are for the owner of the file, not for a patient"))
        if self.block.head.is_bare:
            self.notes.append(N_("it stands outside of any VCALENDAR"))
        return tuple(dict.fromkeys(self.notes))


def _parsed(block: ComponentBlock) -> Any:
    try:
        with warnings.catch_warnings():
            # The parser warns when it guesses a zone; the guess made here is reported as such.
            warnings.simplefilter("ignore")
            return Component.from_ical(block.text())
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnusableEvent(N_("it cannot be parsed: %(error)s", error=error)) from error


@lru_cache(maxsize=1024)
def _misspelt_name(name: str) -> str:
    """Return the time property that a property which is none may be a misspelling of."""
    near = difflib.get_close_matches(name, TIMES, n=1, cutoff=0.8)
    return near[0] if near and name not in TIMES else ""


def _rule(rule: Any, zone: str, kind: TimeKind) -> str:
    """Return an RRULE whose UNTIL is what the standard wants beside such a start: in UTC, floating, or a date."""
    untils = rule.get("UNTIL")
    if untils:
        until = untils[0]
        if not isinstance(until, datetime):
            until = datetime.combine(until, time(23, 59, 59))
        if kind != TimeKind.TIMED:
            until = recurrence_set.wall(until, ZoneInfo(zone)) if until.tzinfo else until
            rule["UNTIL"] = [until.date() if kind == TimeKind.DAYS else until]
        else:
            rule["UNTIL"] = [_instant(until, zone)]
    for name in HOURS if kind == TimeKind.DAYS else ():
        rule.pop(name, None)
    return str(rule.to_ical().decode())


def without_first(entry: ParsedEvent) -> ParsedEvent | None:
    """Return a series that begins with its second occurrence; None when it has no other (within ten years).

    Here a series' root is its first occurrence, so one whose first is excluded or replaced begins with the next.
    """
    zone, root = ZoneInfo(entry.time_zone), entry.first
    second = next(entry.series.between(root, root + timedelta(days=3660)), None)
    if second is None:
        return None
    start = recurrence_set.resolve(second, zone)
    end = start + (entry.end - entry.start)
    if entry.kind == TimeKind.DAYS:
        end = time_kinds.finish(second, time_kinds.length(entry.start, entry.end, zone, entry.kind), zone, entry.kind)
    text = COUNT.sub(lambda match: f"COUNT={max(1, int(match[1]) - 1)}", entry.recurrence)
    return replace(entry, start=start, end=end, recurrence=text)


def is_first_excluded(entry: ParsedEvent) -> bool:
    """Return whether an EXDATE takes the first occurrence of a series away."""
    found = entry.series
    return found.root in found.excluded or found.root.date() in found.excluded_days


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _instant(value: date | datetime, zone: str) -> datetime:
    """Return the instant in UTC; a skipped local time uses the offset before the gap (RFC 5545 3.3.5)."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _add_duration(start: datetime, zone: str, span: timedelta, kind: TimeKind) -> datetime:
    """Add days on the wall clock, hours as they pass."""
    local = time_kinds.local(start, ZoneInfo(zone), kind) + timedelta(days=span.days)
    return _instant(local, zone) + timedelta(seconds=span.seconds)
