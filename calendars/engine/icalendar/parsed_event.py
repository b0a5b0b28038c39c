"""A component of a file as it was read: an event, or the reason why it is none. Plain Python."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.recurrence import recurrence_set
from calendars.engine.recurrence.recurrence_set import RecurrenceSet
from calendars.engine.states import TimeKind


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

    Days and floating times are told as they are where the calendar is, changes of occurrences perhaps in UTC: then they
    are on the clock of their series. `recurrence_at` is the original start of the
    occurrence that it replaces (with `is_following`, also of all later ones), None for an event of its own. Of a series
    whose first occurrence is excluded `is_first_off` says so, not its lines. `digest` changes with everything but
    DTSTAMP.
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
    is_first_off: bool = False
    is_following: bool = False
    is_private: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return ZoneInfo(self.time_zone)

    def on_clock_of(self, zone: str) -> "ParsedEvent":
        """Return a change of an occurrence as one on the clock of its series, where it tells instants."""
        return replace(self, time_zone=zone) if self.time_zone == "UTC" and self.kind == TimeKind.TIMED else self

    @property
    def first(self) -> datetime:
        """Its start in wall-clock time, naive."""
        return time_kinds.local(self.start, self.zone, self.kind)

    @property
    def series(self) -> RecurrenceSet:
        """Its recurrence."""
        return recurrence_set.parse(root=self.first, zone=self.zone, text=self.recurrence, kind=self.kind)

    @property
    def age(self) -> tuple[int, str]:
        """Sort key of two versions of one event: SEQUENCE, then DTSTAMP (RFC 5546 2.1.5)."""
        return self.sequence, self.stamp
