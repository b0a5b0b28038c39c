"""Dates and times as people and programs write them. Plain Python; every reader raises ValueError."""

import calendar
import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})$")
NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})$")
DAY_NAME = re.compile(r"(\d{1,2})\.? ([a-z]{3})[a-z]*\.?,? (\d{4})$")
NAME_DAY = re.compile(r"([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})$")
YEAR_SLASH = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})$")
CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*(am|pm|a\.m\.|p\.m\.|h|uhr)?$")
PACKED = re.compile(r"(\d{2})(\d{2})(\d{2})?$")
ZONED = re.compile(r"(?:z|[+-]\d{2}:?\d{2}|\butc)$")
SPLIT = re.compile(r"(?<=\d{4})[ ]?,?[ ]+(?=\d)|(?<=\d)t(?=\d)|(?<=\d)[ ]+(?=\d{1,2}(?:[:.h]\d|\s*[ap]))")


def read_day(text: str, *, month_first: bool) -> date:
    """Read a date: ISO, 31.12.2026, 12/31/2026 or 31/12/2026, 31 Dec 2026, Dec 31, 2026."""
    text = text.strip().lower()
    if match := ISO.match(text) or YEAR_SLASH.match(text):
        return date(*map(int, match.groups()))
    if match := NUMBERS.match(text):
        first, mark, second, year = match.groups()
        month, day = (first, second) if month_first and mark == "/" else (second, first)
        return date(int(year), int(month), int(day))
    if match := DAY_NAME.match(text):
        return date(int(match[3]), _month(match[2]), int(match[1]))
    if match := NAME_DAY.match(text):
        return date(int(match[3]), _month(match[1]), int(match[2]))
    raise ValueError(text)


def read_time(text: str) -> time:
    """Read a time of day: 08:00, 8:30:00, 8:30 am, 8am, 8h30, 0830."""
    text = text.strip().lower()
    if match := PACKED.match(text):
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    match = CLOCK.match(text)
    if not match or not (match[2] or match[4]):
        raise ValueError(text)
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match[4] or "")[:1]
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute, second)


def read_moment(text: str, *, month_first: bool) -> tuple[date, time | None] | datetime:
    """Read a date with or without a time; an aware instant when the text carries an offset."""
    lowered = text.strip().lower()
    try:
        return read_day(lowered, month_first=month_first), None
    except ValueError:
        pass
    parts = SPLIT.split(lowered, maxsplit=1)
    if len(parts) != 2:
        raise ValueError(text)
    day, clock = read_day(parts[0], month_first=month_first), parts[1].strip()
    if not ZONED.search(clock):
        return day, read_time(clock)
    packed = clock.replace("utc", "z").replace(" ", "").upper()
    return datetime.fromisoformat(f"{day.isoformat()}T{packed}").astimezone(UTC)


def read_minutes(text: str) -> int:
    """Read a length in minutes: 30, 30 min, 0:45, 1h, 1h30."""
    match = re.match(r"(\d{1,4})\s*(?:m|min|mins|minutes)?$", text.strip().lower())
    if match:
        return int(match[1])
    match = re.match(r"(\d{1,2})\s*(?::|h)\s*(\d{2})?$", text.strip().lower())
    if not match:
        raise ValueError(text)
    return int(match[1]) * 60 + int(match[2] or 0)


def to_instant(day: date, clock: time, zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time; ValueError when the clock skips it in that zone.

    A time that happens twice, as in autumn, is the first of the two.
    """
    local = datetime.combine(day, clock, tzinfo=_zone(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("skipped")
    return instant


def to_local(instant: datetime, zone: str) -> datetime:
    """Return an instant on the wall clock of a zone."""
    return instant.astimezone(_zone(zone))


def slot_time(number: int, begin: time, finish: time, *, step: int = 5) -> time:
    """Return one of the times between two, each `step` minutes apart; the same number has always the same."""
    first, last = (clock.hour * 60 + clock.minute for clock in (begin, finish))
    minutes = first + number % max(1, (last - first) // step) * step
    return time(minutes // 60, minutes % 60)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _month(name: str) -> int:
    if name not in MONTHS:
        raise ValueError(name)
    return MONTHS[name]
