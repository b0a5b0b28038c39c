"""Write what closures do to events: skip, move or mark them, with their alarms and visits; set-based.

What is to be done to which event is decided by `closure_evaluation`, by the rules of `engine.closure_decision`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from calendars.engine import series_plan, time_kinds
from calendars.engine.closure_decision import Decision
from calendars.engine.states import AlarmState, AlarmStatus, ClosureEffect
from calendars.models import Alarm, Event
from calendars.services import event_rows
from calendars.services.alarms import event_reminders
from calendars.signals import occurrences_closed
from notifications.models import StaffItem
from notifications.services import staff_items

# Who was told, or may have been.
TOLD = Q(status=AlarmStatus.SUCCESS) | Q(state=AlarmState.UNKNOWN)


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
            is_there = _wall(to.start, row) == self.first
            row.recurrence = lines if is_there else series_plan.anchored(lines, self.first, row.kind)
        row.start, row.end, row.closure, row.closure_effect = to.start, to.end, to.closure, to.effect
        row.local_start = time_kinds.name(row.start, ZoneInfo(row.time_zone), row.kind)
        row.cancelled_at = now if row.closure_effect == ClosureEffect.SKIPPED else None


def apply(changes: Sequence[ClosureChange], *, now: datetime) -> None:
    """Skip, move or restore locked events, with their alarms and visits."""
    if not changes:
        return
    event_reminders.lock_messages([change.row for change in changes])
    moved = [(change.row, change.row.start) for change in changes if change.is_move]
    were_skipped = {change.row.pk for change in changes if change.row.closure_effect == ClosureEffect.SKIPPED}
    for change in changes:
        change.put(now)
    rows = [change.row for change in changes]
    event_rows.close(rows)
    skipped = [row for row in rows if row.cancelled_at and row.pk not in were_skipped]
    restored = [row for row in rows if not row.cancelled_at and row.pk in were_skipped]
    event_reminders.cancel(skipped, reason=event_reminders.CLOSED)
    _tell_of_told(skipped)
    event_reminders.move(moved, now=now)
    event_reminders.restore(restored, now=now)
    occurrences_closed.send(Event, moved=[row for row, _ in moved], skipped=skipped, restored=restored)


def _wall(at: datetime, row: Event) -> datetime:
    return time_kinds.local(at, ZoneInfo(row.time_zone), row.kind)


def _tell_of_told(rows: Sequence[Event]) -> None:
    """Let staff call whoever was reminded of an occurrence that is now skipped."""
    told = set(Alarm.objects.filter(TOLD, event__in=rows).values_list("event_id", flat=True))
    for row in (row for row in rows if row.pk in told):
        day = _wall(row.start, row).date()
        values: dict[str, str | date] = {"title": row.title[:80], "day": day, "closure": row.closure}
        staff_items.tell(
            StaffItem.Kind.TOO_LATE, "skipped_too_late", key=f"closed:{row.pk}", values=values, contact=row.contact
        )
