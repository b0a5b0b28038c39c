"""Read VEVENT components (RFC 5545 3.6.1) into events, or into the reason why one cannot be used. Plain Python."""

import difflib
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event as Component

from calendars.engine import time_kinds
from calendars.engine.icalendar import plain_reader, recurrence_reader
from calendars.engine.icalendar.component_blocks import ComponentBlock, split_components
from calendars.engine.icalendar.file_index import UNSTORABLE, FileIndex, normalise_uid
from calendars.engine.icalendar.parsed_event import ParsedEvent, SkippedComponent
from calendars.engine.icalendar.recurrence_reader import SeriesStart
from calendars.engine.icalendar.time_values import UTC_ZONE, TimeReader, UnusableEvent, instant
from calendars.engine.icalendar.zone_names import FileZones
from calendars.engine.states import TimeKind
from config.kernel import text
from config.kernel.text import N_

STAMP = re.compile(r"\d{8}T\d{6}Z?")
STAMPS = ("LAST-MODIFIED", "DTSTAMP")
REQUIRED = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID", "SEQUENCE"})
# Property names of events; a misspelt DTSTART is then told as such.
TIMES = ("DTSTART", "DTEND", "DURATION")
# What events here have not: it is told, so that nobody believes it taken over.
LEFT_OUT = (
    "LOCATION",
    "ORGANIZER",
    "ATTENDEE",
    "CATEGORIES",
    "URL",
    "ATTACH",
    "CONTACT",
    "GEO",
    "RESOURCES",
    "CONFERENCE",
)
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


def read(lines: Iterable[str], *, time_zone: str, index: FileIndex) -> Iterator[ParsedEvent | SkippedComponent]:
    """Yield the components of an indexed file as events or skipped ones.

    Dates and floating times are read in `time_zone`, that of the calendar.
    """
    zones = FileZones(time_zone, index)
    for block in split_components(lines):
        if block.kind != "VTIMEZONE":
            yield _read(block, zones)


def _read(block: ComponentBlock, zones: FileZones) -> ParsedEvent | SkippedComponent:
    try:
        _check_kind(block)
        return _EventReader(block, zones).entry()
    except UnusableEvent as problem:
        reason = text.of(problem)
    except OverflowError:
        reason = N_("a time is beyond what a calendar holds")
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        # Of what the parser lets pass, anything may be a value.
        reason = N_("it cannot be parsed: %(error)s", error=error)
    return SkippedComponent(block.line, block.kind, normalise_uid(plain_reader.unescape(block.first("UID"))), reason)


def _check_kind(block: ComponentBlock) -> None:
    if block.kind != "VEVENT":
        raise UnusableEvent(OTHER_KINDS.get(block.kind, N_("not an event")))
    if block.problem:
        raise UnusableEvent(block.problem)
    if block.head.method in OTHER_METHODS:
        raise UnusableEvent(OTHER_METHODS[block.head.method])
    whole = "".join(block.lines)
    if not whole.isprintable() and UNSTORABLE.search(whole):
        raise UnusableEvent(N_("it holds a NUL character, or bytes that are no text"))


class _EventReader:
    """Reads one VEVENT and collects warnings."""

    def __init__(self, block: ComponentBlock, zones: FileZones) -> None:
        self.block, self.default_zone = block, zones.default
        self.notes: list[str] = []
        self.component: Any = plain_reader.read(block.lines[1:-1]) or _parsed(block)
        self._check_errors()
        self.times = TimeReader(zones, block.head, recurrence_reader.span(self.component))

    def entry(self) -> ParsedEvent:
        is_cancelled = self.block.head.method == "CANCEL" or self._text("STATUS").upper() == "CANCELLED"
        if is_cancelled and "DTSTART" not in self.component:
            return self._cancellation()
        start, zone, kind = self._start()
        recurrence, is_first_off = recurrence_reader.read(self.component, self.times, SeriesStart(start, zone, kind))
        return ParsedEvent(
            line=self.block.line,
            uid=self._uid() or "hash-" + self.block.digest()[:32],
            sequence=self._sequence(),
            stamp=self._stamp(),
            title=self._text("SUMMARY").strip()[:255] or "(without title)",
            description=self._text("DESCRIPTION"),
            start=start,
            end=self._end(start, zone, kind),
            time_zone=zone,
            recurrence=recurrence,
            recurrence_at=self._recurrence_at(zone),
            is_cancelled=is_cancelled,
            digest=self.block.digest(),
            warnings=self._all_warnings(kind),
            kind=kind,
            is_first_off=is_first_off,
            is_following=self._is_following(),
            is_private=self._text("CLASS").strip().upper() not in ("", "PUBLIC"),
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
            digest=self.block.digest(),
            warnings=self._all_warnings(),
            is_following=self._is_following(),
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
        value, zone = self.times.of(self.component["DTSTART"])
        if not isinstance(value, datetime):
            return instant(value, zone), zone, TimeKind.DAYS
        if value.tzinfo and not self.times.series and "RECURRENCE-ID" not in self.component:
            # One instant: it may as well hang on the clock of the calendar.
            zone = self.default_zone
        is_floating = not (value.tzinfo or self.component["DTSTART"].params.get("TZID") or self.block.head.time_zone)
        return instant(value, zone), zone, TimeKind.FLOATING if is_floating else TimeKind.TIMED

    def _end(self, start: datetime, zone: str, kind: TimeKind) -> datetime:
        if "DTEND" in self.component:
            end = instant(*self.times.of(self.component["DTEND"]))
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

    def _recurrence_at(self, zone: str) -> datetime | None:
        prop = self.component.get("RECURRENCE-ID")
        if prop is None:
            return None
        value, own = self.times.of(prop)
        return instant(value, own if "TZID" in prop.params or own == UTC_ZONE else zone)

    def _is_following(self) -> bool:
        prop = self.component.get("RECURRENCE-ID")
        reach = str(prop.params.get("RANGE", "")).upper() if prop else ""
        if reach not in ("", "THISANDFUTURE"):
            raise UnusableEvent(N_("a change of this and all earlier occurrences (RANGE) is not read; change each"))
        return bool(reach)

    def _uid(self) -> str:
        return normalise_uid(self._text("UID"))

    def _sequence(self) -> int:
        try:
            return int(self.component.get("SEQUENCE", 0))
        except (TypeError, ValueError):
            return 0

    def _stamp(self) -> str:
        told = (self.block.first(name) for name in STAMPS if name in self.component)
        # Only a whole one can be compared; in UTC as the standard demands, texts sort as instants do.
        return next((text for text in told if STAMP.fullmatch(text)), "")

    def _text(self, name: str) -> str:
        value = self.component.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value).replace("\x00", "")

    def _all_warnings(self, kind: TimeKind = TimeKind.TIMED) -> tuple[str, ...]:
        if "RRULE" in self.component and not all(recurrence_reader.as_list(self.component["RRULE"])):
            self.notes.append(N_("its empty RRULE was left out"))
        if self.block.has_alarms:
            self.notes.append(N_("its alarms were left out: they are for the owner of the file, not for a patient"))
        if left_out := [name for name in LEFT_OUT if name in self.component]:
            self.notes.append(N_("left out, since events here have none: %(names)s", names=", ".join(left_out)))
        if self._text("STATUS").upper() == "TENTATIVE":
            self.notes.append(N_("it is tentative in the file; here it counts like any other"))
        if self._text("TRANSP").upper() == "TRANSPARENT" and kind != TimeKind.DAYS:
            self.notes.append(N_("it leaves its time free in the file; here it takes it"))
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


def _add_duration(start: datetime, zone: str, span: timedelta, kind: TimeKind) -> datetime:
    """Add days on the wall clock, hours as they pass."""
    local = time_kinds.local(start, ZoneInfo(zone), kind) + timedelta(days=span.days)
    return instant(local, zone) + timedelta(seconds=span.seconds)
