"""Read VTIMEZONE components (RFC 5545 3.6.5): which offset a zone of a file has, and when. Plain Python."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from calendars.engine.recurrence import recurrence_set
from calendars.engine.recurrence.rule_parser import rrule, stamp
from calendars.errors import BadRule

OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?", re.ASCII)
# A name that is an offset: GMT+0100, UTC-03:00, +05:30. POSIX's Etc/GMT+1, which lies west, is an IANA zone.
OFFSET_NAME = re.compile(r"\(?(?:GMT|UTC)? ?([+-])(\d{1,2}):?(\d{2})?\)?", re.ASCII | re.IGNORECASE)
CLOCK = ZoneInfo("UTC")  # of naive times whose zone is what is being read
# Zones were set up before: what is said of earlier years is not looked at.
FIRST = datetime.fromisoformat("1960-01-01")
LAST = datetime.fromisoformat("2199-12-31")


@dataclass(frozen=True)
class Observance:
    """A STANDARD or DAYLIGHT: from each onset (wall clock before it) on, `after` counts instead of `before`."""

    before: timedelta
    after: timedelta
    onset: datetime
    rule: str = ""
    dates: tuple[datetime, ...] = ()

    def onsets(self) -> set[datetime]:
        """Return its onsets as instants, naive in UTC; raise `BadRule`."""
        found = {self.onset, *self.dates}
        if self.rule:
            recurrence = recurrence_set.parse(root=self.onset, zone=CLOCK, text=self._rule_on_the_clock())
            found |= set(recurrence.between(max(FIRST, self.onset), LAST))
        return {at - self.before for at in found}

    def _rule_on_the_clock(self) -> str:
        until = rrule(self.rule).until
        if until is None or until.moment.tzinfo is None:
            return f"RRULE:{self.rule}"
        local = until.moment + self.before
        return "RRULE:" + re.sub(r"(?i)UNTIL=[^;]*", f"UNTIL={local:%Y%m%dT%H%M%S}Z", self.rule)


@dataclass(frozen=True)
class ZoneDefinition:
    """A VTIMEZONE: its observances, and X-LIC-LOCATION, the IANA zone that some programs name beside them."""

    name: str
    location: str = ""
    observances: tuple[Observance, ...] = ()

    @classmethod
    def fixed(cls, name: str, offset: timedelta) -> "ZoneDefinition":
        """Return a zone that always has one offset."""
        return cls(name, observances=(Observance(offset, offset, FIRST),))

    @cached_property
    def changes(self) -> tuple[Sequence[datetime], Sequence[timedelta]]:
        """When its offset changes (naive UTC, in order), and all its offsets: the one before them, and each after."""
        onsets = sorted((at, each.before, each.after) for each in self.observances for at in each.onsets())
        return [at for at, _, _ in onsets], [onsets[0][1], *(after for _, _, after in onsets)]

    def offset(self, at: datetime) -> timedelta:
        """Return its offset at an instant, given naive in UTC."""
        moments, offsets = self.changes
        return offsets[bisect_right(moments, at)]

    def instant(self, local: datetime) -> datetime:
        """Return the instant (UTC) of a wall-clock time: the first of two; of none, with the offset before (3.3.5)."""
        moments, offsets = self.changes
        near = bisect_right(moments, local)
        found = [local - offset for offset in offsets[max(0, near - 2) : near + 3] if self._shows(local, offset)]
        return (min(found) if found else local - self._before_gap(local)).replace(tzinfo=UTC)

    def _shows(self, local: datetime, offset: timedelta) -> bool:
        return self.offset(local - offset) == offset

    def _before_gap(self, local: datetime) -> timedelta:
        moments, offsets = self.changes
        return next(offset for at, offset in reversed([*zip(moments, offsets, strict=False)]) if at + offset <= local)


def parse(lines: Iterable[str]) -> ZoneDefinition | None:
    """Return a VTIMEZONE, given in unfolded lines; without observances where one of them cannot be read."""
    name = location = ""
    observances: list[dict[str, list[str]]] = []
    part: dict[str, list[str]] | None = None
    for line in lines:
        head, _, value = line.partition(":")
        key = head.partition(";")[0].strip().upper()
        if key in ("BEGIN", "END"):
            part = {} if (key, value.strip().upper()) in (("BEGIN", "STANDARD"), ("BEGIN", "DAYLIGHT")) else None
            observances += [part] if part is not None else []
        elif part is not None:
            part.setdefault(key, []).append(value.strip())
        elif key == "TZID":
            name = value
        elif key == "X-LIC-LOCATION":
            location = value.strip()
    return ZoneDefinition(name, location, _observances(observances)) if name else None


def of_name(name: str) -> ZoneDefinition | None:
    """Return the zone of a name that tells a lasting offset, such as GMT+0100; None for any other name."""
    match = OFFSET_NAME.fullmatch(name.strip().strip('"'))
    if not match or int(match[2]) > 14:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return ZoneDefinition.fixed(name, -offset if match[1] == "-" else offset)


def _observances(parts: Iterable[dict[str, list[str]]]) -> tuple[Observance, ...]:
    try:
        found = tuple(_observance(part) for part in parts)
        for each in found:
            each.onsets()
    except (BadRule, LookupError, ValueError, OverflowError):
        return ()
    return found


def _observance(part: dict[str, list[str]]) -> Observance:
    dates = [stamp(text.partition("/")[0])[:2] for value in part.get("RDATE", ()) for text in value.split(",")]
    before = _offset(part["TZOFFSETFROM"][0])
    local = (at + before if is_utc else at for at, is_utc in dates)
    return Observance(
        before,
        _offset(part["TZOFFSETTO"][0]),
        datetime.fromisoformat(part["DTSTART"][0].rstrip("Z")),
        next(filter(None, part.get("RRULE", ())), ""),
        tuple(local),
    )


def _offset(text: str) -> timedelta:
    match = OFFSET.fullmatch(text)
    if not match:
        raise ValueError(text)
    sign, hours, minutes, seconds = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset
