"""Find the events that closures and opening hours concern, decide what becomes of each, and have it applied.

Only what a closure did is undone: an occurrence that is moved or cancelled by hand has no `closure_effect` any more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from accounts import tenancy
from calendars.engine.closure_decision import Decision, OpeningTimes, ScheduledTimes, closure_met, decide
from calendars.engine.series_plan import Series
from calendars.errors import BadRule
from calendars.models import Closure, Event
from calendars.querysets import EventQuerySet
from calendars.services import event_rows
from calendars.services.closures import closure_application, closure_lock, opening_hours
from calendars.services.closures.closure_application import ClosureChange
from calendars.services.series import series_recurrence

BATCH = 1000
# So many batches at once; a worker has other work, too.
AT_ONCE = 10
# Zones lie at most so far apart.
MARGIN = timedelta(days=2)
# How far ahead changed opening hours are applied to events at once; the nightly task does the rest.
NEAR = timedelta(days=62)
KNOWN = ("organization", "contact", "parent_event__rule", "rule")


@dataclass
class _Evaluation:
    """What is needed to evaluate events: when it is open for each calendar, and their series, each read once."""

    open_at: dict[int, OpeningTimes]
    now: datetime
    series: dict[int, Series | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Event], now: datetime) -> "_Evaluation":
        return cls(dict(opening_hours.for_events(rows)), now)

    def change_of(self, row: Event) -> ClosureChange | None:
        """Return what is to become of an event; None where nothing is, or its series cannot be read."""
        root = row.parent_event or row
        series = self._series(root) if row.parent_event or row.is_series else None
        if series is None:
            change = None if row.parent_event else ClosureChange(row, self._mark(row))
        else:
            change = ClosureChange(row, self._decide(row, series), series.recurrence.root if root is row else None)
        current = Decision(row.start, row.end, row.closure, row.closure_effect)
        # What was moved from a day that is over stays where it is.
        return change if change and change.to != current and change.to.end > self.now else None

    def for_staff(self, change: ClosureChange) -> tuple[str, datetime]:
        """Return what an event meets, and the local time at which staff are told that it does."""
        zone = opening_hours.zone_for_staff(change.row, self.open_at[change.row.calendar_id])
        return change.to.closure, change.to.start.astimezone(zone)

    def _decide(self, row: Event, series: Series) -> Decision:
        found = _by_rule(row, series)
        if not row.closure_effect and (row.start, row.end) != (found.start, found.end):
            return self._mark(row)
        return decide(self.open_at[row.calendar_id], series.recurrence, row.on_closure, found)

    def _mark(self, row: Event) -> Decision:
        span, zone = (row.start, row.end), ZoneInfo(row.time_zone)
        return Decision(*span, closure_met(self.open_at[row.calendar_id], row.kind, span, zone))

    def _series(self, root: Event) -> Series | None:
        if root.pk not in self.series:
            try:
                series = series_recurrence.snapshot(root)
                self.series[root.pk] = series if series.recurrence else None
            except (BadRule, *series_recurrence.UNREADABLE):
                self.series[root.pk] = None
        return self.series[root.pk]


def evaluate_next(organization_id: int, *, after: int, now: datetime) -> int:
    """Evaluate the next events to come of an organization, behind one; return the last one's key, 0 at the end."""
    with tenancy.tenant(organization_id):
        if not after:
            _wait_for_changes()
        for number, rows in enumerate(_batches(Event.objects.closable(now), after), start=1):
            _evaluate_batch(rows, now=now, tells=True)
            if number == AT_ONCE:
                return rows[-1].pk
    return 0


@transaction.atomic
def evaluate_closure(closure: Closure, *, now: datetime) -> int:
    """Apply a closure that was just made, changed or removed to the events that it meets, or met before."""
    closure_lock.lock_exclusive()
    zone = ZoneInfo("UTC")
    begin, end = (
        closure.closed_span.begin.replace(tzinfo=zone) - MARGIN,
        closure.closed_span.end.replace(tzinfo=zone) + MARGIN,
    )
    return evaluate(~Q(closure="") | Q(start__lt=end, end__gt=begin), now=now)


@transaction.atomic
def evaluate_opening_hours(*, now: datetime) -> int:
    """Apply changed opening hours to the events of the next two months, and to all that met something before."""
    closure_lock.lock_exclusive()
    return evaluate(~Q(closure="") | Q(start__lt=now + NEAR), now=now)


def evaluate(which: Q | None = None, *, now: datetime, tells: bool = True) -> int:
    """Evaluate the events to come of the current organization; return how many changed. Safe to repeat.

    With `tells`, staff are told of visits that newly stand on a closed day.
    """
    closure_lock.lock_shared({tenancy.current()})
    coming = Event.objects.closable(now).filter(which or Q())
    return sum(_evaluate_batch(rows, now=now, tells=tells) for rows in _batches(coming))


def evaluate_row(row: Event, *, now: datetime) -> None:
    """Evaluate one locked event anew, also where the day it was moved from is over."""
    _apply(Event.objects.filter(pk=row.pk), now=now, tells=False)


def undo_for_series(root: Event, before: Series, *, now: datetime) -> None:
    """Undo what closures did to the coming occurrences of a series, which was as `before` until it changed."""
    rows = root.children.closable(now).exclude(closure_effect="").select_related("organization", "contact")
    found = [(row, _by_rule(row, before)) for row in rows.select_for_update(of=("self",)).order_by("pk")]
    closure_application.apply(
        [ClosureChange(row, Decision(own.start, own.end)) for row, own in found if own.end > now], now=now
    )


def undo(row: Event, *, now: datetime) -> None:
    """Undo what a closure did to a locked event that is changed by hand."""
    found = times_by_rule(row)
    first = found.local if row.is_series else None
    closure_application.apply([ClosureChange(row, Decision(found.start, found.end), first)], now=now)


def times_by_rule(row: Event) -> ScheduledTimes:
    """Return when an occurrence takes place by the rule of its series; raises `BadRule`."""
    return _by_rule(row, series_recurrence.snapshot(row.parent_event or row))


@transaction.atomic
def _wait_for_changes() -> None:
    closure_lock.lock_exclusive()


def _evaluate_batch(rows: list[Event], *, now: datetime, tells: bool) -> int:
    """Evaluate a batch of events, and return how many changed."""
    evaluation = _Evaluation.of(rows, now)
    differing = [row.pk for row in rows if evaluation.change_of(row)]
    return _apply(Event.objects.closable(now).filter(pk__in=differing), now=now, tells=tells) if differing else 0


def _batches(which: EventQuerySet[Event], last: int = 0) -> Iterator[list[Event]]:
    while True:
        batch = list(which.filter(pk__gt=last).select_related(*KNOWN).order_by("pk")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


@transaction.atomic
def _apply(which: EventQuerySet[Event], *, now: datetime, tells: bool) -> int:
    """Lock events in the order of their ids, evaluate them again, and write what changes."""
    rows = list(which.select_related(*KNOWN).select_for_update(of=("self",)).order_by("pk"))
    evaluation = _Evaluation.of(rows, now)
    changes = [change for row in rows if (change := evaluation.change_of(row))]
    told = [evaluation.for_staff(change) for change in changes if tells and not change.to.effect]
    marked = [change for change in changes if change.is_mark]
    for change in marked:
        change.row.closure = change.to.closure
    event_rows.mark_closures([change.row for change in marked])
    closure_application.apply([change for change in changes if not change.is_mark], now=now)
    opening_hours.warn_staff(told)
    return len(changes)


def _by_rule(event: Event, series: Series) -> ScheduledTimes:
    local = datetime.fromisoformat(event.recurrence_id) if event.recurrence_id else series.recurrence.root
    return ScheduledTimes(local, *series.span(local))
