"""Index an iCalendar file before the import reads it event by event. Plain Python."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calendars.engine.icalendar import zone_definitions
from calendars.engine.icalendar.component_blocks import unfold
from calendars.engine.icalendar.plain_reader import unescape
from calendars.engine.icalendar.zone_definitions import ZoneDefinition
from calendars.engine.icalendar.zone_matching import Span

LONGEST_UID = 200
DATE = re.compile(r"(?:19|20|21)\d{6}", re.ASCII)
UNTIL = re.compile(r"UNTIL=((?:19|20|21)\d{6})", re.ASCII | re.IGNORECASE)
# So far the zone of a series without an end is looked at.
AHEAD = timedelta(days=3653)
# The first characters of the lines that are looked at outside of a VTIMEZONE.
INDEXED = frozenset({"UID:", "UID;", "DTST", "RRUL", "BEGI"})
# Lines behind which a VTIMEZONE is over, also one that does not end; their first 12 characters.
ENDS_OF_ZONE = frozenset({"END:VTIMEZON", "END:VCALENDA", "BEGIN:VTIMEZ", "BEGIN:VEVENT", "BEGIN:VCALEN"})
# What no text of a database can hold: NUL, and bytes that were no text.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class FileIndex:
    """What is known of a file before it is read.

    `repeated` counts the components of the UIDs that occur more than once; `zones` has the VTIMEZONEs by TZID, outside
    of any VCALENDAR and in each; `span` reaches from the first time that is named to the last.
    """

    events: int = 0
    repeated: Mapping[str, int] = field(default_factory=dict)
    zones: tuple[Mapping[str, ZoneDefinition], ...] = ()
    span: Span | None = None
    is_endless: bool = False

    @property
    def reach(self) -> Span | None:
        """The span, and what is to come of a series without an end."""
        return (self.span[0], self.span[1] + AHEAD) if self.span and self.is_endless else self.span


def build_index(lines: Iterable[str]) -> FileIndex:
    """Return the index of a file; components of one UID may stand far apart, and a zone behind its events."""
    index = _Indexer()
    for _, line in unfold(lines):
        if index.definition is not None or line[:4].upper() in INDEXED:
            index.take(line)
    return index.built()


def normalise_uid(uid: str) -> str:
    """Return the UID as it is stored: without what cannot be, and blanks; long ones as a hash."""
    uid = UNSTORABLE.sub("", uid).strip()
    return uid if len(uid) <= LONGEST_UID else "hash-" + hashlib.sha256(uid.encode()).hexdigest()[:32]


class _Indexer:
    def __init__(self) -> None:
        self.events = 0
        self.uids: Counter[str] = Counter()
        self.zones: list[dict[str, ZoneDefinition]] = [{}]
        self.definition: list[str] | None = None
        self.dates: list[str] = []
        self.is_endless = False

    def take(self, line: str) -> None:
        head = line[:12].upper()
        if self.definition is not None:
            self._zone_line(line, head)
        elif head[:4] in ("UID:", "UID;"):
            self.uids[normalise_uid(unescape(line.partition(":")[2]))] += 1
        elif head[:7] == "DTSTART":
            self._date(DATE.search(line, 7))
        elif head[:5] == "RRULE":
            until = UNTIL.search(line)
            self._date(until, 1)
            self.is_endless |= until is None
        elif head == "BEGIN:VEVENT":
            self.events += 1
        elif head == "BEGIN:VTIMEZ":
            self.definition = []
        elif head == "BEGIN:VCALEN":
            self.zones.append({})

    def built(self) -> FileIndex:
        repeated = {uid: number for uid, number in self.uids.items() if number > 1}
        return FileIndex(self.events, repeated, tuple(self.zones), self._span(), self.is_endless)

    def _zone_line(self, line: str, head: str) -> None:
        if self.definition is None or head in ENDS_OF_ZONE:
            found = zone_definitions.parse(self.definition or ())
            if found:
                self.zones[-1][found.name] = found
            self.definition = None
            if head != "END:VTIMEZON":
                self.take(line)
        else:
            self.definition.append(line)

    def _date(self, match: re.Match[str] | None, group: int = 0) -> None:
        if match:
            self.dates.append(match[group])
        if len(self.dates) > 1000:
            self.dates = [min(self.dates), max(self.dates)]

    def _span(self) -> Span | None:
        return (_naive(min(self.dates)), _naive(max(self.dates))) if self.dates else None


def _naive(day: str) -> datetime:
    """Return a day of a file; the first of its year where there is no such day."""
    try:
        return datetime.fromisoformat(day)
    except ValueError:
        return datetime.fromisoformat(f"{day[:4]}-01-01")
