"""Read plain VEVENTs without the parser of `icalendar`, many times faster; of a rule, only its value. Plain Python.

Most events of most files are plain. The values equal those of the parser; at the first line that is not plain, the
whole event is left to the parser. Without this reader an import takes twice as long as the parser alone
(`benchmarks.feeds`).
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from icalendar import vRecur

CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
ESCAPED = re.compile(r"\\([\\;,:nN])")
# Parameters that change nothing; VALUE and ENCODING say how a value is to be read.
HARMLESS = re.compile(r"(?:(?!VALUE=|ENCODING=)[A-Z-]+=[A-Za-z0-9_./@+-]+(?:;(?=[A-Z])|\Z))*")
ZONE = re.compile(r"TZID=([A-Za-z0-9_/+-]+)")
# An hour of 24 is the next day to newer Pythons, and no time to the parser.
DATE_TIME = re.compile(r"\d{8}T(?:[01]\d|2[0-3])\d{4}", re.ASCII)
DATE = re.compile(r"\d{8}", re.ASCII)
INTEGER = re.compile(r"\d{1,9}", re.ASCII)
DURATION = re.compile(r"P(?=.)(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?)?", re.ASCII)
TRIGGER = re.compile(r"-P(?:\d{1,4}D|T\d{1,5}[HMS])", re.ASCII)
ACTIONS = frozenset({"DISPLAY", "AUDIO", "EMAIL", "NONE"})


class DateValue(NamedTuple):
    """A date, a time or a duration, and the parameters that stood before it."""

    dt: date | datetime | timedelta
    params: dict[str, str]


class PlainComponent(dict[str, Any]):
    """The properties of an event by their names, as of the parser's component; none of them is broken."""

    errors: tuple[tuple[str, str], ...] = ()


class _NotPlain(ValueError):
    """The component needs the full parser."""


def read(lines: Iterable[str]) -> PlainComponent | None:
    """Return the properties of a VEVENT, given without its first and last line; None where the parser is needed."""
    event = into = PlainComponent()
    try:
        for line in lines:
            if line == "BEGIN:VALARM" and into is event:
                into = PlainComponent()
            elif line == "END:VALARM" and into is not event:
                into = event
            else:
                _read_line(line, into)
    except ValueError:
        return None
    return event if into is event else None


def _read_line(line: str, into: PlainComponent) -> None:
    head, _, value = line.partition(":")
    name, semicolon, parameters = head.partition(";")
    reader = READERS.get(name) or (_read_text if name.startswith("X-") else None)
    if reader is None or name in into or bool(semicolon) != bool(parameters):
        raise _NotPlain
    if not line.isprintable() and CONTROL.search(line):
        raise _NotPlain
    into[name] = reader(value, parameters)


def _read_text(value: str, parameters: str) -> str:
    if parameters and not HARMLESS.fullmatch(parameters):
        raise _NotPlain
    return unescape(value)


def unescape(value: str) -> str:
    """Return a value of type TEXT as the text that it stands for."""
    if "\\" not in value:
        return value
    return ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _read_integer(value: str, parameters: str) -> int:
    _match(INTEGER, value, parameters)
    return int(value)


def _read_date(value: str, parameters: str) -> DateValue:
    if parameters == "VALUE=DATE":
        return DateValue(date.fromisoformat(_match(DATE, value)[0]), {"VALUE": "DATE"})
    zone = ZONE.fullmatch(parameters)
    if not zone and value[-1:] == "Z":
        return _read_utc(value, parameters)
    local = _match(DATE_TIME, value, "" if zone else parameters)[0]
    return DateValue(datetime.fromisoformat(local), {"TZID": zone[1]} if zone else {})


def _read_utc(value: str, parameters: str) -> DateValue:
    """Read a time in UTC."""
    if value[-1:] != "Z":
        raise _NotPlain
    _match(DATE_TIME, value[:-1], parameters)
    return DateValue(datetime.fromisoformat(value), {})


def _read_duration(value: str, parameters: str) -> DateValue:
    days, hours, minutes, seconds = (int(part or 0) for part in _match(DURATION, value, parameters).groups())
    return DateValue(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds), {})


def _read_rule(value: str, parameters: str) -> Any:
    """Read an RRULE as the parser does; raise `ValueError` for what is none."""
    if parameters:
        raise _NotPlain
    return vRecur.from_ical(value)


def _read_trigger(value: str, parameters: str) -> str:
    return _match(TRIGGER, value, parameters)[0]


def _read_action(value: str, parameters: str) -> str:
    if parameters or value not in ACTIONS:
        raise _NotPlain
    return value


def _match(pattern: re.Pattern[str], value: str, parameters: str = "") -> re.Match[str]:
    match = pattern.fullmatch(value)
    if parameters or not match:
        raise _NotPlain
    return match


READERS: dict[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "COMMENT"), _read_text),
    **dict.fromkeys(("SEQUENCE", "PRIORITY"), _read_integer),
    **dict.fromkeys(("DTSTAMP", "CREATED", "LAST-MODIFIED"), _read_utc),
    **dict.fromkeys(("DTSTART", "DTEND", "RECURRENCE-ID"), _read_date),
    "DURATION": _read_duration,
    "RRULE": _read_rule,
    "TRIGGER": _read_trigger,
    "ACTION": _read_action,
}
