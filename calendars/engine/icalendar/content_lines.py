"""Write content lines of iCalendar (RFC 5545 3.1, 3.3), escaped and folded, and VTIMEZONEs. Plain Python."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone

from calendars.engine import time_kinds
from calendars.engine.states import TimeKind

MAX_OCTETS = 75  # octets of a line, without its end
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
SPECIAL = re.compile(r"[\\;,\x00-\x1f\x7f]")
TWO_DIGITS = [f"{number:02}" for number in range(60)]
MINUTES = [hour + minute for hour in TWO_DIGITS[:24] for minute in TWO_DIGITS]
CALENDAR_BEGIN = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Punctual//Punctual//EN\r\nCALSCALE:GREGORIAN\r\n"
CALENDAR_END = "END:VCALENDAR\r\n"


def escape(text: str) -> str:
    """Return a text as a value of type TEXT; line ends become \\n, other control characters go."""
    if not SPECIAL.search(text):
        return text
    if CONTROL.search(text):
        text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def content_line(text: str) -> str:
    """Return a content line with its end, folded where it is longer than 75 octets; no character is torn."""
    if len(text.encode()) <= MAX_OCTETS:
        return text + "\r\n"
    pieces, held, size = [], "", 0
    for character in text:
        width = len(character.encode())
        if size + width > MAX_OCTETS:
            pieces.append(held)
            # The blank that begins a continued line counts.
            held, size = " ", 1
        held, size = held + character, size + width
    return "\r\n".join([*pieces, held]) + "\r\n"


def utc_text(at: datetime) -> str:
    """Return an instant as iCalendar writes it in UTC."""
    return local_text(at.astimezone(UTC)) + "Z"


def local_text(at: datetime) -> str:
    """Return a time as iCalendar writes it, whatever its zone; out of tables, for an export writes three an event."""
    return _day(at.toordinal()) + MINUTES[at.hour * 60 + at.minute] + TWO_DIGITS[at.second]


def date_line(name: str, at: datetime, zone: str, kind: TimeKind = TimeKind.TIMED) -> str:
    """Return a property with an instant on the wall clock of a zone; in UTC where its wall clock would be misread.

    Days are dates, and floating times name no zone.
    """
    if kind != TimeKind.TIMED:
        return date_list_line(name, [time_kinds.local(at, zone_of(zone), kind)], zone, kind)
    if zone not in UTC_NAMES:
        local = at.astimezone(zone_of(zone))
        # The second of two equal times would be taken for the first.
        if not local.fold:
            return f"{name};TZID={zone}:{local_text(local)}\r\n"
    return f"{name}:{utc_text(at)}\r\n"


def date_list_line(name: str, starts: Iterable[datetime], zone: str, kind: TimeKind = TimeKind.TIMED) -> str:
    """Return a property with wall-clock times of a zone, floating ones, or days, in order; nothing for none."""
    starts = sorted(starts)
    if not starts:
        return ""
    if kind == TimeKind.DAYS:
        return content_line(f"{name};VALUE=DATE:{','.join(local_text(start)[:8] for start in starts)}")
    if kind == TimeKind.FLOATING:
        return content_line(f"{name}:{','.join(map(local_text, starts))}")
    utc = zone in UTC_NAMES
    values = ",".join(local_text(start) + ("Z" if utc else "") for start in starts)
    return content_line(f"{name}{'' if utc else f';TZID={zone}'}:{values}")


@lru_cache(maxsize=8192)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat().replace("-", "") + "T"


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return a zone, cached: it is needed twice for each event."""
    return ZoneInfo(name)


@lru_cache(maxsize=1024)
def zone_definition(zone: str) -> str:
    """Return the VTIMEZONE of an IANA zone; nothing for UTC, which needs none."""
    if zone in UTC_NAMES:
        return ""
    return str(Timezone.from_tzid(zone).to_ical().decode())
