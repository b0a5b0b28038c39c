"""Series as a CalDAV report asks for them: as single occurrences, or with fewer changed ones. Plain Python.

RFC 4791 9.6.5 (`expand`) and 9.6.6 (`limit-recurrence-set`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.icalendar import series_lines
from calendars.engine.icalendar.content_lines import CALENDAR_BEGIN, CALENDAR_END, date_line
from calendars.engine.icalendar.event_writer import (
    EventRow,
    ExportStyle,
    WrittenEvent,
    as_series,
    series_definition,
    write_event,
)
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import TimeKind
from calendars.errors import BadRule, TooManyOccurrences

IDENTITY = "%Y%m%dT%H%M%S"
# Of one series, in one answer.
MOST = 5000
# Wall clocks and instants can be so far apart around a clock change.
MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class OccurrenceCut:
    """The span for which a report wants occurrences: each by itself where `expands`, else fewer changed ones."""

    begin: datetime
    end: datetime
    expands: bool

    def touches(self, start: datetime, end: datetime) -> bool:
        """Return whether something happens in the span; what takes no time happens at its start."""
        return start < self.end and (end > self.begin or start == end == self.begin)


def write_expanded(shown: WrittenEvent, cut: OccurrenceCut, style: ExportStyle) -> str:
    """Return the occurrences of an event in a span as a VCALENDAR in UTC, without rules and zones.

    Raises `TooManyOccurrences`.
    """
    return CALENDAR_BEGIN + "".join(_expanded(shown, cut, style)) + CALENDAR_END


def limited(shown: WrittenEvent, cut: OccurrenceCut) -> WrittenEvent:
    """Return a series with those changed occurrences only that are, or would have been, in a span."""
    return replace(shown, children=[child for child in shown.children if _is_kept(child, shown.root, cut)])


def _is_kept(child: EventRow, root: EventRow, cut: OccurrenceCut) -> bool:
    # What is cancelled, or is in another calendar, stands in the rule as an exception.
    if child.cancelled_at or child.calendar_id != root.says("calendar_id") or cut.touches(child.start, child.end):
        return True
    original = resolve(datetime.fromisoformat(child.recurrence_id), ZoneInfo(root.says("time_zone")))
    return cut.touches(original, original + (root.end - root.start))


def _expanded(shown: WrittenEvent, cut: OccurrenceCut, style: ExportStyle) -> Iterator[str]:
    root, uid = shown.root, style.uid(shown.root)
    if not shown.is_series:
        yield write_event(_in_utc(root), style, uid=uid, sequence=root.version - 1)
        return
    rows = sorted(islice(_occurrences(shown, cut), MOST + 1), key=lambda row: row.start)
    if len(rows) > MOST:
        raise TooManyOccurrences
    for row in rows:
        original = resolve(datetime.fromisoformat(row.recurrence_id), ZoneInfo(root.says("time_zone")))
        # Days and floating times are written on the clock on which they were meant.
        zone = "UTC" if root.kind == TimeKind.TIMED else root.time_zone
        more = date_line("RECURRENCE-ID", original, zone, root.kind)
        yield write_event(_in_utc(row), style, uid=uid, sequence=root.version + row.version - 2, more=more)


def _occurrences(shown: WrittenEvent, cut: OccurrenceCut) -> Iterator[EventRow]:
    """Yield the occurrences of a series in a span, not in order; one that cannot be read is its first alone."""
    root, zone, kind = shown.root, ZoneInfo(shown.root.says("time_zone")), shown.root.kind
    series = series_definition(root)
    try:
        found = series.read()
        bound = series_lines.end_of_series(series, found)
    except BadRule:
        yield root._replace(recurrence_id=wall(root.start, zone).strftime(IDENTITY))
        return
    usual = as_series(root, found.root)
    known = [root._replace(recurrence_id=found.root.strftime(IDENTITY)), *shown.children]
    for row in known:
        if not row.cancelled_at and row.calendar_id == usual.calendar_id and cut.touches(row.start, row.end):
            yield row
    off, length = {row.recurrence_id for row in known}, time_kinds.length(usual.start, usual.end, zone, kind)
    begin = wall(cut.begin - (usual.end - usual.start), zone) - MARGIN
    for local in found.between(begin, wall(cut.end, zone) + MARGIN):
        start = resolve(local, zone)
        elapsed = start + (usual.end - usual.start)
        end = time_kinds.finish(local, length, zone, kind) if kind == TimeKind.DAYS else elapsed
        is_over = bound is not None and start > bound
        identity = local.strftime(IDENTITY)
        if identity not in off and not is_over and cut.touches(start, end):
            yield usual._replace(start=start, end=end, recurrence_id=identity)


def _in_utc(row: EventRow) -> EventRow:
    return row._replace(time_zone="UTC") if row.kind == TimeKind.TIMED else row
