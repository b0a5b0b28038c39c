"""Read RRULE, RDATE, EXDATE and DTSTART lines (RFC 5545 3.8.5, 3.8.2.4), folded or not (3.1). Plain Python."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.rule_parser import LONGEST, RecurrenceRule, rrule, stamp
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import MIDNIGHT, is_start_of_day, midnight
from calendars.engine.wall_clock import resolve, wall
from calendars.errors import BadRule
from config.kernel.known_codes import is_zone
from config.kernel.text import N_

DURATION = re.compile(
    r"\+?P(?:(\d{1,3})W|(?=[\dT])(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)",
    re.IGNORECASE,
)
YEARS = range(1900, 2200)
VALUES = {"RDATE": ("DATE-TIME", "DATE", "PERIOD"), "EXDATE": ("DATE-TIME", "DATE"), "DTSTART": ("DATE-TIME", "DATE")}


class ParsedLines:
    """What the lines of a series say; times without a zone, and dates, are of the wall clock of `zone`.

    In a series of days every date is a day, told by its midnight.
    """

    def __init__(self, root: datetime, zone: ZoneInfo, kind: TimeKind = TimeKind.TIMED) -> None:
        self.root = root  # or what a DTSTART line says
        self.zone = zone
        self.kind = kind
        self.rules: list[RecurrenceRule] = []
        self.extra: set[datetime] = set()
        # The end (UTC) of each extra occurrence that was given as a period.
        self.ends: dict[datetime, datetime] = {}
        self.excluded: set[datetime] = set()
        self.excluded_days: set[date] = set()

    def read(self, text: str) -> "ParsedLines":
        """Take in the lines of a text; raise `BadRule`."""
        if len(text) > LONGEST:
            raise BadRule(N_("The recurrence is longer than %(longest)s characters.", longest=LONGEST))
        unfolded = re.sub(r"\r?\n[ \t]", "", text)
        # DTSTART first: dates on other lines take their time of day from it.
        lines = sorted(filter(None, (line.strip() for line in unfolded.splitlines())), key=_is_late)
        for line in lines:
            self._line(line)
        return self

    def _line(self, line: str) -> None:
        head, colon, value = line.partition(":")
        if not colon:
            head, value = "RRULE", line
        name, *parameters = head.split(";")
        name = name.strip().upper()
        if name == "RRULE":
            self.rules.append(rrule(value))
        elif name in VALUES:
            zone, kind = self._parameters(name, parameters)
            for part in value.split(","):
                self._date(name, part, kind, zone)
        elif name == "EXRULE":
            raise BadRule(N_("EXRULE was withdrawn from the standard; write the exceptions as EXDATE."))
        else:
            raise BadRule(N_("“%(line)s” is neither RRULE, RDATE, EXDATE nor DTSTART.", line=line[:40]))

    def _parameters(self, name: str, parameters: list[str]) -> tuple[ZoneInfo, str]:
        """Return the zone and the value type that stand before the colon."""
        zone, kind = self.zone, ""
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            match key.strip().upper():
                case "TZID":
                    zone = _zone(value)
                case "VALUE":
                    kind = value.strip().upper()
        if kind and kind not in VALUES[name]:
            raise BadRule(
                N_(
                    "%(name)s cannot be of the type “%(kind)s”; it is one of %(choices)s.",
                    name=name,
                    kind=kind[:20],
                    choices=", ".join(VALUES[name]),
                )
            )
        return zone, kind

    def _date(self, name: str, text: str, kind: str, zone: ZoneInfo) -> None:
        first, slash, end = text.strip().partition("/")
        _check_period(name, text, kind, is_period=bool(slash))
        moment, utc, timed = _stamp(name, first, text, kind)
        if not timed and name == "EXDATE":
            self.excluded_days.add(moment.date())
            return
        local = _local(moment, UTC if utc else zone, self.zone) if timed else datetime.combine(moment, self.root.time())
        if self.kind == TimeKind.DAYS:
            local = self._day(name, text, local, bool(slash))
        if slash:
            self.ends[local] = self._end(resolve(local, self.zone), end, zone)
        if name == "DTSTART":
            self.root = local if timed else moment
        else:
            {"RDATE": self.extra, "EXDATE": self.excluded}[name].add(local)

    def _day(self, name: str, text: str, local: datetime, is_period: bool) -> datetime:
        """Return the midnight of a day; raise `BadRule` for what is no whole day."""
        if is_period or not (local.time() == MIDNIGHT or is_start_of_day(resolve(local, self.zone), self.zone)):
            raise BadRule(
                N_(
                    "“%(text)s” is no day of an all-day series; write %(name)s;VALUE=DATE:%(day)s.",
                    text=text[:40],
                    name=name,
                    day=f"{local:%Y%m%d}",
                )
            )
        return midnight(local.date())

    def _end(self, start: datetime, text: str, zone: ZoneInfo) -> datetime:
        """Return the end of a period: a moment, or a duration of days on the wall clock and of elapsed hours."""
        match = DURATION.fullmatch(text.strip())
        if match:
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            local = wall(start, self.zone) + timedelta(weeks=weeks, days=days)
            end = resolve(local, self.zone) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        else:
            moment, utc, _ = stamp(text)
            end = moment.replace(tzinfo=UTC) if utc else resolve(moment, zone)
        if end <= start:
            raise BadRule(N_("The period that ends “%(text)s” has no length.", text=text[:40]))
        return end


def _is_late(line: str) -> bool:
    return not line.upper().startswith("DTSTART")


def _check_period(name: str, text: str, kind: str, *, is_period: bool) -> None:
    """Raise `BadRule` for a period where there can be none, and for what has to be one and is not."""
    if (is_period and name != "RDATE") or (kind and is_period != (kind == "PERIOD")):
        named = f"{name};VALUE={kind}" if kind else name
        raise BadRule(N_("“%(text)s” is no value for %(name)s.", text=text[:40], name=named))


def _stamp(name: str, text: str, value: str, kind: str) -> tuple[datetime, bool, bool]:
    """Return a moment as `stamp` does; raise `BadRule` for one of another type, or of years without known zones."""
    moment, utc, timed = stamp(text)
    if moment.year not in YEARS:
        values = {"name": name, "first": YEARS[0], "last": YEARS[-1], "text": value[:40]}
        raise BadRule(N_("%(name)s lies outside the years %(first)s to %(last)s: “%(text)s”.", **values))
    if kind and timed != (kind != "DATE"):
        raise BadRule(N_("“%(text)s” is no %(kind)s.", text=value[:40], kind=kind))
    return moment, utc, timed


def _zone(name: str) -> ZoneInfo:
    found = name.strip().strip('"')
    if not is_zone(found):
        raise BadRule(N_("“%(name)s” is no IANA time zone.", name=name[:40]))
    return ZoneInfo(found)


def _local(moment: datetime, zone: Any, own_zone: ZoneInfo) -> datetime:
    """Return the wall-clock time in the series' zone of a time of another zone."""
    if zone is UTC:
        return wall(moment.replace(tzinfo=UTC), own_zone)
    return moment if zone == own_zone else wall(resolve(moment, zone), own_zone)
