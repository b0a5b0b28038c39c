"""What closures do to events that are made already: skip, move or mark them, and undo it when a closure is gone.

Only a closure's own doing is undone: whoever moves or cancels an occurrence by hand clears its `closure_effect`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from accounts import tenancy
from accounts.models import Organization
from calendars.engine import kinds
from calendars.engine.closures import Decision, Occurrence, Place, decide, met
from calendars.engine.recurrence import RecurrenceSet
from calendars.engine.states import AlarmState, AlarmStatus, Effect
from calendars.errors import BadRule
from calendars.models import Alarm, Closure, Event
from calendars.services import children, moving, places, series, stopping
from calendars.services.children import CLOSED, Child
from calendars.signals import event_cancelled, event_moved, event_restored
from notifications.models import StaffItem
from notifications.services import staff

BATCH = 1000
# Zones lie at most so far apart.
MARGIN = timedelta(days=2)
# How far ahead changed opening hours are held against events at once; the nightly task does the rest.
NEAR = timedelta(days=62)
KNOWN = ("organization", "contact", "parent_event__rule")


@dataclass
class _Sight:
    """What is needed to judge events: their places, and the recurrence of their series, each read once."""

    open_at: dict[int, Place]
    recurrences: dict[int, RecurrenceSet | None] = field(default_factory=dict)

    def decision(self, event: Event) -> Decision | None:
        """Return what is to become of an event; None where its series cannot be read."""
        place = self.open_at[event.calendar_id]
        if event.parent_event is None:
            return self._as_it_is(event)
        recurrence = self._of(event.parent_event)
        if recurrence is None:
            return None
        found = _original(event, event.parent_event, recurrence)
        if not event.closure_effect and (event.start, event.end) != (found.start, found.end):
            return self._as_it_is(event)
        return decide(place, recurrence, event.on_closure, found)

    def _as_it_is(self, event: Event) -> Decision:
        span, zone = (event.start, event.end), ZoneInfo(event.time_zone)
        return Decision(*span, met(self.open_at[event.calendar_id], event.kind, span, zone))

    def _of(self, root: Event) -> RecurrenceSet | None:
        if root.pk not in self.recurrences:
            try:
                self.recurrences[root.pk] = series.read(root)
            except (BadRule, *series.UNREADABLE):
                self.recurrences[root.pk] = None
        return self.recurrences[root.pk]


def apply_everywhere(*, now: datetime) -> int:
    """Hold closures, public holidays and hours against the events to come of all organizations."""
    changed = 0
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        with tenancy.tenant(organization_id):
            changed += apply(now=now)
    return changed


def apply_closure(closure: Closure, *, now: datetime) -> int:
    """Hold a closure that was just made, changed or removed against the events that it meets, or met before."""
    zone = ZoneInfo("UTC")
    begin, end = closure.shut.begin.replace(tzinfo=zone) - MARGIN, closure.shut.end.replace(tzinfo=zone) + MARGIN
    return apply(~Q(closure="") | Q(start__lt=end, end__gt=begin), now=now)


def apply_hours(*, now: datetime) -> int:
    """Hold changed opening hours against the events of the next two months, and against all that met something."""
    return apply(~Q(closure="") | Q(start__lt=now + NEAR), now=now)


def apply(which: Q | None = None, *, now: datetime, tells: bool = True) -> int:
    """Judge the events to come of the current organization; return how many changed. Safe to repeat.

    With `tells`, staff are told of visits that newly stand on a closed day.
    """
    changed = 0
    for rows in _batches(which or Q(), now):
        sight = _Sight(dict(places.of(rows)))
        differing = [row.pk for row in rows if _differs(row, sight.decision(row))]
        if differing:
            changed += _apply(differing, now=now, tells=tells)
    return changed


def release(root: Event, before: RecurrenceSet, was: Event, *, now: datetime) -> None:
    """Undo what closures did to the coming occurrences of a series, which went like `was` before it changed."""
    rows = root.children.closable(now).exclude(closure_effect="").select_related("organization", "contact")
    for row in rows.select_for_update(of=("self",)).order_by("pk"):
        found = _original(row, was, before)
        _carry_out(row, Decision(found.start, found.end), root, now=now)


def _batches(which: Q, now: datetime) -> Iterator[list[Event]]:
    last = 0
    while True:
        rows = Event.objects.closable(now).filter(which, pk__gt=last).select_related(*KNOWN)
        batch = list(rows.order_by("pk")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _differs(event: Event, decision: Decision | None) -> bool:
    stands = Decision(event.start, event.end, event.closure, event.closure_effect)
    return decision is not None and decision != stands


@transaction.atomic
def _apply(pks: list[int], *, now: datetime, tells: bool) -> int:
    """Lock events in the order of their ids, judge them again, and do it."""
    locked = Event.objects.closable(now).filter(pk__in=pks).select_related(*KNOWN)
    rows = list(locked.select_for_update(of=("self",)).order_by("pk"))
    sight = _Sight(dict(places.of(rows)))
    judged = [(row, found) for row in rows if (found := sight.decision(row)) and _differs(row, found)]
    told = [
        (found.closure, found.start.astimezone(sight.open_at[row.calendar_id].zone))
        for row, found in judged
        if tells and not found.effect
    ]
    marked = [row for row, found in judged if _is_mark(row, found)]
    stopping.lock([row for row, _ in judged if row not in marked])
    for row, found in judged:
        if row in marked:
            row.closure = found.closure
        else:
            _carry_out(row, found, cast(Event, row.parent_event), now=now)
    Event.objects.bulk_update(marked, ["closure"])
    places.tell(told)
    return len(judged)


def _is_mark(event: Event, found: Decision) -> bool:
    """Say whether only the words change, and the event stays as it is."""
    return (event.start, event.end, event.closure_effect) == (found.start, found.end, found.effect)


def _carry_out(row: Event, found: Decision, root: Event, *, now: datetime) -> None:
    """Bring a locked occurrence to where it belongs, with its alarms and whatever hangs on it."""
    old_start, was_skipped = row.start, row.closure_effect == Effect.SKIPPED
    is_moved = (row.start, row.end) != (found.start, found.end)
    row.start, row.end, row.closure, row.closure_effect = found.start, found.end, found.closure, found.effect
    row.local_start = kinds.name(row.start, ZoneInfo(row.time_zone), row.kind)
    row.cancelled_at = now if row.closure_effect == Effect.SKIPPED else None
    row.version += 1
    row.save(update_fields=["start", "end", "closure", "closure_effect", "local_start", "cancelled_at", "version"])
    if is_moved:
        event_moved.send(Event, event=row)
    if row.cancelled_at:
        stopping.cancel([row], reason=CLOSED)
        event_cancelled.send(Event, event=row, reason=CLOSED)
        return _tell_of_told(row)
    if is_moved:
        moving.move(row, old_start=old_start, now=now)
    if was_skipped:
        _restore(row, root, now=now)
    return None


def _tell_of_told(row: Event) -> None:
    """Let staff call whoever was reminded of an occurrence that is now skipped."""
    if Alarm.objects.filter(event=row, status=AlarmStatus.SUCCESS).exists():
        day = row.start.astimezone(ZoneInfo(row.time_zone))
        words = f"“{row.title[:80]}” on {day:%a %d %b %Y} is skipped (“{row.closure}”), but its reminder has left"
        staff.tell(StaffItem.Kind.TOO_LATE, words, key=f"closed:{row.pk}", contact=row.contact)


def _restore(row: Event, root: Event, *, now: datetime) -> None:
    """Let an occurrence take place after all; alarms of which nobody was told yet are copied anew from its series."""
    halted = Alarm.objects.filter(event=row, state=AlarmState.CANCELLED, reason=CLOSED)
    halted.filter(num_attempt=0, revision=1).exclude(parent_alarm=None).delete()
    halted.update(status=AlarmStatus.PENDING, state=AlarmState.PLANNED, reason="", revision=F("revision") + 1)
    child = Child(row.pk, root.pk, cast(int, row.organization_id), row.start)
    full = Event.objects.select_related("organization", "contact").get(pk=root.pk)
    children.copy_alarms([child], roots={root.pk: full}, alarms=Alarm.objects.filter(event=full), now=now)
    event_restored.send(Event, event=row)


def _original(event: Event, root: Event, recurrence: RecurrenceSet) -> Occurrence:
    local = datetime.fromisoformat(event.recurrence_id)
    return Occurrence(*next(children.spans(root, [local], recurrence.ends)))
