"""Cutting series in two: what has been or is to stay ends, what follows is a series of its own."""

from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from calendars.engine import event_kinds
from calendars.engine.recurrence.line_edits import alike
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import AlarmState, AlarmStatus
from calendars.models import Alarm, Event
from calendars.services import locking
from calendars.services.alarms import alarm_cancellation, alarm_rescheduling
from calendars.services.series import expansion, occurrence_rows, series_rescheduling
from calendars.services.series.occurrence_rows import Child

SECOND = timedelta(seconds=1)


@locking.of_row
def split(child: Event, *, now: datetime) -> Event:
    """End a series before one of its occurrences, and let that one be the root of what follows; return it.

    Nothing is sent anew, and all rows stay who they are. Raises `CannotSplit` where what follows would be another
    series than before.
    """
    family = locking.lock_family(locking.lock_series(child))
    alarm_cancellation.lock(family)
    root, row = family[0], next(row for row in family if row.pk == child.pk)
    at, before = datetime.fromisoformat(row.recurrence_id), series_rescheduling.SeriesSnapshot.of(root)
    following = [other for other in family[1:] if other.recurrence_id > row.recurrence_id]
    _begin(row, root, before, at)
    end_before(root, before, at)
    Event.objects.filter(pk__in=[other.pk for other in following]).update(parent_event=row)
    _hand_alarms_over(row, root, following, now=now)
    child.refresh_from_db()
    return child


def _begin(row: Event, root: Event, before: series_rescheduling.SeriesSnapshot, at: datetime) -> None:
    """Make a child the root of the rest; where it was moved by hand, its lines say where it belongs."""
    row.parent_event, row.recurrence_id = None, ""
    row.rule, row.end_recurring_period = root.rule, root.end_recurring_period
    series_rescheduling.write(row, before.text.since(at), before.text)
    if event_kinds.local(row.start, ZoneInfo(row.time_zone), row.kind) != at:
        row.recurrence = alarm_rescheduling.anchored(row, at)
    row.expanded_until, row.series_ended, row.paused_at = root.expanded_until, root.series_ended, root.paused_at
    row.version += 1
    row.save()
    alike(before.recurrence, expansion.read(row))


def end_before(root: Event, before: series_rescheduling.SeriesSnapshot, at: datetime) -> None:
    """End a series, which went like `before`, ahead of one of its occurrences."""
    lines = before.text.until(at)
    # A named rule stays; its end stands beside it.
    root.recurrence = series_rescheduling.without_rules(lines) if before.text.is_named else lines
    if expansion.meant(root) != before.recurrence.root:
        root.recurrence = alarm_rescheduling.anchored(root, before.recurrence.root)
    if expansion.meant(root) != before.recurrence.root:
        root.recurrence = alarm_rescheduling.anchored(root, before.recurrence.root)
    root.end_recurring_period = resolve(at, before.recurrence.zone) - SECOND
    root.series_ended, root.version = True, root.version + 1
    root.save()


def _hand_alarms_over(row: Event, root: Event, following: list[Event], *, now: datetime) -> None:
    """Let the new root's alarms be those that the following ones are copies of."""
    _complete_alarms(row, root, now=now)
    own = list(Alarm.objects.filter(event=row).select_for_update(of=("self",)).order_by("pk"))
    for alarm in own:
        Alarm.objects.filter(event__in=following, parent_alarm=alarm.parent_alarm_id).exclude(parent_alarm=None).update(
            parent_alarm=alarm
        )
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in own]).update(parent_alarm=None)


def _complete_alarms(row: Event, root: Event, *, now: datetime) -> None:
    """Give the new root the alarms that somebody took from it alone, ended, for what follows to have them."""
    had = Alarm.objects.filter(event=row).exclude(parent_alarm=None).values("parent_alarm")
    taken = list(Alarm.objects.filter(event=root).exclude(pk__in=had).order_by("pk"))
    child = Child(row.pk, root.pk, cast(int, row.organization_id), row.start)
    occurrence_rows.copy_alarms([child], roots={root.pk: root}, alarms=taken, now=now)
    made = Alarm.objects.filter(event=row, parent_alarm__in=taken)
    made.update(status=AlarmStatus.FAILURE, state=AlarmState.CANCELLED, reason="alarm_deleted")
