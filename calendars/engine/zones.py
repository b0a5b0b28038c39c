"""Between wall clocks and instants (RFC 5545 3.3.5). Plain Python."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a wall-clock time.

    RFC 5545 3.3.5: a time that the clock leaves out is read with the offset before the gap; one that
    comes twice is the first. Both are `fold=0`.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time of an instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def resolve_all(locals_: Iterable[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants of many wall-clock times, as `resolve` does; days without a clock change cost one look-up."""
    ordinal, offset = 0, None
    for local in locals_:
        if local.toordinal() != ordinal:
            ordinal = local.toordinal()
            offset = steady_offset(zone, ordinal)
        yield resolve(local, zone) if offset is None else (local - offset).replace(tzinfo=UTC)


@lru_cache(maxsize=65_536)
def steady_offset(zone: ZoneInfo, ordinal: int) -> timedelta | None:
    """Return the offset that holds on a whole local day (by its ordinal); None where the clock is changed near it."""
    midnight = datetime.fromordinal(ordinal)
    moments = (midnight - DAY / 4, midnight + DAY / 4, midnight + DAY / 2, midnight + DAY * 5 / 4)
    offsets = {moment.replace(tzinfo=zone).utcoffset() for moment in moments}
    return offsets.pop() if len(offsets) == 1 else None


def is_missing(local: datetime, zone: ZoneInfo) -> bool:
    """Say whether the clock leaves a wall-clock time out."""
    return wall(resolve(local, zone), zone) != local
