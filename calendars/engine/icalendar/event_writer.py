"""Events as iCalendar components (RFC 5545): a series is one rule with its exceptions. Plain Python."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.engine import event_kinds
from calendars.engine.icalendar import series_lines
from calendars.engine.icalendar.content_lines import HEAD, TAIL, definition, escaped, line, locals_, moment, stamp
from calendars.engine.icalendar.series_lines import Series
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import Kind
from calendars.errors import BadRule

HIGHEST = 2**31 - 1
# As calendar apps have it, whole days leave room for what happens on them.
FREE = "TRANSP:TRANSPARENT\r\n"


class Row(NamedTuple):
    """What is shown of an event; a child has `parent_id` and `recurrence_id`, its original local start."""

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

    @property
    def kind(self) -> Kind:
        """How its time hangs on a clock."""
        return Kind.DAYS if self.all_day else Kind.FLOATING if self.floating else Kind.TIMED


@dataclass(frozen=True)
class Style:
    """How much is told: `busy` hides every word; `domain` completes the UIDs of events that brought none."""

    domain: str
    busy: bool = False
    described: bool = False
    location: str = ""

    def uid(self, row: Row) -> str:
        """Return a UID that stays; one that a file brought may tell something, so a busy calendar has its own."""
        return row.uid if row.uid and not self.busy else f"event-{row.pk}@{self.domain}"


@dataclass(frozen=True)
class WrittenEvent:
    """An event, or a series: its root and those children that are not as the rule says."""

    root: Row
    children: Sequence[Row] = ()

    @property
    def is_series(self) -> bool:
        """Whether it recurs."""
        return self.root.parent_id is None and bool(self.root.recurrence or self.root.frequency)

    @property
    def tag(self) -> str:
        """Return what changes with it."""
        rows = (self.root, *self.children)
        latest = max(row.changed_at for row in rows)
        return f"{self.root.pk}-{sum(row.version for row in rows)}-{len(rows)}-{latest.timestamp():.6f}"


def calendar(shown: Iterable[WrittenEvent | Row], style: Style, *, head: str = "") -> Iterator[str]:
    """Yield a VCALENDAR piece by piece; each zone is defined before the first event that needs it.

    A row by itself takes place once.
    """
    yield HEAD + head
    known: set[str] = set()
    for each in shown:
        rows = (each,) if isinstance(each, Row) else (each.root, *each.children)
        if len(rows) > 1 or rows[0].time_zone not in known:
            zones = {row.time_zone for row in rows if row.kind == Kind.TIMED} - known
            known |= zones
            yield "".join(map(definition, sorted(zones)))
        yield _alone(each, style) if isinstance(each, Row) else component(each, style)
    yield TAIL


def named(name: str) -> str:
    """Return the head of a calendar that one subscribes to."""
    title = escaped(name)
    return line(f"NAME:{title}") + line(f"X-WR-CALNAME:{title}") + "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"


def component(shown: WrittenEvent, style: Style) -> str:
    """Return the VEVENTs of an event or a series."""
    if not shown.is_series:
        return _alone(shown.root, style)
    try:
        return _series(shown, style)
    except BadRule:
        # It does not go on; what there was of it is its first occurrence.
        return _alone(shown.root, style)


def _alone(row: Row, style: Style) -> str:
    return _event(row, style, uid=style.uid(row), sequence=row.version - 1)


def series_of(row: Row) -> Series:
    """Return the recurrence of a root."""
    return Series(row.start, row.time_zone, row.recurrence, row.frequency or "", row.params, row.last, row.reached,
                  row.stopped, row.kind)  # fmt: skip


def _series(shown: WrittenEvent, style: Style) -> str:
    root, uid, zone, kind = shown.root, style.uid(shown.root), ZoneInfo(shown.root.time_zone), shown.root.kind
    series = series_of(root)
    anchor = series.read().root
    away = [child for child in shown.children if child.cancelled_at or child.calendar_id != root.calendar_id]
    off = [datetime.fromisoformat(child.recurrence_id) for child in away]
    off += [anchor] if root.cancelled_at else []
    first, length = resolve(anchor, zone), event_kinds.length(root.start, root.end, zone, kind)
    last = event_kinds.finish(anchor, length, zone, kind) if kind == Kind.DAYS else first + (root.end - root.start)
    master = root._replace(
        start=first, end=last, cancelled_at=None,
        changed_at=max(row.changed_at for row in (root, *shown.children)),
    )  # fmt: skip
    told = _event(master, style, uid=uid, sequence=root.version - 1 + len(off),
                  more=series_lines.lines(series, without=off))  # fmt: skip
    moved = [(root, anchor)] if first != root.start and not root.cancelled_at else []
    moved += [(child, datetime.fromisoformat(child.recurrence_id)) for child in shown.children
              if child not in away and _differs(child, root)]  # fmt: skip
    return told + "".join(
        _event(row, style, uid=uid, sequence=root.version + row.version - 2,
               more=locals_("RECURRENCE-ID", [original], root.time_zone, kind))
        for row, original in moved
    )  # fmt: skip


def _differs(child: Row, root: Row) -> bool:
    """Say whether a child is not what the rule makes of its root."""
    kind, original = root.kind, datetime.fromisoformat(child.recurrence_id)
    length = event_kinds.length(root.start, root.end, ZoneInfo(root.time_zone), kind)
    # Days and floating times that have passed stay with the zone in which they passed.
    zone = ZoneInfo(root.time_zone if kind == Kind.TIMED else child.time_zone)
    start, end = resolve(original, zone), event_kinds.finish(original, length, zone, kind)
    usual = {end} if kind == Kind.DAYS else {start + (root.end - root.start), end}
    texts = (child.title, child.description) == (root.title, root.description)
    return child.start != start or child.end not in usual or not texts


def _event(row: Row, style: Style, *, uid: str, sequence: int, more: str = "") -> str:
    changed, kind = stamp(row.changed_at), row.kind
    end = row.end if row.end > row.start else row.start + timedelta(hours=1)
    return (
        "BEGIN:VEVENT\r\n"
        f"{line('UID:' + escaped(uid))}"
        f"DTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}\r\nSEQUENCE:{min(sequence, HIGHEST)}\r\n"
        f"{moment('DTSTART', row.start, row.time_zone, kind)}{moment('DTEND', end, row.time_zone, kind)}{more}"
        f"{_texts(row, style)}{FREE if row.all_day else ''}"
        f"STATUS:{'CANCELLED' if row.cancelled_at else 'CONFIRMED'}\r\nEND:VEVENT\r\n"
    )


def _texts(row: Row, style: Style) -> str:
    if style.busy:
        return "SUMMARY:Busy\r\nCLASS:PRIVATE\r\n"
    told = line(f"SUMMARY:{escaped(row.title)}")
    told += line(f"LOCATION:{escaped(style.location)}") if style.location else ""
    return told + (line(f"DESCRIPTION:{escaped(row.description)}") if style.described and row.description else "")
