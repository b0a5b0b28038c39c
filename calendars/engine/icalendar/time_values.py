"""Read the times of a component (RFC 5545 3.3.4, 3.3.5), whatever zone of the file they name. Plain Python."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendars.engine.icalendar import zone_definitions
from calendars.engine.icalendar.component_blocks import CalendarHeader
from calendars.engine.icalendar.zone_matching import Span
from calendars.engine.icalendar.zone_names import FileZones
from calendars.engine.recurrence import recurrence_set
from config.kernel.text import N_

UTC_ZONE = "UTC"
# What the parser gives for values that are no moments.
NO_MOMENTS = (timedelta, time, tuple)


class UnusableEvent(ValueError):
    """The component cannot become an event; the message is the reason."""


class TimeReader:
    """Reads the times of one component; `series` is the span of time over which it recurs, where it does."""

    def __init__(self, zones: FileZones, head: CalendarHeader, series: Span | None = None) -> None:
        self.zones, self.head, self.series = zones, head, series

    def value(self, dt: Any, zone_name: str) -> tuple[date | datetime, str]:
        """Return a DATE, or a DATE-TIME and the zone in which it is meant; instants are aware. Raises `UnusableEvent`.

        Of a zone that is no zone of IANA, an event that does not recur has the instant.
        """
        if isinstance(dt, NO_MOMENTS):
            raise UnusableEvent(N_("a time is of a kind that does not fit here"))
        if not isinstance(dt, datetime):
            return dt, self.zones.default  # a date is a day wherever the calendar is
        if dt.tzinfo and not zone_name:
            return dt.astimezone(UTC), UTC_ZONE
        local = dt.replace(tzinfo=None)
        zone = self._zone(zone_name)
        if isinstance(zone, str):
            return local, zone
        if self.series:
            raise UnusableEvent(
                N_("the zone “%(name)s” has the offsets of no zone that is known; a series needs one", name=zone_name)
            )
        return zone.instant(local), UTC_ZONE

    def of(self, prop: Any) -> tuple[date | datetime, str]:
        """Return the value of a property; see `value`."""
        return self.value(prop.dt, str(prop.params.get("TZID", "")))

    def each(self, group: Any) -> Iterator[tuple[Any, str]]:
        """Yield the values of a property that lists some (RDATE, EXDATE), with the name of the zone of all."""
        for prop in group.dts:
            yield prop.dt, str(group.params.get("TZID", ""))

    def local(self, dt: Any, zone_name: str, zone: str) -> datetime:
        """Return a time on the wall clock of a zone; of a day, its midnight."""
        value, own = self.value(dt, zone_name)
        if not isinstance(value, datetime):
            return datetime.combine(value, time())
        return recurrence_set.wall(instant(value, own), ZoneInfo(zone))

    def _zone(self, name: str) -> str | zone_definitions.ZoneDefinition:
        if not name:
            found = self.zones.find(self.head.time_zone, calendar=self.head.number) if self.head.time_zone else None
            return found if isinstance(found, str) else self.zones.default
        zone = self.zones.find(name, calendar=self.head.number, series=self.series)
        if zone is None:
            raise UnusableEvent(N_("the zone “%(name)s” is not known, and the file does not define it", name=name))
        return zone


def instant(value: date | datetime, zone: str) -> datetime:
    """Return the instant in UTC; a skipped local time uses the offset before the gap (RFC 5545 3.3.5)."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
