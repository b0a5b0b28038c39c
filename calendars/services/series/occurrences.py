"""Compute the occurrences of an event in a period; children that have rows are told as they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from calendars.engine.closure_decision import FARTHEST, OpeningTimes, ScheduledTimes, decide
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.series_plan import IDENTITY, Series
from calendars.engine.states import ClosureEffect, OnClosure, TimeKind
from calendars.errors import UNREADABLE, BadWindow
from calendars.models import Event
from calendars.services.closures import closure_effects

MOST = 1000
NEXT = 5
LONGEST = timedelta(days=3660)
# Wall clocks and instants can be so far apart around a clock change.
MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class Occurrence:
    """One occurrence; `event_id` is its row, where there is one, `recurrence_id` its original local start."""

    start: datetime
    end: datetime
    recurrence_id: str = ""
    event_id: int | None = None
    is_moved: bool = False
    is_cancelled: bool = False
    closure: str = ""
    kind: TimeKind = TimeKind.TIMED


@dataclass(frozen=True)
class Period:
    """A span of instants, its end excluded; whether cancelled occurrences are shown in it."""

    begin: datetime
    end: datetime
    shows_cancelled: bool = False

    def check(self) -> None:
        """Raise `BadWindow` for a period that is empty, or longer than `LONGEST`."""
        if self.end <= self.begin:
            raise BadWindow(_("“to” must be later than “from”."), field="to")
        if self.end - self.begin > LONGEST:
            raise BadWindow(_("Ask for at most %(days)s days at once.") % {"days": LONGEST.days}, field="to")

    def shows(self, found: Occurrence) -> bool:
        """Return whether an occurrence is in it."""
        return self.begin <= found.start < self.end and (self.shows_cancelled or not found.is_cancelled)


@dataclass(frozen=True)
class OccurrencePage:
    """Occurrences in order; where there were too many, the moment from which on to ask for the rest."""

    occurrences: list[Occurrence]
    next_from: datetime | None = None


def list_occurrences(event: Event, period: Period, most: int = MOST) -> OccurrencePage:
    """Return an event's occurrences; of an event that is no series, itself. Nothing is stored."""
    period.check()
    if not event.is_series:
        return OccurrencePage([one for one in [_of_row(event, event)] if period.shows(one)])
    series = event.as_series()
    opening = closure_effects.opening_of_series(event, closure_effects.opening_times([event]))
    planned = list(islice(compute(event, series, period, opening), most + 1))
    end = planned[most][0] if len(planned) > most else period.end
    found = [*compute_delayed(event, series, period, opening), *(one for _, one in planned)]
    known = {one.recurrence_id: one for one in _rows(event, series, found, Period(period.begin, end))}
    merged = {**{one.recurrence_id: one for one in found}, **known}
    inside = Period(period.begin, end, period.shows_cancelled)
    shown = sorted(
        (one for one in merged.values() if inside.shows(one)), key=lambda one: (one.start, one.recurrence_id)
    )
    if len(shown) > most:
        return OccurrencePage(shown[:most], shown[most].start)
    return OccurrencePage(shown, end if end < period.end else None)


def next_starts(event: Event, *, now: datetime) -> list[datetime]:
    """Return the next five starts of a series, on its wall clock; nothing for what is no series, or cannot be read."""
    return [one.start.astimezone(ZoneInfo(event.time_zone)) for one in next_occurrences(event, now=now)]


def next_occurrences(event: Event, *, now: datetime) -> list[Occurrence]:
    """Return the next five occurrences of a series; nothing for what is no series, or cannot be read."""
    if not event.is_series:
        return []
    try:
        return list_occurrences(event, Period(now, now + LONGEST), most=2 * NEXT).occurrences[:NEXT]
    except UNREADABLE:
        return []


def compute(
    root: Event, series: Series, period: Period, opening: OpeningTimes
) -> Iterator[tuple[datetime, Occurrence]]:
    """Yield what the rule says after the root, and what closures make of it, by the original start; no query."""
    zone = series.zone
    begin, end = wall(period.begin, zone) - MARGIN, wall(period.end, zone) + MARGIN
    # A series that was called off makes nothing more.
    last = root.cancelled_at if root.series_ended and root.is_called_off else None
    for local, start, finish in series.spans(series.recurrence.between(begin, end)):
        if period.begin <= start < period.end and not (last and start > last):
            found = decide(opening, series.recurrence, root.says("on_closure"), ScheduledTimes(local, start, finish))
            is_moved, is_skipped = found.effect == ClosureEffect.MOVED, found.effect == ClosureEffect.SKIPPED
            identity = local.strftime(IDENTITY)
            yield (
                start,
                Occurrence(found.start, found.end, identity, None, is_moved, is_skipped, found.closure, root.kind),
            )


def compute_delayed(root: Event, series: Series, period: Period, opening: OpeningTimes) -> list[Occurrence]:
    """Return the occurrences from before a period that a closure moves into it."""
    if root.says("on_closure") != OnClosure.MOVE:
        return []
    earlier = Period(period.begin - timedelta(days=FARTHEST + 1), period.begin)
    # What happens more often than so meets itself on the next day, and is skipped instead.
    planned = islice(compute(root, series, earlier, opening), 2 * MOST)
    return [one for _, one in planned if one.is_moved and period.begin <= one.start]


def _rows(root: Event, series: Series, found: list[Occurrence], period: Period) -> Iterator[Occurrence]:
    """Yield the rows that stand for computed occurrences, or were moved into the period."""
    first = resolve(series.recurrence.root, series.zone)
    yield Occurrence(
        root.start,
        root.end,
        series.recurrence.root.strftime(IDENTITY),
        root.pk,
        is_moved=root.start != first,
        is_cancelled=root.cancelled_at is not None,
        closure=root.closure,
        kind=root.kind,
    )
    wanted = Q(start__gte=period.begin, start__lt=period.end)
    if found:
        wanted |= Q(recurrence_id__range=(found[0].recurrence_id, found[-1].recurrence_id))
    for row in root.children.filter(wanted).order_by("start", "pk"):
        yield _of_row(row, root)


def original_start(event: Event, root: Event) -> datetime:
    """Return when an occurrence was to be before it alone was moved; of what is no occurrence, its start."""
    if not event.recurrence_id:
        return event.start
    # What was, was on the clock of its own zone, wherever its calendar has gone since.
    return start_of(event.recurrence_id, root.says("time_zone") if event.kind == TimeKind.TIMED else event.time_zone)


def start_of(recurrence_id: str, zone: str) -> datetime:
    """Return the instant that the name of an occurrence tells."""
    return resolve(datetime.fromisoformat(recurrence_id), ZoneInfo(zone))


def _of_row(row: Event, root: Event) -> Occurrence:
    return Occurrence(
        row.start,
        row.end,
        row.recurrence_id,
        row.pk,
        is_moved=row.start != original_start(row, root),
        is_cancelled=row.cancelled_at is not None,
        closure=row.closure,
        kind=row.kind,
    )
