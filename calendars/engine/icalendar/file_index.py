"""Index an iCalendar file before the import reads it event by event. Plain Python."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from calendars.engine.icalendar.component_blocks import unfold
from calendars.engine.icalendar.plain_reader import unescape

LONGEST_UID = 200


@dataclass(frozen=True)
class FileIndex:
    """The number of events in a file, and the UIDs that occur more than once."""

    events: int
    repeated: frozenset[str]


def build_index(lines: Iterable[str]) -> FileIndex:
    """Return the index of a file; components of one UID may stand far apart."""
    events = 0
    once: set[str] = set()
    repeated: set[str] = set()
    for _, line in unfold(lines):
        head = line[:12].upper()
        if head[:4] in ("UID:", "UID;"):
            uid = normalise_uid(unescape(line.partition(":")[2]))
            (repeated if uid in once else once).add(uid)
        events += head == "BEGIN:VEVENT"
    return FileIndex(events, frozenset(repeated))


def normalise_uid(uid: str) -> str:
    """Return the UID as it is stored: without NUL and blanks, long ones as a hash."""
    uid = uid.replace("\x00", "").strip()
    return uid if len(uid) <= LONGEST_UID else "hash-" + hashlib.sha256(uid.encode()).hexdigest()[:32]
