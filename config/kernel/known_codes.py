"""Time zones and languages that can be named. Plain Python."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

# Not places: the machine's own zone, what stands for none, and copies with and without leap seconds.
NO_PLACES = {"localtime", "Factory", "posixrules"}
COPIES = ("posix/", "right/")
ZONES = frozenset(name for name in available_timezones() - NO_PLACES if not name.startswith(COPIES))
NO_LANGUAGES = {"root", "und"}


def is_zone(name: str) -> bool:
    """Return whether a name is a place, or an offset, of the IANA time zone database."""
    return name in ZONES


@lru_cache(maxsize=1024)
def is_language(code: str) -> bool:
    """Return whether CLDR has data for a code, such as `pt`, `pt-br` or `zh_Hant_TW`."""
    try:
        Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return False
    return code.lower() not in NO_LANGUAGES
