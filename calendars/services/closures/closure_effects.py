"""Skip, move or mark the events on closed days or outside the opening hours, and undo that; set-based.

What becomes of an event is decided by the rules of `engine.closure_decision`. Only what a closure did is undone: an
occurrence that is moved or cancelled by hand has no `closure_effect` any more.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from accounts import tenancy
from accounts.engine import holidays
from accounts.models import Clinic, Organization
from calendars.engine import series_plan, time_kinds
from calendars.engine.closure_decision import (
    OUTSIDE,
    ClosedSpan,
    Decision,
    OpeningTimes,
    ScheduledTimes,
    closure_met,
    decide,
)
from calendars.engine.series_plan import Series
from calendars.engine.states import AlarmState, AlarmStatus, ClosureEffect
from calendars.errors import UNREADABLE
from calendars.models import Alarm, Calendar, Closure, Event, OpeningHours
from calendars.querysets import EventQuerySet
from calendars.services import event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.closures import closure_requests
from calendars.signals import occurrences_closed
from notifications.models import StaffItem
from notifications.services import staff_items

BATCH = 1000
KNOWN = ("organization", "contact", "parent_event__rule", "rule")
# Who was told, or may have been.
TOLD = Q(status=AlarmStatus.SUCCESS) | Q(state=AlarmState.UNKNOWN)
# Of advisory locks, beside the organization's id.
LOCK = 7302
LOCK_SHARED = """
SELECT organization_id FROM unnest(%s::int[]) AS organization_id
WHERE NOT pg_try_advisory_xact_lock_shared(%s, organization_id)
"""

Spans = dict[int, list[tuple[time, time]]]


@dataclass(frozen=True)
class ClosureChange:
    """An event and what is to become of it; `first` is the wall-clock start that the series of a root begins with."""

    row: Event
    to: Decision
    first: datetime | None = None

    @property
    def is_mark(self) -> bool:
        """Whether only the words change, and the event stays as it is."""
        row, to = self.row, self.to
        return (row.start, row.end, row.closure_effect) == (to.start, to.end, to.effect)

    @property
    def is_move(self) -> bool:
        """Whether it goes to another time."""
        return (self.row.start, self.row.end) != (self.to.start, self.to.end)

    def put(self, now: datetime) -> None:
        """Write it into the row; unsaved."""
        row, to = self.row, self.to
        if self.first and self.is_move:
            lines = series_plan.without_anchor(row.recurrence)
            is_there = time_kinds.local(to.start, row.series_zone, row.kind) == self.first
            row.recurrence = lines if is_there else series_plan.anchored(lines, self.first, row.kind)
        row.start, row.end, row.closure, row.closure_effect = to.start, to.end, to.closure, to.effect
        row.local_start = time_kinds.name(row.start, ZoneInfo(row.time_zone), row.kind)
        row.cancelled_at = now if row.closure_effect == ClosureEffect.SKIPPED else None


class EvaluatedBatch(NamedTuple):
    """Events that were evaluated: the key of the last, how many they were, and how many of them changed."""

    last: int
    events: int
    changed: int


@dataclass
class _Evaluation:
    """What is needed to evaluate events: when it is open for each calendar, and their series, each read once."""

    open_at: dict[int, OpeningTimes]
    now: datetime
    series: dict[int, Series | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Event], now: datetime) -> "_Evaluation":
        return cls(dict(opening_times(rows)), now)

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
        zone = zone_for_staff(change.row, self.open_at[change.row.calendar_id])
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
                series = root.as_series()
                self.series[root.pk] = series if series.recurrence else None
            except UNREADABLE:
                self.series[root.pk] = None
        return self.series[root.pk]


def evaluate(which: Q | None = None, *, now: datetime, tells: bool = True) -> int:
    """Evaluate the events to come of the current organization; return how many changed. Safe to repeat.

    With `tells`, staff are told of visits that newly stand on a closed day.
    """
    lock_shared({tenancy.current()})
    coming = Event.objects.closable(now).filter(which or Q())
    after = changed = 0
    while batch := evaluate_batch(coming, after=after, now=now, tells=tells):
        after, changed = batch.last, changed + batch.changed
    return changed


def evaluate_batch(
    which: EventQuerySet[Event], *, after: int = 0, limit: int = BATCH, now: datetime, tells: bool
) -> EvaluatedBatch | None:
    """Evaluate the next events behind a key; None where there are none."""
    rows = list(which.filter(pk__gt=after).select_related(*KNOWN).order_by("pk")[:limit])
    if not rows:
        return None
    evaluation = _Evaluation.of(rows, now)
    differing = [row.pk for row in rows if evaluation.change_of(row)]
    known = Event.objects.closable(now).filter(pk__in=differing)
    changed = _apply(known, now=now, tells=tells) if differing else 0
    return EvaluatedBatch(rows[-1].pk, len(rows), changed)


def evaluate_row(row: Event, *, now: datetime) -> None:
    """Evaluate one locked event anew, also where the day it was moved from is over."""
    _apply(Event.objects.filter(pk=row.pk), now=now, tells=False)


def undo_for_series(root: Event, before: Series, *, now: datetime) -> None:
    """Undo what closures did to the coming occurrences of a series, which was as `before` until it changed."""
    rows = root.children.closable(now).exclude(closure_effect="").select_related("organization", "contact")
    found = [(row, _by_rule(row, before)) for row in rows.select_for_update(of=("self",)).order_by("pk")]
    apply([ClosureChange(row, Decision(own.start, own.end)) for row, own in found if own.end > now], now=now)


def undo(row: Event, *, now: datetime) -> None:
    """Undo what a closure did to a locked event that is changed by hand."""
    found = times_by_rule(row)
    first = found.local if row.is_series else None
    apply([ClosureChange(row, Decision(found.start, found.end), first)], now=now)


def times_by_rule(row: Event) -> ScheduledTimes:
    """Return when an occurrence takes place by the rule of its series; raises `BadRule`."""
    return _by_rule(row, (row.parent_event or row).as_series())


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
    apply([change for change in changes if not change.is_mark], now=now)
    warn_staff(told)
    return len(changes)


def _by_rule(event: Event, series: Series) -> ScheduledTimes:
    local = datetime.fromisoformat(event.recurrence_id) if event.recurrence_id else series.recurrence.root
    return ScheduledTimes(local, *series.span(local))


def apply(changes: Sequence[ClosureChange], *, now: datetime) -> None:
    """Skip, move or restore locked events, with their alarms and visits."""
    if not changes:
        return
    alarm_rescheduling.lock_messages([change.row for change in changes])
    moved = [(change.row, change.row.start) for change in changes if change.is_move]
    were_skipped = {change.row.pk for change in changes if change.row.closure_effect == ClosureEffect.SKIPPED}
    for change in changes:
        change.put(now)
    rows = [change.row for change in changes]
    event_rows.close(rows)
    skipped = [row for row in rows if row.cancelled_at and row.pk not in were_skipped]
    restored = [row for row in rows if not row.cancelled_at and row.pk in were_skipped]
    alarm_rescheduling.cancel(skipped, reason=alarm_rescheduling.CLOSED)
    _tell_of_told(skipped)
    alarm_rescheduling.move(moved, now=now)
    alarm_rescheduling.restore(restored, now=now)
    occurrences_closed.send(Event, moved=[row for row, _ in moved], skipped=skipped, restored=restored)


def _wall(at: datetime, row: Event) -> datetime:
    return time_kinds.local(at, ZoneInfo(row.time_zone), row.kind)


def _tell_of_told(rows: Sequence[Event]) -> None:
    """Create things for staff: call the patients who were reminded of occurrences that are now skipped."""
    told = set(Alarm.objects.filter(TOLD, event__in=rows).values_list("event_id", flat=True))
    for row in (row for row in rows if row.pk in told):
        day = _wall(row.start, row).date()
        values: dict[str, str | date] = {"title": row.title[:80], "day": day, "closure": row.closure}
        staff_items.tell(
            StaffItem.Reason.TOO_LATE, "skipped_too_late", key=f"closed:{row.pk}", values=values, contact=row.contact
        )


@dataclass
class _ClinicHours:
    """What an organization's clinics are, and when they are closed; None stands for all of them."""

    clinics: dict[int | None, Clinic] = field(default_factory=dict)
    hours: dict[int | None, Spans] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    closures: dict[int | None, list[ClosedSpan]] = field(default_factory=lambda: defaultdict(list))

    def opening_times(self, calendar: Calendar) -> OpeningTimes:
        """Return when it is open for a calendar: at its clinic, else at the default one, whose zone counts."""
        clinic_id = calendar.clinic_id or next((pk for pk, row in self.clinics.items() if row.is_default), None)
        return self.of_clinic(clinic_id, calendar.organization)

    def of_clinic(self, clinic_id: int | None, organization: Organization) -> OpeningTimes:
        """Return when a clinic is open; None stands for an organization without any."""
        clinic = self.clinics.get(clinic_id)
        return OpeningTimes(
            ZoneInfo(clinic.time_zone if clinic else organization.time_zone),
            self.hours.get(clinic_id) or self.hours.get(None, {}),
            [*self.closures.get(clinic_id, ()), *(self.closures.get(None, ()) if clinic_id else ())],
            _known((clinic.public_holidays if clinic else "") or organization.public_holidays),
        )


def opening_times(events: Iterable[Event]) -> Mapping[int, OpeningTimes]:
    """Return when it is open for each calendar of some events and their series, of any organizations, by its id."""
    ids = {pk for event in events for pk in (event.calendar_id, event.says("calendar_id"))}
    rows = Calendar.objects.unscoped().filter(pk__in=ids)
    return opening_times_of(rows.select_related("organization"))


def opening_of_series(root: Event, open_at: Mapping[int, OpeningTimes]) -> OpeningTimes:
    """Return when it is open for the series of a root, by its calendar; where that is gone, by the root's own."""
    return open_at.get(root.says("calendar_id")) or open_at[root.calendar_id]


def opening_times_of(calendars: Iterable[Calendar]) -> Mapping[int, OpeningTimes]:
    """Return when it is open for some calendars, by their ids; their organizations are loaded."""
    rows = list(calendars)
    hours = _clinic_hours({row.organization.pk for row in rows})
    return {row.pk: hours[row.organization.pk].opening_times(row) for row in rows}


def opening_times_of_clinics(organization: Organization) -> dict[Clinic, OpeningTimes]:
    """Return when the clinics of an organization are open."""
    found = _clinic_hours({organization.pk})[organization.pk]
    return {clinic: found.of_clinic(clinic.pk, organization) for clinic in found.clinics.values()}


def _clinic_hours(organizations: set[int]) -> Mapping[int, _ClinicHours]:
    found = {pk: _ClinicHours() for pk in organizations}
    for clinic in Clinic.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, clinic.organization_id)].clinics[clinic.pk] = clinic
    for row in OpeningHours.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, row.organization_id)].hours[row.clinic_id][row.weekday].append((row.opens, row.closes))
    for closure in Closure.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, closure.organization_id)].closures[closure.clinic_id].append(closure.closed_span)
    return found


def zone_for_staff(event: Event, opening: OpeningTimes) -> ZoneInfo:
    """Return the zone in which staff are told of an event: the clinic's; that of whole days is their own."""
    return ZoneInfo(event.time_zone) if event.all_day else opening.zone


def warn_staff(met: Iterable[tuple[str, datetime]]) -> None:
    """Tell staff of closures that visits meet, given with the visits' local times: one item for a day and closure."""
    days = Counter((closure, at.date()) for closure, at in met if closure not in ("", OUTSIDE))
    for (closure, day), times in sorted(days.items()):
        staff_items.tell(
            StaffItem.Reason.WARNING,
            "visits_while_closed",
            key=f"closed:{day}:{closure}",
            values={"day": day, "closure": closure},
            times=times,
        )


def _known(region: str) -> str:
    """Return a region; nothing where a newer release of the library knows it no more, for visits go on all the same."""
    try:
        return region if region and holidays.of_year(region, 2026) is not None else ""
    except ValueError:
        return ""


def lock_shared(organization_ids: Iterable[int]) -> None:
    """Let nobody change when organizations are open until this transaction ends; called before that is read."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED, [sorted(set(organization_ids)), LOCK])
        for (organization_id,) in cursor.fetchall():
            again = partial(closure_requests.request_again, organization_id)
            transaction.on_commit(again, robust=True)


def lock_exclusive() -> None:
    """Wait for evaluations under way, and let others begin only after this transaction; called before locking events.

    Later evaluations see what it changed, and this transaction sees what earlier ones made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current()])


def wait_shared() -> None:
    """Let nobody change when the current organization is open until this transaction ends; waits for who is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK, tenancy.current()])
