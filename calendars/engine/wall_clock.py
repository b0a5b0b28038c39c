"""Convert wall-clock times to instants and back (RFC 5545 3.3.5). Plain Python."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Hours around a day, so many that a day of UTC lies among them in every zone.
WATCHED = tuple(timedelta(hours=hours) for hours in (-15, 4, 20, 39))

MINUTE = timedelta(minutes=1)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a wall-clock time.

    RFC 5545 3.3.5: a time that the clock leaves out is read with the offset before the gap; one that
    comes twice is the first. Both are `fold=0`.
    """
    offset = steady_offset(zone, local.toordinal())
    if offset is None:
        return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return (local - offset).replace(tzinfo=UTC)


def wall_name(at: datetime, zone: ZoneInfo) -> str:
    """Return the wall-clock time of an instant as 20261123T090000; empty where that names another instant too."""
    local = wall(at, zone).replace(microsecond=0)
    return f"{local:%Y%m%dT%H%M%S}" if resolve(local, zone) == at else ""


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time of an instant, naive."""
    at = at.astimezone(UTC)
    offset = steady_offset(zone, at.toordinal())
    if offset is None:
        return at.astimezone(zone).replace(tzinfo=None, fold=0)
    return at.replace(tzinfo=None) + offset


def last_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the last wall-clock time, to the minute, that `resolve` puts no later than an instant.

    In the second pass of a repeated hour that is the end of the hour; a naive moment is returned as it is.
    """
    if at.tzinfo is None:
        return at
    last = wall(at, zone)
    while resolve(last + MINUTE, zone) <= at:
        last += MINUTE
    return last


def resolve_all(locals_: Iterable[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants of many wall-clock times, as `resolve` does; days without a clock change cost one look-up."""
    ordinal, offset = 0, None
    for local in locals_:
        if local.toordinal() != ordinal:
            ordinal = local.toordinal()
            offset = steady_offset(zone, ordinal)
        yield resolve(local, zone) if offset is None else (local - offset).replace(tzinfo=UTC)


@lru_cache(maxsize=16_384)
def steady_offset(zone: ZoneInfo, ordinal: int) -> timedelta | None:
    """Return the offset that holds on a whole day (an ordinal), local or of UTC; None where the clock is changed."""
    midnight = datetime.fromordinal(ordinal)
    offsets = {(midnight + hour).replace(tzinfo=zone).utcoffset() for hour in WATCHED}
    return offsets.pop() if len(offsets) == 1 else None


def is_missing(local: datetime, zone: ZoneInfo) -> bool:
    """Return whether the clock leaves a wall-clock time out."""
    return wall(resolve(local, zone), zone) != local
