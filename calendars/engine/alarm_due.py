"""Compute when an alarm is due, and until when it is of use. Plain Python; instants are aware."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.recurrence_set import resolve, wall
from notifications.engine.sending_window import Window

DAY = 86_400
# What is due at the start of its event or later, such as a wake-up call, may leave so long after its time.
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class Notice:
    """An alarm's times: its notice and lead (seconds), its event's start and zone, and when it may disturb.

    `until` is the end of an event of whole days: one can be told of it during all of them.
    """

    at: datetime
    advance: int
    start: datetime
    zone: ZoneInfo
    window: Window = field(default_factory=Window)
    margin: int = 0
    until: datetime | None = None

    @property
    def wanted(self) -> datetime:
        """The notice less the lead: whole days on the wall clock, the rest elapsed."""
        days, seconds = divmod(self.advance, DAY)
        if not days:
            # In UTC: subtracting from a time that carries a zone would be wall-clock arithmetic.
            return self.at.astimezone(UTC) - timedelta(seconds=seconds)
        local = wall(self.at, self.zone) - timedelta(days=days)
        return resolve(local, self.zone) - timedelta(seconds=seconds)

    def limit(self, wanted: datetime) -> datetime | None:
        """Return the moment from which on it is of no use before its event; None when it is not meant to precede it."""
        if self.until:
            return self.until if wanted < self.until else None
        start = self.start.astimezone(UTC)
        early = start - timedelta(seconds=self.margin)
        if wanted < early:
            return early
        return start if wanted < start else None


@dataclass(frozen=True)
class Due:
    """When to send (UTC), and the end of the use."""

    at: datetime
    useful_until: datetime


def due(notice: Notice, *, now: datetime) -> Due:
    """Move the wanted time into the daily window: forward, or back to the closing before it where forward is too late.

    Where the window leaves no time at all, it is due when it was wanted and useful no longer, so that staff are told.
    """
    wanted = notice.wanted
    limit = notice.limit(wanted)
    opening = notice.window.next_open(wanted)
    if limit is None:
        return Due(opening, opening + GRACE)
    if opening < limit:
        return Due(opening, limit)
    closing = notice.window.last_close(wanted)
    if closing >= now:
        return Due(closing, limit)
    return Due(wanted, wanted)


def moved(at: datetime, *, old: datetime, new: datetime, zone: ZoneInfo) -> datetime:
    """Return a notice that keeps its wall-clock distance when its event's start goes from `old` to `new`."""
    return resolve(wall(new, zone) + (wall(at, zone) - wall(old, zone)), zone)
