"""Fill templates: named placeholders and nothing else, no attributes, no format expressions. Plain Python."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,63})\}")
LIMIT = 20_000  # characters of a rendered text
# CLDR has no words for it.
ALL_DAY = {"de": "ganztägig", "en": "all day", "es": "todo el día", "fr": "toute la journée"}


def problem(text: str) -> str:
    """Return what is wrong with a template in words, or an empty string."""
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return "Write placeholders as a name in braces, such as {first_name}; no dots, brackets or formats."
    return ""


def render(text: str, values: Mapping[str, Any]) -> str:
    """Replace each `{name}` by its value, in one pass; unknown names, objects and lists become empty."""
    return PLACEHOLDER.sub(lambda match: _plain(values.get(match[1])), text)[:LIMIT]


def _plain(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def moment(at: datetime, zone: str, language: str, *, all_day: bool = False) -> dict[str, str]:
    """Return the words of an instant in its zone and the reader's language: `when`, `date`, `time`, `weekday`.

    Of a whole day, which begins then, `when` has no time, and `time` says that it is all day.
    """
    local = at.astimezone(ZoneInfo(zone))
    locale = _locale(language)
    return {
        "when": _day(local, locale) if all_day else f"{_day(local, locale)}, {_clock(local, locale)}",
        "date": format_date(local, "long", locale=locale),
        "time": ALL_DAY.get(locale.language, ALL_DAY["en"]) if all_day else _time(local, locale),
        "weekday": format_datetime(local, "EEEE", locale=locale),
    }


def _day(local: datetime, locale: Locale) -> str:
    if locale.language == "en":
        return f"{local:%A} {local:%b} {local.day}"
    # CLDR has this order with the short weekday only; the words of reminders want the full one.
    pattern = re.sub(r"E+", "EEEE", locale.datetime_skeletons["MMMEd"].pattern)
    return _squeeze(format_datetime(local, pattern, locale=locale))


def _clock(local: datetime, locale: Locale) -> str:
    if locale.language == "en":
        return f"{local.strftime('%I').lstrip('0')}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
    return _time(local, locale)


def _time(local: datetime, locale: Locale) -> str:
    return _squeeze(format_time(local, "short", locale=locale))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _squeeze(text: str) -> str:
    """Replace the narrow and no-break spaces of CLDR, which would turn an SMS into a UCS-2 one."""
    return re.sub(r"[\u00a0\u202f\u2009 ]+", " ", text)
