"""Put the components of one UID together: a series, and what becomes of single occurrences. Plain Python."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.icalendar.parsed_event import ParsedEvent
from calendars.engine.recurrence.line_edits import RecurrenceText
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.series_plan import FAR, IDENTITY
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import Shift
from calendars.errors import BadRule, RuleNamesDays
from config.kernel.text import N_


@dataclass
class UidComponents:
    """An event or a series, its changed occurrences by their original starts, and what does not count, with reasons."""

    uid: str
    master: ParsedEvent | None = None
    overrides: dict[datetime, ParsedEvent] = field(default_factory=dict)
    dropped: list[tuple[ParsedEvent, str]] = field(default_factory=list)
    # The original starts that the file tells of occurrences which an earlier change moved along.
    originals: dict[datetime, datetime] = field(default_factory=dict)

    @property
    def line(self) -> int:
        """The line of the file at which it begins."""
        return min(each.line for each in filter(None, (self.master, *self.overrides.values())))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of its series takes place."""
        master = self.master
        if master is None or self.overrides or not master.is_first_off:
            return False
        return next(master.series.between(master.first, master.first + FAR), None) is None

    def add(self, entry: ParsedEvent) -> None:
        """Add a component; of two versions of one the newer counts (RFC 5546 2.1.5)."""
        if entry.recurrence_at is None:
            self.master = self._newer(self.master, entry)
        else:
            self.overrides[entry.recurrence_at] = self._newer(self.overrides.get(entry.recurrence_at), entry)

    def take_first(self) -> ParsedEvent | None:
        """Take out and return what replaces the first occurrence of the series."""
        return self.overrides.pop(self.master.start, None) if self.master and self.master.recurrence else None

    def arranged(self) -> Iterator["UidComponents"]:
        """Yield the series of which it consists: where a component changes all that follow, a new one begins."""
        if self.master and self.master.recurrence and not self.master.is_cancelled:
            self._drop_excluded(self.master)
            begun = self._cut(self.master)
            yield self
            if begun:
                yield from begun.arranged()
        else:
            yield self

    def _newer(self, one: ParsedEvent | None, other: ParsedEvent) -> ParsedEvent:
        if one is None:
            return other
        newer, older = (other, one) if other.age >= one.age else (one, other)
        self.dropped.append((older, N_("line %(line)s tells a newer version of it", line=newer.line)))
        return newer

    def _drop_excluded(self, master: ParsedEvent) -> None:
        """Drop changes of occurrences that a series as new excludes, or a newer one has not; a newer change counts."""
        found = master.series
        for at, entry in list(self.overrides.items()):
            local = time_kinds.local(at, master.zone, master.kind)
            is_first_off = master.is_first_off and local == found.root
            is_excluded = is_first_off or local in found.excluded or local.date() in found.excluded_days
            is_gone = entry.sequence < master.sequence and local != found.root and not found.has(local)
            if not (is_excluded or is_gone):
                continue
            if entry.age <= master.age:
                self.dropped.append((self.overrides.pop(at), N_("line %(line)s excludes it", line=master.line)))
            elif is_first_off:
                self.master = replace(master, is_first_off=False)

    def _cut(self, master: ParsedEvent) -> "UidComponents | None":
        """Cut the series before the first component that changes all that follow; return what begins there."""
        at = min((at for at, entry in self.overrides.items() if entry.is_following), default=None)
        if at is None:
            return None
        entry = self.overrides.pop(at).on_clock_of(master.time_zone)
        entry = replace(entry, recurrence_at=None, is_following=False)
        local = time_kinds.local(at, master.zone, master.kind)
        shift = Shift(
            local, entry.first, turns=TimeKind.DAYS in (entry.kind, master.kind) and entry.kind != master.kind
        )
        try:
            text = RecurrenceText.read(master.recurrence, root=master.first, zone=master.zone, kind=master.kind)
            rest = RecurrenceText.read(text.begun_at(local), root=local, zone=master.zone, kind=master.kind)
            lines = rest.moved(shift, entry.kind, entry.zone)
        except (BadRule, RuleNamesDays) as error:
            self.dropped.append((entry, error.sentence))
            return self._cut(master)
        begun = UidComponents(detached_uid(entry.uid, entry.kind, self.originals.get(at, at), entry.time_zone))
        later = {other: self.overrides.pop(other) for other in list(self.overrides) if other > at}
        for other, change in later.items():
            moved = resolve(shift(time_kinds.local(other, master.zone, master.kind)), entry.zone)
            begun.overrides[moved] = replace(change, recurrence_at=moved)
            begun.originals[moved] = self.originals.get(other, other)
        begun.master = replace(entry, uid=begun.uid, recurrence=entry.recurrence or lines)
        if local <= master.first:
            self.master = replace(begun.master, uid=self.uid)
            self.overrides, self.originals = begun.overrides, begun.originals
            return self._cut(self.master)
        digest = hashlib.sha256(f"{master.digest} {begun.uid} {entry.digest}".encode()).hexdigest()
        self.master = replace(master, recurrence=text.ended_before(local), digest=digest)
        return begun


def detached_uid(uid: str, kind: TimeKind, at: datetime, zone: str) -> str:
    """Return the UID of an occurrence that stands as an event of its own, by its original start."""
    clock = ZoneInfo("UTC" if kind == TimeKind.TIMED else zone)
    return f"{uid}/{time_kinds.local(at, clock, kind).strftime(IDENTITY)}"
