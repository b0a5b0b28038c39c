"""The daily window in which a message may leave. Plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

MIDNIGHT = time(0, 0)
LAST_SECOND = time(23, 59, 59)
# A clock change shortens or drops at most one day; two on either side are always enough.
NEARBY = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Window:
    """A daily span of wall-clock time in whole seconds, both ends included.

    It may cross midnight; equal ends mean the whole day.
    """

    start: time = MIDNIGHT
    stop: time = LAST_SECOND
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @cached_property
    def is_always_open(self) -> bool:
        """Whether it leaves nothing out."""
        start, stop = self._ends
        return start == stop or (start, stop) == (MIDNIGHT, LAST_SECOND)

    def contains(self, at: datetime) -> bool:
        """Return whether an aware instant lies inside."""
        if self.is_always_open:
            return True
        start, stop = self._ends
        clock = at.astimezone(self.zone).time().replace(microsecond=0, fold=0)
        if start < stop:
            return start <= clock <= stop
        return clock >= start or clock <= stop

    def next_open(self, at: datetime) -> datetime:
        """Return `at` when it lies inside, else the next opening after it (UTC)."""
        at = at.astimezone(UTC)
        if self.contains(at):
            return at
        return min(moment for moment in self._edges(at, self.start) if moment >= at)

    def last_close(self, at: datetime) -> datetime:
        """Return the last closing moment that is not after `at` (UTC)."""
        at = at.astimezone(UTC)
        return max(moment for moment in self._edges(at, self.stop) if moment <= at)

    @cached_property
    def _ends(self) -> tuple[time, time]:
        return self.start.replace(microsecond=0), self.stop.replace(microsecond=0)

    def _edges(self, at: datetime, clock: time) -> Iterator[datetime]:
        today = at.astimezone(self.zone).date()
        for days in NEARBY:
            local = datetime.combine(today + timedelta(days=days), clock.replace(microsecond=0), tzinfo=self.zone)
            # Both readings of an hour that comes twice; an hour that is left out counts only where it still fits.
            for fold in (0, 1):
                moment = local.replace(fold=fold).astimezone(UTC)
                if self.contains(moment):
                    yield moment
