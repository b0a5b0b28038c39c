"""Export calendars as iCalendar, in a number of queries that does not grow with the events."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, Field, Func, IntegerField, Max, OuterRef, Q, Sum, Value, When

from accounts import tenancy
from calendars.engine import time_kinds
from calendars.engine.icalendar import event_writer
from calendars.engine.icalendar.event_writer import EventRow, ExportStyle, WrittenEvent
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.errors import BadRule
from calendars.models import Calendar, Event
from calendars.querysets import EventQuerySet, in_calendar

BATCH = 2000
# Wall clocks and instants can be so far apart around a clock change.
MARGIN = timedelta(days=1)
RECURS = Q(rule__isnull=False) | ~Q(recurrence="")
STOPPED = Q(series_ended=True) | Q(paused_at__isnull=False)
BRIEF_COLUMNS = (
    "pk",
    "recurs",
    "uid",
    "title",
    "description",
    "began",
    "ended",
    "time_zone",
    "version",
    "changed",
    "off",
    "calendar_id",
    "all_day",
    "floating",
    "private",
)
COLUMNS = (
    "pk",
    "uid",
    "title",
    "description",
    "start",
    "end",
    "time_zone",
    "version",
    "changed_at",
    "cancelled_at",
    "calendar_id",
    "parent_event_id",
    "recurrence_id",
    "recurrence",
    "rule__frequency",
    "rule__params",
    "end_recurring_period",
    "stopped",
    "expanded_until",
    "all_day",
    "floating",
    "private",
    "local_start",
    "series_fields",
    "listed_in",
)


class EpochSeconds(Func):
    """An instant in whole seconds since 1970; PostgreSQL writes, and psycopg2 reads, a number many times faster."""

    template = "floor(extract(epoch FROM %(expressions)s))::bigint"
    # Of a number, Django would convert each value once more.
    output_field: "Field[Any, Any]" = Field()


def roots(calendar: Calendar, *, cancelled: bool = False) -> EventQuerySet[Event]:
    """Return the top-level events of a calendar: roots, and occurrences whose series is in another calendar.

    So can the first one be: then it stands in both, here for its series and there for itself.
    """
    # Not a join: before the database has counted a new calendar, it would compare each event with each.
    away = Event.objects.filter(pk=OuterRef("parent_event")).exclude(in_calendar(calendar))
    here = Q(parent_event=None) | Exists(away), Q(calendar=calendar)
    rows: EventQuerySet[Event] = Event.objects.filter(Q(*here) | Q(series_fields__calendar_id=calendar.pk))
    rows = rows.annotate(listed_in=Value(calendar.pk))
    if cancelled:
        return rows
    lively = Event.objects.filter(parent_event=OuterRef("pk"), cancelled_at=None)
    # What is skipped today may be all that there is of a series that goes on.
    goes_on = RECURS & Q(parent_event=None, series_ended=False)
    return rows.filter(Q(cancelled_at=None) | goes_on | Exists(lively))


def stream_calendar(
    calendar: Calendar, style: ExportStyle, *, head: str = "", cancelled: bool = False
) -> Iterator[bytes]:
    """Yield a calendar as bytes, batch by batch; each batch is read in the calendar's own organization."""
    organization_id = calendar.organization.pk
    for piece in _joined(event_writer.write_calendar(_batches(calendar, organization_id, cancelled), style, head=head)):
        yield piece.encode()


def render_events(shown: Iterable[WrittenEvent], style: ExportStyle) -> str:
    """Return some events as one VCALENDAR."""
    return "".join(event_writer.write_calendar(shown, style))


def render_single(event: Event, style: ExportStyle, *, title: str) -> str:
    """Return one event as a file, out of its series, under a title of its own."""
    (shown,) = load(Event.objects.filter(pk=event.pk))
    row = shown.root._replace(title=title, parent_id=None, recurrence="", frequency=None, private=False)
    return "".join(event_writer.write_calendar([WrittenEvent(row)], style, head="METHOD:PUBLISH\r\n"))


def versions(calendars: Iterable[Calendar]) -> dict[int, tuple[str, datetime]]:
    """Return by calendar what changes whenever it shows something else, and since when it has not; one query.

    It reads nothing but an index. A number that each change raises would be cheaper, and would make all who write into
    one calendar wait for one another; the latest time of change alone does not tell of what goes, nor of what began
    earlier and is committed later.
    """
    rows = list(calendars)
    counted = Event.objects.filter(calendar__in=rows).order_by().values("calendar_id")
    figures: Any = counted.annotate(
        rows=Count("pk"), highest=Max("pk"), versions=Sum("version"), latest=Max("changed_at")
    )
    found = {each["calendar_id"]: each for each in figures}
    return {row.pk: _version(row, found.get(row.pk, {})) for row in rows}


def _version(calendar: Calendar, figures: dict[str, Any]) -> tuple[str, datetime]:
    told = f"{calendar.pk}:{calendar.name}:{sorted(figures.items())}"
    return hashlib.sha256(told.encode()).hexdigest()[:32], figures.get("latest") or calendar.created_date


def load(rows: EventQuerySet[Event], *, most: int | None = None) -> list[WrittenEvent]:
    """Return events, by id, with the exceptions of those that are series; two queries."""
    found = [EventRow(*values) for values in _values(rows.order_by("pk"))[:most]]
    exceptions: dict[int | None, list[EventRow]] = {}
    series = [row.pk for row in found if row.is_series]
    if series:
        # A child that was never touched is as the rule says.
        unlike = Q(version__gt=1) | Q(cancelled_at__isnull=False) | ~Q(closure_effect="")
        touched = Event.objects.filter(unlike, parent_event__in=series)
        for values in _values(touched.order_by("pk")):
            child = EventRow(*values)
            exceptions.setdefault(child.parent_id, []).append(child)
    return [WrittenEvent(row, exceptions.get(row.pk, ())) for row in found]


def overlapping(calendar: Calendar, begin: datetime, end: datetime) -> list[WrittenEvent]:
    """Return the events of a calendar that touch a span of time; of a series one occurrence is enough."""
    inside = Q(start__lt=end, end__gt=begin, cancelled_at=None)
    parents = Event.objects.filter(inside, parent_event__isnull=False).values("parent_event")
    # Beyond what is expanded only the rule knows.
    open_ended = RECURS & Q(start__lt=end, expanded_until__lt=end) & ~STOPPED
    found = load(roots(calendar).filter(inside | Q(pk__in=parents) | open_ended))
    return [shown for shown in found if _is_asked_for(shown, begin, end)]


def _is_asked_for(shown: WrittenEvent, begin: datetime, end: datetime) -> bool:
    """Return whether an event that may touch a span does; of the first of a series elsewhere, itself counts."""
    root = shown.root
    if not shown.is_series:
        return not root.recurs or (root.start < end and root.end > begin)
    return root.stopped or _touches(shown, begin, end)


def _touches(shown: WrittenEvent, begin: datetime, end: datetime) -> bool:
    """Return whether a series happens in a span; one that cannot be read is shown as it stands."""
    root, zone, kind = shown.root, ZoneInfo(shown.root.says("time_zone")), shown.root.kind
    if any(row.start < end and row.end > begin and not row.cancelled_at for row in (root, *shown.children)):
        return True
    off = {child.recurrence_id for child in shown.children}
    try:
        found = event_writer.series_definition(root).read()
    except BadRule:
        return False
    root = event_writer.as_series(root, found.root)
    length = time_kinds.length(root.start, root.end, zone, kind)
    starts = found.between(wall(begin - (root.end - root.start), zone) - MARGIN, wall(end, zone) + MARGIN)
    lasting = (start for start in starts if f"{start:%Y%m%dT%H%M%S}" not in off)
    return any(resolve(at, zone) < end and time_kinds.finish(at, length, zone, kind) > begin for at in lasting)


def _batches(calendar: Calendar, organization_id: int, cancelled: bool) -> Iterator[WrittenEvent | EventRow]:
    last, number = 0, BATCH
    while number == BATCH:
        # A generator that kept the context between two items would leave it active in its caller.
        with tenancy.tenant(organization_id):
            rows = roots(calendar, cancelled=cancelled).filter(pk__gt=last).order_by("pk")
            found = list(_brief_values(rows, calendar)[:BATCH])
            recurring = load(Event.objects.filter(pk__in=[pk for pk, recurs, *_ in found if recurs]))
        series = {shown.root.pk: shown for shown in recurring}
        number, last = len(found), found[-1][0] if found else last
        for pk, recurs, *told in found:
            if not recurs:
                yield _brief_row(pk, *told)
            elif pk in series:
                yield series[pk]


def _brief_values(rows: EventQuerySet[Event], calendar: Calendar) -> Any:
    """Return of each event whether it stands for a series, and what is told of one that does not."""
    recurs = Case(When(RECURS & Q(parent_event=None) & in_calendar(calendar), then=True), default=False)
    moments = {"began": EpochSeconds("start"), "ended": EpochSeconds("end"), "changed": EpochSeconds("changed_at")}
    return rows.annotate(recurs=recurs, **moments, off=EpochSeconds("cancelled_at")).values_list(*BRIEF_COLUMNS)


def _brief_row(
    pk: int,
    uid: str,
    title: str,
    description: str | None,
    began: int,
    ended: int,
    zone: str,
    version: int,
    changed: int,
    off: int | None,
    calendar_id: int,
    all_day: bool,
    floating: bool,
    private: bool,
) -> EventRow:
    at = datetime.fromtimestamp
    times = at(began, UTC), at(ended, UTC), zone, version, at(changed, UTC), at(off, UTC) if off else None
    return EventRow(
        pk, uid, title, description, *times, calendar_id, all_day=all_day, floating=floating, private=private
    )


def _values(rows: EventQuerySet[Event]) -> Any:
    if "listed_in" not in rows.query.annotations:
        rows = rows.annotate(listed_in=Value(None, output_field=IntegerField()))
    return rows.annotate(stopped=Case(When(STOPPED, then=True), default=False)).values_list(*COLUMNS)


def _joined(pieces: Iterable[str], size: int = 64 * 1024) -> Iterator[str]:
    """Join pieces into larger ones: each costs a write to the socket."""
    held, length = [], 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= size:
            yield "".join(held)
            held, length = [], 0
    yield "".join(held)
