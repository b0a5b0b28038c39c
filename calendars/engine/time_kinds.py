"""Convert times by kind: whole days (RFC 5545 3.3.4), floating (3.3.5 form 1), of a zone (form 3). Plain Python.

A day begins at its first instant: where the clock leaves midnight out, that is a later time, and where it leaves the
whole day out, the beginning of the next. Days are counted on the calendar; how many hours they have does not matter.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendars.engine.states import TimeKind
from calendars.engine.wall_clock import resolve, wall, wall_name

DAY = timedelta(days=1)
NOON, MIDNIGHT = timedelta(hours=12), time(0)


@dataclass(frozen=True)
class Shift:
    """How the occurrences of a series move on the wall clock when its first goes from `old` to `new`.

    Where it becomes all-day, or ceases to be, each keeps its day and has the first one's time.
    """

    old: datetime
    new: datetime
    turns: bool = False

    def __call__(self, local: datetime) -> datetime:
        """Return where a wall-clock time goes."""
        if not self.turns:
            return local + (self.new - self.old)
        return datetime.combine(local.date() + (self.new.date() - self.old.date()), self.new.time())

    @property
    def days(self) -> int:
        """By how many days."""
        return (self.new.date() - self.old.date()).days

    @property
    def is_by_days(self) -> bool:
        """Whether the time of day stays."""
        return self.new.time() == self.old.time()


def midnight(day: date) -> datetime:
    """Return the midnight of a day, as a wall-clock time."""
    return datetime.combine(day, MIDNIGHT)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day whose first instant is meant, also where the zone's rules have changed since."""
    return (wall(at, zone) + NOON).date()


def is_start_of_day(at: datetime, zone: ZoneInfo) -> bool:
    """Return whether an instant is the first of a day."""
    return resolve(midnight(day_of(at, zone)), zone) == at


def local(at: datetime, zone: ZoneInfo, kind: TimeKind) -> datetime:
    """Return the wall-clock time of an event's instant; midnight for days, also where the clock leaves it out."""
    return midnight(day_of(at, zone)) if kind == TimeKind.DAYS else wall(at, zone)


def name(at: datetime, zone: ZoneInfo, kind: TimeKind) -> str:
    """Return the wall-clock time of a start as 20261123T090000; empty where that names another instant too."""
    return f"{day_of(at, zone):%Y%m%d}T000000" if kind == TimeKind.DAYS else wall_name(at, zone)


def length(start: datetime, end: datetime, zone: ZoneInfo, kind: TimeKind) -> timedelta:
    """Return how long an event lasts on the wall clock; days are whole."""
    return local(end, zone, kind) - local(start, zone, kind)


def finish(begin: datetime, span: timedelta, zone: ZoneInfo, kind: TimeKind) -> datetime:
    """Return the end (UTC) of what begins at a wall-clock time and lasts so long on the wall clock.

    Inside a missing hour it can land before its start; days never do.
    """
    if kind == TimeKind.DAYS:
        begin = midnight(day_of(resolve(begin, zone), zone))
    return resolve(begin + span, zone)


def days_touched(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the days that a span of wall-clock time touches, as midnights; the last is not included."""
    last = midnight(end.date())
    return midnight(start.date()), last if last == end and end > start else last + DAY
