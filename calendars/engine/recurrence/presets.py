"""Write the rules that people choose from a list as RRULE lines (RFC 5545 3.3.10). Plain Python."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.rule_parser import WEEKDAYS
from calendars.engine.states import TimeKind
from calendars.engine.wall_clock import resolve
from calendars.errors import BadRule
from config.kernel.text import N_

LAST_MOMENT = time(23, 59, 59)
SATURDAY, WEEK, FOUR_WEEKS = 5, 7, 28


class Preset(StrEnum):
    """How something recurs, from where it begins."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"  # on this day of the month
    MONTHLY_PLACE = "monthly_place"  # such as on each second Tuesday; from the 29th on, on the last one


@dataclass(frozen=True)
class SeriesClock:
    """How the series hangs on a clock."""

    zone: ZoneInfo
    kind: TimeKind = TimeKind.TIMED


@dataclass(frozen=True)
class Ending:
    """After how many times, or with which day; with neither it continues."""

    times: int | None = None
    until: date | None = None


def line(preset: Preset, first: date, ending: Ending, clock: SeriesClock) -> str:
    """Return the RRULE line of a series that begins on a day; raise `BadRule` where it does not fit that day."""
    if preset == Preset.WORKDAYS and first.weekday() >= SATURDAY:
        raise BadRule(
            N_("Saturday is no weekday (Monday to Friday); choose another day to begin with.")
            if first.weekday() == SATURDAY
            else N_("Sunday is no weekday (Monday to Friday); choose another day to begin with.")
        )
    if ending.times and ending.until:
        raise BadRule(N_("Say after how many times it ends, or on which day, not both."))
    if ending.until and ending.until < first:
        raise BadRule(N_("It begins on %(day)s; let it end on that day or later.", day=first.isoformat()))
    return f"RRULE:{_named(preset, first)}{_end(ending, clock)}"


def _named(preset: Preset, first: date) -> str:
    match preset:
        case Preset.DAILY:
            return "FREQ=DAILY"
        case Preset.WORKDAYS:
            return f"FREQ=WEEKLY;BYDAY={','.join(WEEKDAYS[:SATURDAY])}"
        case Preset.WEEKLY:
            return "FREQ=WEEKLY"
        case Preset.FORTNIGHTLY:
            return "FREQ=WEEKLY;INTERVAL=2"
        case Preset.MONTHLY:
            return "FREQ=MONTHLY"
    place = (first.day - 1) // WEEK + 1 if first.day <= FOUR_WEEKS else -1
    return f"FREQ=MONTHLY;BYDAY={place}{WEEKDAYS[first.weekday()]}"


def _end(ending: Ending, clock: SeriesClock) -> str:
    if ending.times:
        return f";COUNT={ending.times}"
    if not ending.until:
        return ""
    moment = datetime.combine(ending.until, LAST_MOMENT)
    match clock.kind:
        case TimeKind.DAYS:
            return f";UNTIL={moment:%Y%m%d}"
        case TimeKind.FLOATING:
            return f";UNTIL={moment:%Y%m%dT%H%M%S}"
    return f";UNTIL={resolve(moment, clock.zone):%Y%m%dT%H%M%S}Z"
