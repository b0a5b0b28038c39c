"""Map time zone names of calendar programs to IANA names. Plain Python."""

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

KNOWN = available_timezones()
FOLDED = {name.casefold(): name for name in KNOWN}


def find(name: str, locations: Mapping[str, str]) -> str | None:
    """Return the IANA zone that a TZID means, None when nothing says so; `locations` are X-LIC-LOCATIONs by TZID."""
    return _match(name.strip().strip('"')) or _match(locations.get(name, ""))


@lru_cache(maxsize=1024)
def _match(name: str) -> str | None:
    if not name:
        return None
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    # US-Eastern of RFC 2445; /mozilla.org/20070129_1/Europe/Berlin and the like.
    for spelled in (name, name.replace("-", "/", 1), name.replace(" ", "_")):
        parts = spelled.split("/")
        for start in range(len(parts)):
            if found := FOLDED.get("/".join(parts[start:]).casefold()):
                return found
    return None
