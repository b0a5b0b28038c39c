"""Bringing events to where closures send them, and back, with their alarms, messages and visits; set-based."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q

from calendars.engine import event_kinds
from calendars.engine.closures import Decision
from calendars.engine.recurrence.line_edits import dated
from calendars.engine.states import AlarmState, AlarmStatus, Effect
from calendars.models import Alarm, Event
from calendars.services.alarms import alarm_cancellation, alarm_rescheduling
from calendars.services.bulk_sql import arrays
from calendars.services.series import occurrence_rows
from calendars.services.series.occurrence_rows import CLOSED, Child
from calendars.signals import occurrences_closed
from notifications.models import StaffItem
from notifications.services import staff

CARRY = """
UPDATE calendars_event e SET start = c.start, "end" = c."end", local_start = c.local_start, recurrence = c.recurrence,
    closure = c.closure, closure_effect = c.effect, cancelled_at = c.cancelled_at, version = e.version + 1
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[]) AS c (id, start, "end", local_start, recurrence, closure, effect, cancelled_at)
WHERE e.id = c.id
"""
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
            row.recurrence = _begun(row, self.first, is_there=_wall(to.start, row) == self.first)
        row.start, row.end, row.closure, row.closure_effect = to.start, to.end, to.closure, to.effect
        row.local_start = event_kinds.name(row.start, ZoneInfo(row.time_zone), row.kind)
        row.cancelled_at = now if row.closure_effect == Effect.SKIPPED else None
        row.version += 1


def out(carries: Sequence[ClosureChange], *, now: datetime) -> None:
    """Bring locked events to where they belong, with whatever hangs on them."""
    if not carries:
        return
    alarm_cancellation.lock([carry.row for carry in carries])
    moved = [(carry.row, carry.row.start) for carry in carries if carry.is_move]
    were_off = {carry.row.pk for carry in carries if carry.row.closure_effect == Effect.SKIPPED}
    for carry in carries:
        carry.put(now)
    rows = [carry.row for carry in carries]
    _write(rows)
    skipped = [row for row in rows if row.cancelled_at and row.pk not in were_off]
    restored = [row for row in rows if not row.cancelled_at and row.pk in were_off]
    alarm_cancellation.cancel(skipped, reason=CLOSED)
    _tell_of_told(skipped)
    alarm_rescheduling.move_all(moved, now=now)
    _restore(restored, now=now)
    occurrences_closed.send(Event, moved=[row for row, _ in moved], skipped=skipped, restored=restored)


def _wall(at: datetime, row: Event) -> datetime:
    return event_kinds.local(at, ZoneInfo(row.time_zone), row.kind)


def _begun(row: Event, first: datetime, *, is_there: bool) -> str:
    """Return the lines of a series that say where it begins, as long as its root is not there."""
    lines = [line for line in row.recurrence.splitlines() if not line.upper().startswith("DTSTART")]
    return "\n".join(lines if is_there else [dated("DTSTART", [first], row.kind), *lines])


def _write(rows: Iterable[Event]) -> None:
    columns = [
        (row.pk, row.start, row.end, row.local_start, row.recurrence, row.closure, row.closure_effect, row.cancelled_at)
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(CARRY, arrays(columns))


def _tell_of_told(rows: Sequence[Event]) -> None:
    """Let staff call whoever was reminded of an occurrence that is now skipped."""
    told = set(Alarm.objects.filter(TOLD, event__in=rows).values_list("event_id", flat=True))
    for row in (row for row in rows if row.pk in told):
        day = _wall(row.start, row).date()
        values: dict[str, str | date] = {"title": row.title[:80], "day": day, "closure": row.closure}
        staff.tell(
            StaffItem.Kind.TOO_LATE, "skipped_too_late", key=f"closed:{row.pk}", values=values, contact=row.contact
        )


def _restore(rows: Sequence[Event], *, now: datetime) -> None:
    """Let events take place after all; alarms of which nobody was told yet are copied anew from their series."""
    if not rows:
        return
    halted = Alarm.objects.filter(event__in=rows, state=AlarmState.CANCELLED, reason=CLOSED)
    halted.filter(num_attempt=0, revision=1).exclude(parent_alarm=None).delete()
    halted.update(status=AlarmStatus.PENDING, state=AlarmState.PLANNED, reason="", revision=F("revision") + 1)
    again = [
        Child(row.pk, row.parent_event_id, cast(int, row.organization_id), row.start)
        for row in rows
        if row.parent_event_id
    ]
    known = Event.objects.select_related("organization", "contact")
    roots = {root.pk: root for root in known.filter(pk__in={child.root_id for child in again})}
    occurrence_rows.copy_alarms(again, roots=roots, alarms=Alarm.objects.filter(event__in=roots), now=now)
