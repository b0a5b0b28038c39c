"""Read rules: named parameters of the older interface, and RRULE values (RFC 5545 3.3.10). Nothing is evaluated."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any

from calendars.errors import BadRule
from config.kernel.text import N_

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Lowest and highest value of each numeric part; negative bounds mean that the part counts from the end too.
LIMITS: dict[str, tuple[int, int]] = {
    "bysetpos": (-366, 366),
    "bymonth": (1, 12),
    "bymonthday": (-31, 31),
    "byyearday": (-366, 366),
    "byweekno": (-53, 53),
    "byhour": (0, 23),
    "byminute": (0, 59),
    "bysecond": (0, 60),
    "byeaster": (-366, 366),
}
WEEKDAY = re.compile(
    r"(?P<ahead>[+-]?\d{1,2})?(?P<name>MO|TU|WE|TH|FR|SA|SU)(?:\((?P<behind>[+-]?\d{1,2})\))?", re.IGNORECASE
)
STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?(Z?))?", re.IGNORECASE)
LONGEST = 20_000
EARLIEST, LATEST = datetime.fromisoformat("1000-01-01"), datetime.fromisoformat("9000-01-01")


@dataclass(frozen=True)
class Until:
    """The last moment of a rule: an instant, or a wall-clock time."""

    moment: datetime


@dataclass(frozen=True)
class RecurrenceRule:
    """The parts of one recurrence rule (RFC 5545 3.3.10, and BYEASTER); weekdays are (0 for Monday, ordinal or 0)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: Until | None = None
    wkst: int = 0
    bysetpos: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byweekday: tuple[tuple[int, int], ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    byeaster: tuple[int, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether parts leave out days that its frequency would choose."""
        days = (self.bymonth, self.bymonthday, self.byyearday, self.byweekno, self.byweekday, self.byeaster)
        return bool(self.bysetpos or (self.frequency != "WEEKLY" and any(days)))


def named(frequency: str, params: str | None) -> RecurrenceRule:
    """Read the older grammar, `name:value[,value];…`, beside a frequency; raise `BadRule`."""
    text = (params or "").replace('"', "").replace("'", "")
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return _build(frequency, [_pair(name, colon, value) for name, colon, value in parts])


@lru_cache(maxsize=1024)
def rrule(text: str) -> RecurrenceRule:
    """Read the value of an RRULE property, `FREQ=DAILY;COUNT=10`; raise `BadRule`, also for what the RFC forbids."""
    parts = [part.partition("=") for part in text.split(";") if part.strip()]
    pairs = [_pair(name, equals, value) for name, equals, value in parts]
    frequency = [value for name, value in pairs if name == "freq"]
    if len(frequency) != 1:
        raise BadRule(N_("“%(text)s” needs exactly one FREQ, such as FREQ=DAILY.", text=text[:80]))
    rule = _build(frequency[0], [pair for pair in pairs if pair[0] != "freq"])
    _refuse_forbidden(rule)
    return rule


def stamp(text: str) -> tuple[datetime, bool, bool]:
    """Read an iCalendar or ISO moment; return (naive, whether it is UTC, whether it has a time of day)."""
    match = STAMP.fullmatch(text.strip())
    if not match:
        raise BadRule(N_("“%(text)s” is no date or time; write 20261231 or 20261231T090000Z.", text=text[:40]))
    year, month, day, hour, minute, second, zulu = match.groups(default="")
    clock = ":".join(part or "00" for part in (hour, minute, second))
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{clock}")
    except ValueError as error:
        raise BadRule(N_("“%(text)s” does not exist: %(error)s.", text=text[:40], error=error)) from None
    return moment, bool(zulu), bool(hour)


def _pair(name: str, separator: str, value: str) -> tuple[str, str]:
    if not separator or not value.strip():
        raise BadRule(
            N_("“%(name)s” has no value; write parts such as FREQ=DAILY;COUNT=5.", name=(name + separator)[:40])
        )
    folded = name.strip().lower()
    return ("byweekday" if folded == "byday" else folded), value.strip()


def _build(frequency: str, pairs: list[tuple[str, str]]) -> RecurrenceRule:
    known = frequency.strip().upper()
    if known not in FREQUENCIES:
        raise BadRule(
            N_(
                "“%(frequency)s” is no frequency; choose one of %(choices)s.",
                frequency=frequency[:40],
                choices=", ".join(FREQUENCIES),
            )
        )
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise BadRule(N_("“%(name)s” stands there twice.", name=name))
        if len(value) > LONGEST:
            raise BadRule(N_("“%(name)s” is too long.", name=name))
        fields[name] = _value(name, value)
    return RecurrenceRule(frequency=known, **fields)


def _refuse_forbidden(rule: RecurrenceRule) -> None:
    """Refuse the combinations that RFC 5545 3.3.10 says MUST NOT be."""
    counted = any(ordinal for _, ordinal in rule.byweekday)
    others = (
        rule.bymonth,
        rule.bymonthday,
        rule.byyearday,
        rule.byweekno,
        rule.byweekday,
        rule.byhour,
        rule.byminute,
        rule.bysecond,
        rule.byeaster,
    )
    forbidden = (
        (rule.count and rule.until, N_("COUNT and UNTIL exclude each other; keep one.")),
        (counted and rule.frequency not in ("YEARLY", "MONTHLY"), "only MONTHLY and YEARLY count weekdays, as in 2MO."),
        (counted and rule.byweekno, N_("BYWEEKNO goes with plain weekdays, such as MO, not 2MO.")),
        (rule.byweekno and rule.frequency != "YEARLY", N_("BYWEEKNO goes with YEARLY only.")),
        (
            rule.byyearday and rule.frequency in ("DAILY", "WEEKLY", "MONTHLY"),
            N_("%(frequency)s has no BYYEARDAY.", frequency=rule.frequency),
        ),
        (rule.bymonthday and rule.frequency == "WEEKLY", N_("WEEKLY has no BYMONTHDAY; use BYDAY.")),
        (rule.bysetpos and not any(others), N_("BYSETPOS chooses among another BY part; add one, such as BYDAY.")),
    )
    for is_so, reason in forbidden:
        if is_so:
            raise BadRule(N_("The RRULE breaks RFC 5545 3.3.10: %(reason)s", reason=reason))


def _value(name: str, value: str) -> object:
    if name in LIMITS:
        return tuple(sorted({_number(name, part, *LIMITS[name]) for part in value.split(",")}))
    readers: dict[str, Callable[[str], object]] = {
        "count": lambda text: _number("count", text, 1, 10**9),
        "interval": lambda text: _number("interval", text, 1, 10**6),
        "until": _until,
        "wkst": lambda text: _weekday(text)[0],
        "byweekday": lambda text: tuple(sorted({_weekday(part) for part in text.split(",")})),
    }
    if name not in readers:
        raise BadRule(
            N_("“%(name)s” is not known; use %(choices)s.", name=name[:40], choices=", ".join([*readers, *LIMITS]))
        )
    return readers[name](value)


def _number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,10}\s*", text):
        raise BadRule(N_("“%(text)s” is no whole number (%(name)s).", text=text[:40], name=name))
    number = int(text)
    if not low <= number <= high or (number == 0 and low < 0 and name != "byeaster"):
        raise BadRule(
            N_(
                "%(name)s %(number)s is out of range (%(low)s to %(high)s).",
                name=name,
                number=number,
                low=low,
                high=high,
            )
        )
    # RFC 5545 allows the leap second; clocks here have none.
    return min(number, 59) if name == "bysecond" else number


def _weekday(text: str) -> tuple[int, int]:
    folded = text.strip()
    if re.fullmatch(r"[0-6]", folded):
        return int(folded), 0
    match = WEEKDAY.fullmatch(folded)
    if not match or (match["ahead"] and match["behind"]):
        raise BadRule(N_("“%(text)s” is no weekday; write MO, MO(-1), -1MO, or 0 for Monday.", text=text[:40]))
    ordinal = int(match["ahead"] or match["behind"] or 0)
    if abs(ordinal) > 53 or (ordinal == 0 and (match["ahead"] or match["behind"])):
        raise BadRule(N_("“%(text)s” counts a weekday that no year has.", text=text[:40]))
    return WEEKDAYS.index(match["name"].upper()), ordinal


def _until(text: str) -> Until:
    moment, utc, timed = stamp(text)
    # “For ever” is often written as the last moment that there is, of which zones and days beside it cannot be told.
    moment = min(max(moment, EARLIEST), LATEST)
    if utc:
        return Until(moment.replace(tzinfo=UTC))
    # A date means that whole day, on the wall clock of the series.
    return Until(moment if timed else datetime.combine(moment, time.max))
