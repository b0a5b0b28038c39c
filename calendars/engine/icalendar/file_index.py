"""A first look through an iCalendar file, so that the second can go event by event. Plain Python."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from calendars.engine.icalendar.component_blocks import unfold
from calendars.engine.icalendar.plain_reader import unescape

LONGEST_UID = 200


@dataclass(frozen=True)
class FileIndex:
    """What is in a file: how many events, and which UIDs stand there more than once."""

    events: int
    repeated: frozenset[str]


def build_index(lines: Iterable[str]) -> FileIndex:
    """Look through a file without reading its events: what is told of one UID may stand far apart."""
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
    """Return by what an event is known here; long UIDs are cut down to a hash."""
    uid = uid.replace("\x00", "").strip()
    return uid if len(uid) <= LONGEST_UID else "hash-" + hashlib.sha256(uid.encode()).hexdigest()[:32]
