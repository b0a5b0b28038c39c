"""What a page of the calendar shows of an event on a day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from appointments.web.view_models import day_view
from appointments.web.view_models.day_view import Badge
from calendars.engine.closure_decision import warning
from calendars.engine.states import ClosureEffect
from calendars.engine.wall_clock import resolve
from calendars.errors import UNREADABLE
from calendars.models import Alarm, Event
from calendars.services.day_query import Days
from calendars.services.series import occurrences
from calendars.services.series.occurrences import Occurrence
from config.kernel import text

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True)
class Item:
    """An event, or an occurrence of a series (then `event` is its root) that has no row yet."""

    event: Event
    start: datetime
    end: datetime
    original: datetime
    is_cancelled: bool
    warning: str
    is_row: bool = True

    @classmethod
    def of_row(cls, event: Event) -> "Item":
        """Read an event."""
        words = " ".join(event.warnings)
        return cls(event, event.start, event.end, _original(event), event.cancelled_at is not None, words)

    @classmethod
    def of_planned(cls, root: Event, planned: Occurrence) -> "Item":
        """Read a computed occurrence."""
        effect = ClosureEffect.SKIPPED if planned.is_cancelled else ClosureEffect.MOVED if planned.is_moved else ""
        was = occurrences.start_of(planned.recurrence_id, root.time_zone)
        words = text.told(warning(planned.closure, effect))
        return cls(root, planned.start, planned.end, was, planned.is_cancelled, words, is_row=False)


@dataclass(frozen=True)
class DayItem:
    """An item on one of its days, on the wall clock of its zone."""

    item: Item
    day: date
    start: datetime
    end: datetime

    @property
    def is_first(self) -> bool:
        """Whether it begins on this day."""
        return self.start.date() == self.day

    @property
    def rank(self) -> tuple[bool, datetime, int]:
        """Return its place on the day: what lasts for days comes first."""
        lasts = self.item.event.all_day or self.item.end - self.item.start > DAY
        return not lasts, self.start, self.item.event.pk


@dataclass(frozen=True)
class Block:
    """What is shown of an event on a day."""

    event: Event
    visit: int | None  # the number of its appointment
    clock: str
    words: str
    detail: str
    was: str  # where it stood before it was moved
    warning: str
    badges: list[Badge]
    is_cancelled: bool


def place(item: Item, days: Days) -> list[DayItem]:
    """Return an item on each of the days that it touches."""
    start, end = days.span(item.event, item.start, item.end)
    last = max(start, end - MOMENT).date()
    return [DayItem(item, day, start, end) for day in days.days if start.date() <= day <= last]


def block(placed: DayItem, alarms: list[Alarm], days: Days, *, brief: bool) -> Block:
    """Say what is shown of an item on a day; with `brief`, of its time only the start."""
    item, event = placed.item, placed.item.event
    visit = getattr(event, "appointment", None)
    title = visit.title or _("Visit") if visit else event.title
    badges = [day_view.reminder_of(alarms, days.zone), day_view.answer_of(alarms)]
    return Block(
        event=event,
        visit=visit and visit.pk,
        clock=_clock(placed, days.zone, brief=brief),
        words=str(event.contact or title),
        detail=title if event.contact else "",
        was=_was(item, days) if item.original != item.start else "",
        warning=item.warning,
        badges=[badge for badge in badges if badge],
        is_cancelled=item.is_cancelled,
    )


def _clock(placed: DayItem, zone: str, *, brief: bool) -> str:
    """Return its time on its day; a time that comes twice names which of the two it is."""
    item = placed.item
    if item.event.all_day:
        return _("All day")
    ends = placed.end <= datetime.combine(placed.day, time.min) + DAY
    begin, end = f"{placed.start:%H:%M}", f"{placed.end:%H:%M}"
    at = item.start.astimezone(ZoneInfo(zone))
    if not item.event.floating and resolve(placed.start, ZoneInfo(zone)) != item.start:
        begin += f" {at.tzname()}"
    if placed.is_first and ends:
        return begin if brief else f"{begin}–{end}"
    if placed.is_first:
        return _("from %(time)s") % {"time": begin}
    return _("until %(time)s") % {"time": end} if ends else _("All day")


def _was(item: Item, days: Days) -> str:
    was, now = (days.span(item.event, at, at)[0] for at in (item.original, item.start))
    day = "" if was.date() == now.date() else date_format(was, "BRIEF_DAY_FORMAT")
    clock = "" if item.event.all_day else f"{was:%H:%M}"
    return ", ".join(filter(None, [day, clock]))


def _original(event: Event) -> datetime:
    """Return when it was to be before it alone was moved; a first occurrence keeps that in its lines."""
    if event.parent_event:
        return occurrences.original_start(event, event.parent_event)
    if "DTSTART" not in event.recurrence.upper():
        return event.start
    try:
        return resolve(event.as_series().recurrence.root, ZoneInfo(event.time_zone))
    except UNREADABLE:
        return event.start
