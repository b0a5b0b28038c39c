"""Events of an iCalendar file that hold nothing unusual, read without the parser. Plain Python.

Most events of most files are such ones. What is read here is what the parser makes of it, many times faster; at the
first line that is not plain, the whole event is left to the parser.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

ODD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
ESCAPED = re.compile(r"\\([\\;,:nN])")
# Parameters that change nothing; VALUE and ENCODING say how a value is to be read.
HARMLESS = re.compile(r"(?:(?!VALUE=|ENCODING=)[A-Z-]+=[A-Za-z0-9_./@+-]+(?:;(?=[A-Z])|\Z))*")
ZONE = re.compile(r"TZID=([A-Za-z0-9_/+-]+)")
# An hour of 24 is the next day to newer Pythons, and no time to the parser.
MOMENT = re.compile(r"\d{8}T(?:[01]\d|2[0-3])\d{4}", re.ASCII)
DAY = re.compile(r"\d{8}", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
SPAN = re.compile(
    r"P(?=.)(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?)?", re.ASCII
)  # fmt: skip
TRIGGER = re.compile(r"-P(?:\d{1,4}D|T\d{1,5}[HMS])", re.ASCII)
ACTIONS = frozenset({"DISPLAY", "AUDIO", "EMAIL", "NONE"})


class When(NamedTuple):
    """A date, a time or a duration, and the parameters that stood before it."""

    dt: date | datetime | timedelta
    params: dict[str, str]


class Plain(dict[str, Any]):
    """The properties of an event by their names, as of the parser's component; none of them is broken."""

    errors: tuple[tuple[str, str], ...] = ()


class _Unusual(ValueError):
    """The parser has to read it."""


def read(lines: Iterable[str]) -> Plain | None:
    """Return the properties of a VEVENT, given without its first and last line; None where the parser is needed."""
    event, alarm = Plain(), None
    try:
        for line in lines:
            if line == "BEGIN:VALARM" and alarm is None:
                alarm = Plain()
            elif line == "END:VALARM" and alarm is not None:
                alarm = None
            else:
                _take(line, event if alarm is None else alarm)
    except ValueError:
        return None
    return event if alarm is None else None


def _take(line: str, into: Plain) -> None:
    head, _, value = line.partition(":")
    name, semicolon, parameters = head.partition(";")
    reader = READERS.get(name) or (_text if name.startswith("X-") else None)
    if reader is None or name in into or bool(semicolon) != bool(parameters) or ODD.search(line):
        raise _Unusual
    into[name] = reader(value, parameters)


def _text(value: str, parameters: str) -> str:
    if not HARMLESS.fullmatch(parameters):
        raise _Unusual
    return unescaped(value)


def unescaped(value: str) -> str:
    """Return a value of type TEXT as the text that it stands for."""
    if "\\" not in value:
        return value
    return ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _number(value: str, parameters: str) -> int:
    _match(NUMBER, value, parameters)
    return int(value)


def _moment(value: str, parameters: str) -> When:
    if parameters == "VALUE=DATE":
        return When(date.fromisoformat(_match(DAY, value)[0]), {"VALUE": "DATE"})
    zone = ZONE.fullmatch(parameters)
    if not zone and value[-1:] == "Z":
        return _stamp(value, parameters)
    local = _match(MOMENT, value, "" if zone else parameters)[0]
    return When(datetime.fromisoformat(local), {"TZID": zone[1]} if zone else {})


def _stamp(value: str, parameters: str) -> When:
    """Read a time in UTC."""
    if value[-1:] != "Z":
        raise _Unusual
    _match(MOMENT, value[:-1], parameters)
    return When(datetime.fromisoformat(value), {})


def _span(value: str, parameters: str) -> When:
    days, hours, minutes, seconds = (int(part or 0) for part in _match(SPAN, value, parameters).groups())
    return When(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds), {})


def _trigger(value: str, parameters: str) -> str:
    return _match(TRIGGER, value, parameters)[0]


def _action(value: str, parameters: str) -> str:
    if parameters or value not in ACTIONS:
        raise _Unusual
    return value


def _match(pattern: re.Pattern[str], value: str, parameters: str = "") -> re.Match[str]:
    match = pattern.fullmatch(value)
    if parameters or not match:
        raise _Unusual
    return match


READERS: dict[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "COMMENT"), _text),
    **dict.fromkeys(("SEQUENCE", "PRIORITY"), _number),
    **dict.fromkeys(("DTSTAMP", "CREATED", "LAST-MODIFIED"), _stamp),
    **dict.fromkeys(("DTSTART", "DTEND", "RECURRENCE-ID"), _moment),
    "DURATION": _span,
    "TRIGGER": _trigger,
    "ACTION": _action,
}
