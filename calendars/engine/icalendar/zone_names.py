"""Find the IANA zone that a TZID of a file means, by its definition and by its name. Plain Python."""

from collections.abc import Mapping
from functools import lru_cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.engine.icalendar import zone_definitions, zone_matching
from calendars.engine.icalendar.file_index import FileIndex
from calendars.engine.icalendar.zone_definitions import ZoneDefinition
from calendars.engine.icalendar.zone_matching import Span
from config.kernel.known_codes import ZONES

FOLDED = {name.casefold(): name for name in ZONES}


class FileZones:
    """The zones of a file; `default` is the zone of the calendar that takes it in."""

    def __init__(self, default: str, index: FileIndex) -> None:
        self.default, self.index = default, index

    def find(self, name: str, *, calendar: int, series: Span | None = None) -> str | ZoneDefinition | None:
        """Return the IANA zone of a TZID in the VCALENDAR of a number; None for one that nothing tells.

        A name of IANA means its zone. Of any other, the zone that the name means counts where it has the offsets that
        the file defines; else the IANA zone that has them over the whole file, or over the span of a `series`; else
        only the definition is known. Without a definition the name decides.
        """
        if exact := _iana(_plain(name)):
            return exact
        zones = self.index.zones[calendar] if calendar < len(self.index.zones) else {}
        definition = zones.get(name) or zone_definitions.of_name(name)
        named = _match(_plain(name)) or _match(definition.location if definition else "")
        if definition is None or not definition.observances:
            return named
        span = self.index.span
        if named and span and zone_matching.agrees(definition, named, span):
            return named
        spans = filter(None, (self.index.reach, series))
        found = (zone_matching.match(definition, each, near=self.default) for each in spans)
        return next(filter(None, found), definition)


def find(name: str, locations: Mapping[str, str]) -> str | None:
    """Return the IANA zone that a TZID means by its name, None for none; `locations` are X-LIC-LOCATIONs by TZID."""
    return _match(_plain(name)) or _match(locations.get(name, ""))


def _plain(name: str) -> str:
    return name.strip().strip('"')


@lru_cache(maxsize=1024)
def _iana(name: str) -> str | None:
    """Return the zone whose name it is, also behind a prefix such as /mozilla.org/20070129_1/ (RFC 5545 3.8.3.1)."""
    return _ending(name) if name.startswith("/") else FOLDED.get(name.casefold())


@lru_cache(maxsize=1024)
def _match(name: str) -> str | None:
    if not name:
        return None
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    # US-Eastern of RFC 2445, America/New York.
    spelled = (name, name.replace("-", "/", 1), name.replace(" ", "_"))
    return next(filter(None, map(_ending, spelled)), None)


def _ending(name: str) -> str | None:
    parts = name.split("/")
    endings = ("/".join(parts[start:]).casefold() for start in range(len(parts)))
    return next((FOLDED[ending] for ending in endings if ending in FOLDED), None)
