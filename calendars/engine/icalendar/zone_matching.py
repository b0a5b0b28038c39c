"""Find the IANA zone that has the offsets of a zone which a file defines (RFC 5545 3.6.5). Plain Python."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.engine.icalendar.zone_definitions import ZoneDefinition

# Country by IANA zone (CLDR, which also knows zones of the world, 001), and the zones that stand for a clock each.
KNOWN = available_timezones()  # reads all files of the zones
COUNTRIES = {
    zone: country for zone, country in get_global("zone_territories").items() if country != "001" and zone in KNOWN
}
MAIN = tuple(dict.fromkeys(WINDOWS_TO_OLSON.values()))
DAY, WEEK, SECOND, HOUR = timedelta(days=1), timedelta(days=7), timedelta(seconds=1), timedelta(hours=1)

Span = tuple[datetime, datetime]  # naive, in UTC


@lru_cache(maxsize=256)
def match(definition: ZoneDefinition, span: Span, *, near: str) -> str | None:
    """Return the IANA zone with the same offsets over a span of time; None where there is none.

    First asked are the zone `near` and those of its country, then zones that always have one offset.
    """
    offsets = list(_samples(definition, span))
    return next((name for name in _candidates(offsets, near) if _has(ZoneInfo(name), offsets)), None)


def agrees(definition: ZoneDefinition, zone: str, span: Span) -> bool:
    """Return whether an IANA zone has the offsets of a definition over a span of time."""
    return _has(ZoneInfo(zone), list(_samples(definition, span)))


def _samples(definition: ZoneDefinition, span: Span) -> Iterator[tuple[datetime, timedelta]]:
    """Yield instants and their offsets: on both sides of each change, and so many between that none is missed."""
    begin, end = span[0] - DAY, span[1] + DAY
    for at in definition.changes[0]:
        if begin < at <= end:
            yield from ((each, definition.offset(each)) for each in (at - SECOND, at))
    at = begin
    while at < end:
        yield at, definition.offset(at)
        at += WEEK
    yield end, definition.offset(end)


def _candidates(offsets: list[tuple[datetime, timedelta]], near: str) -> Iterable[str]:
    country = COUNTRIES.get(near)
    own = [name for name in (*MAIN, *COUNTRIES) if country and COUNTRIES.get(name) == country]
    return dict.fromkeys([near, *own, *_fixed({offset for _, offset in offsets}), *MAIN, *COUNTRIES])


def _fixed(offsets: set[timedelta]) -> list[str]:
    """Return the zone that always has one offset; its sign is that of POSIX: Etc/GMT-1 lies east."""
    (offset, *others) = offsets
    hours = offset // HOUR
    if others or offset % HOUR or not -12 <= hours <= 14:
        return []
    return [f"Etc/GMT{-hours:+}" if hours else "UTC"]


def _has(zone: ZoneInfo, offsets: list[tuple[datetime, timedelta]]) -> bool:
    return all(at.replace(tzinfo=UTC).astimezone(zone).utcoffset() == offset for at, offset in offsets)
