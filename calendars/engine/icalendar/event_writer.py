"""Write events as iCalendar components (RFC 5545 3.6.1): a series is one rule with its exceptions. Plain Python."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.icalendar import series_lines
from calendars.engine.icalendar.content_lines import (
    CALENDAR_BEGIN,
    CALENDAR_END,
    content_line,
    date_line,
    date_list_line,
    escape,
    utc_text,
    zone_definition,
)
from calendars.engine.icalendar.series_lines import SeriesDefinition
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.series_plan import LENGTH
from calendars.engine.states import TimeKind
from calendars.errors import BadRule

MAX_SEQUENCE = 2**31 - 1
# As calendar apps have it, whole days leave room for what happens on them.
FREE = "TRANSP:TRANSPARENT\r\n"
# The title of what is not told.
BUSY = "Busy"


class EventRow(NamedTuple):
    """The exported columns of an event; a child has `parent_id` and `recurrence_id`, its original local start."""

    pk: int
    uid: str
    title: str
    description: str | None
    start: datetime
    end: datetime
    time_zone: str
    version: int
    changed_at: datetime
    cancelled_at: datetime | None
    calendar_id: int
    parent_id: int | None = None
    recurrence_id: str = ""
    recurrence: str = ""
    frequency: str | None = None
    params: str | None = None
    last: datetime | None = None
    stopped: bool = False
    reached: datetime | None = None
    all_day: bool = False
    floating: bool = False
    private: bool = False
    local_start: str = ""
    series_fields: Mapping[str, Any] | None = None  # what a series says otherwise than its root
    listed_in: int | None = None  # the calendar of which it is told, where one is

    @property
    def kind(self) -> TimeKind:
        """Timed, all-day or floating."""
        return TimeKind.DAYS if self.all_day else TimeKind.FLOATING if self.floating else TimeKind.TIMED

    @property
    def is_series(self) -> bool:
        """Whether it stands for a series: not where it alone is in the calendar of which it is told."""
        return self.recurs and self.listed_in in (None, self.says("calendar_id"))

    @property
    def recurs(self) -> bool:
        """Whether it is the root of a series."""
        return self.parent_id is None and bool(self.recurrence or self.frequency)

    def says(self, column: str) -> Any:
        """Return what its series has in a column, also where it is a root that has something else."""
        fields = self.series_fields or {}
        return fields[column] if column in fields else getattr(self, column)


@dataclass(frozen=True)
class ExportStyle:
    """What is exported: `busy` hides all texts; `domain` completes the UIDs of events without their own."""

    domain: str
    busy: bool = False
    described: bool = False
    location: str = ""

    def uid(self, row: EventRow) -> str:
        """Return a UID that stays; one that a file brought may tell something, so a busy calendar has its own."""
        return row.uid if row.uid and not self.busy else f"event-{row.pk}@{self.domain}"


@dataclass(frozen=True)
class WrittenEvent:
    """An event, or a series: its root and those children that are not as the rule says."""

    root: EventRow
    children: Sequence[EventRow] = ()

    @property
    def is_series(self) -> bool:
        """Whether it recurs."""
        return self.root.is_series

    @property
    def tag(self) -> str:
        """Return a value for its ETag, which changes with the event and its children."""
        rows = (self.root, *self.children)
        latest = max(row.changed_at for row in rows)
        return f"{self.root.pk}-{sum(row.version for row in rows)}-{len(rows)}-{latest.timestamp():.6f}"


def write_calendar(shown: Iterable[WrittenEvent | EventRow], style: ExportStyle, *, head: str = "") -> Iterator[str]:
    """Yield a VCALENDAR piece by piece; each zone is defined before the first event that needs it.

    A row by itself takes place once.
    """
    yield CALENDAR_BEGIN + head
    known: set[str] = set()
    for each in shown:
        rows = (each,) if isinstance(each, EventRow) else (each.root, *each.children)
        if len(rows) > 1 or rows[0].time_zone not in known:
            timed = [row for row in rows if row.kind == TimeKind.TIMED]
            zones = {zone for row in timed for zone in (row.time_zone, row.says("time_zone"))} - known
            known |= zones
            yield "".join(map(zone_definition, sorted(zones)))
        yield _write_single(each, style) if isinstance(each, EventRow) else write_component(each, style)
    yield CALENDAR_END


def calendar_properties(name: str) -> str:
    """Return the properties of a subscribed calendar: name and refresh interval (RFC 7986)."""
    title = escape(name)
    return (
        content_line(f"NAME:{title}")
        + content_line(f"X-WR-CALNAME:{title}")
        + "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"
    )


def write_component(shown: WrittenEvent, style: ExportStyle) -> str:
    """Return the VEVENTs of an event or a series."""
    if not shown.is_series:
        return _write_single(shown.root, style)
    try:
        return _write_series(shown, style)
    except BadRule:
        # It does not go on; what there was of it is its first occurrence.
        return _write_single(shown.root, style)


def _write_single(row: EventRow, style: ExportStyle) -> str:
    return write_event(row, style, uid=style.uid(row), sequence=row.version - 1)


def series_definition(row: EventRow) -> SeriesDefinition:
    """Return the recurrence of a root."""
    zone = row.says("time_zone")
    return SeriesDefinition(
        row.start,
        zone,
        row.recurrence,
        row.frequency or "",
        row.params,
        row.last,
        row.reached,
        row.stopped,
        row.kind,
        row.local_start if zone == row.time_zone or row.kind != TimeKind.TIMED else "",
    )


def as_series(root: EventRow, anchor: datetime) -> EventRow:
    """Return a root as its series says, which begins at a wall-clock time; the root can be changed alone."""
    own, zone = root.series_fields or {}, ZoneInfo(root.says("time_zone"))
    length = timedelta(seconds=own[LENGTH]) if LENGTH in own else root.end - root.start
    first = resolve(anchor, zone)
    last = first + length
    if LENGTH in own or root.kind == TimeKind.DAYS:
        length = length if LENGTH in own else time_kinds.length(root.start, root.end, zone, root.kind)
        last = time_kinds.finish(anchor, length, zone, root.kind)
    values = {column: own[column] for column in EventRow._fields if column in own}
    return root._replace(start=first, end=last, cancelled_at=None, **values)


def _write_series(shown: WrittenEvent, style: ExportStyle) -> str:
    root, uid, kind = shown.root, style.uid(shown.root), shown.root.kind
    series = series_definition(root)
    anchor = series.read().root
    # By their original starts; the root is the first of them.
    rows = [(root, anchor), *((child, datetime.fromisoformat(child.recurrence_id)) for child in shown.children)]
    usual = as_series(root, anchor)
    off = [original for row, original in rows if row.cancelled_at or row.calendar_id != usual.calendar_id]
    master = usual._replace(changed_at=max(row.changed_at for row, _ in rows))
    sequence, lines = root.version - 1 + len(off), series_lines.recurrence_lines(series, without=off)
    told = write_event(master, style, uid=uid, sequence=sequence, more=lines)
    for row, original in rows:
        if original not in off and (usual != root if row is root else _differs(row, usual)):
            own = sequence if row is root else sequence + row.version - 1
            line = date_list_line("RECURRENCE-ID", [original], usual.time_zone, kind)
            told += write_event(row, style, uid=uid, sequence=own, more=line)
    return told


def _differs(child: EventRow, root: EventRow) -> bool:
    """Return whether a child is not what the rule makes of its root."""
    kind, original = root.kind, datetime.fromisoformat(child.recurrence_id)
    length = time_kinds.length(root.start, root.end, ZoneInfo(root.time_zone), kind)
    # Days and floating times that have passed stay with the zone in which they passed.
    zone = ZoneInfo(root.time_zone if kind == TimeKind.TIMED else child.time_zone)
    start, end = resolve(original, zone), time_kinds.finish(original, length, zone, kind)
    usual = {end} if kind == TimeKind.DAYS else {start + (root.end - root.start), end}
    texts = (child.title, child.description, child.private) == (root.title, root.description, root.private)
    return child.start != start or child.end not in usual or not texts


def write_event(row: EventRow, style: ExportStyle, *, uid: str, sequence: int, more: str = "") -> str:
    """Return a VEVENT; `more` are the lines that say when it recurs, or which occurrence it is."""
    changed, kind = utc_text(row.changed_at), row.kind
    end = row.end if row.end > row.start else row.start + timedelta(hours=1)
    return (
        "BEGIN:VEVENT\r\n"
        f"{content_line('UID:' + escape(uid))}"
        f"DTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}\r\nSEQUENCE:{min(sequence, MAX_SEQUENCE)}\r\n"
        f"{date_line('DTSTART', row.start, row.time_zone, kind)}{date_line('DTEND', end, row.time_zone, kind)}{more}"
        f"{_write_texts(row, style)}{FREE if row.all_day else ''}"
        f"STATUS:{'CANCELLED' if row.cancelled_at else 'CONFIRMED'}\r\nEND:VEVENT\r\n"
    )


def _write_texts(row: EventRow, style: ExportStyle) -> str:
    if style.busy or row.private:
        return f"SUMMARY:{BUSY}\r\nCLASS:PRIVATE\r\n"
    told = content_line(f"SUMMARY:{escape(row.title)}")
    told += content_line(f"LOCATION:{escape(style.location)}") if style.location else ""
    return told + (
        content_line(f"DESCRIPTION:{escape(row.description)}") if style.described and row.description else ""
    )
