"""Changing, cancelling and deleting parts of series: this occurrence, this and all that follow, or all."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendars.engine import kinds
from calendars.engine.edits import alike
from calendars.engine.kinds import Shift
from calendars.engine.recurrence import resolve, wall
from calendars.engine.states import Effect, Kind, Reach
from calendars.errors import BehindEnd, ChangedMeanwhile
from calendars.models import Alarm, Event
from calendars.services import events, moving, scope, series, shifting, stopping
from calendars.services.settling import Stood

SECOND = timedelta(seconds=1)


@scope.of_row
def change(
    event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None, **fields: Any
) -> Event:
    """Change an event as far as `reach` says; without it a root stands for its series, and a child for itself.

    With a `version`, the one that the editor saw; raises `ChangedMeanwhile` where there is a newer one.
    """
    _check(event, version)
    if reach == Reach.FOLLOWING and event.parent_event_id:
        split(event, now=now)
    elif reach == Reach.ALL and event.parent_event_id:
        root = scope.lock(event.parent_event_id)
        events.change(root, now=now, **_carried(event, root, fields))
        try:
            event.refresh_from_db()
        except Event.DoesNotExist:
            raise BehindEnd(field="start") from None
        return event
    row = scope.lock(event.pk)
    if row.is_series and reach != Reach.THIS and row.closure_effect == Effect.MOVED:
        fields = _carried(row, row, fields)
    return events.change(event, now=now, whole_series=reach != Reach.THIS, **fields)


@scope.of_row
def cancel(event: Event, *, reason: str, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Let an event, this and the following, or the whole series not take place; see `change`."""
    _check(event, version)
    if reach == Reach.FOLLOWING and event.parent_event_id:
        split(event, now=now)
    elif reach == Reach.ALL and event.parent_event_id:
        event_of_series = scope.lock(event.parent_event_id)
        events.cancel(event_of_series, reason=reason, now=now)
        event.refresh_from_db()
        return
    events.cancel(event, reason=reason, now=now, whole_series=reach != Reach.THIS)


@scope.of_row
def delete(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Remove an event, this and the following, or the whole series; see `change`.

    The first occurrence of a series that goes on cannot be removed alone: it is cancelled.
    """
    _check(event, version)
    if reach == Reach.THIS and event.is_series:
        return events.cancel(event, reason="event_deleted", now=now, whole_series=False)
    if reach == Reach.FOLLOWING and event.parent_event_id:
        split(event, now=now)
    elif reach == Reach.ALL and event.parent_event_id:
        event = scope.lock(event.parent_event_id)
    return events.delete(event, now=now)


@scope.of_row
def split(child: Event, *, now: datetime) -> Event:
    """End a series before one of its occurrences, and let that one be the root of what follows; return it.

    Nothing is sent anew, and all rows stay who they are. Raises `CannotSplit` where what follows would be another
    series than before.
    """
    family = scope.lock_family(scope.lock(_parent(child)))
    stopping.lock(family)
    root, row = family[0], next(row for row in family if row.pk == child.pk)
    at, before = datetime.fromisoformat(row.recurrence_id), shifting.Course.of(root)
    following = [other for other in family[1:] if other.recurrence_id > row.recurrence_id]
    _begin(row, root, before, at)
    _end(root, before, at)
    Event.objects.filter(pk__in=[other.pk for other in following]).update(parent_event=row)
    _hand_alarms_over(row, following)
    child.refresh_from_db()
    return child


def _parent(child: Event) -> int:
    if child.parent_event_id is None:
        raise LookupError(child.pk)
    return child.parent_event_id


def _begin(row: Event, root: Event, before: shifting.Course, at: datetime) -> None:
    """Make a child the root of the rest; where it was moved by hand, its lines say where it belongs."""
    row.parent_event, row.recurrence_id = None, ""
    row.rule, row.end_recurring_period = root.rule, root.end_recurring_period
    shifting.write(row, before.text.since(at), before.text)
    if kinds.local(row.start, ZoneInfo(row.time_zone), row.kind) != at:
        row.recurrence = moving.anchored(row, at)
    row.expanded_until, row.series_ended, row.paused_at = root.expanded_until, root.series_ended, root.paused_at
    row.version += 1
    row.save()
    alike(before.recurrence, series.read(row))


def _end(root: Event, before: shifting.Course, at: datetime) -> None:
    lines = before.text.until(at)
    # A named rule stays; its end stands beside it.
    root.recurrence = shifting.without_rules(lines) if before.text.is_named else lines
    if series.meant(root) != before.recurrence.root:
        root.recurrence = moving.anchored(root, before.recurrence.root)
    root.end_recurring_period = resolve(at, before.recurrence.zone) - SECOND
    root.series_ended, root.version = True, root.version + 1
    root.save()


def _hand_alarms_over(row: Event, following: list[Event]) -> None:
    """Let the new root's alarms be those that the following ones are copies of."""
    own = list(Alarm.objects.filter(event=row).select_for_update(of=("self",)).order_by("pk"))
    for alarm in own:
        Alarm.objects.filter(event__in=following, parent_alarm=alarm.parent_alarm_id).exclude(parent_alarm=None).update(
            parent_alarm=alarm
        )
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in own]).update(parent_alarm=None)


def _carried(child: Event, root: Event, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of one occurrence as said of the root: times move by as much on the wall clock."""
    row, given = scope.lock(child.pk), dict(fields)
    zone = ZoneInfo(fields.get("time_zone") or row.time_zone)
    days = fields.get("all_day", row.all_day)
    own, first = Stood.of(row).start, _first(root)
    begin = kinds.midnight(own.date()) if days else own
    if "start" in fields:
        begin = _local(fields["start"], zone, days=days)
    if "start" in fields or fields.get("end"):
        given["start"] = Shift(own, begin, turns=days != row.all_day)(first)
    if fields.get("end"):
        given["end"] = given["start"] + (_local(fields["end"], zone, days=days) - begin)
    return given


def _first(root: Event) -> datetime:
    """Return the wall-clock time at which a series begins, also while a closure keeps its root elsewhere."""
    return series.read(root).root if root.closure_effect == Effect.MOVED else Stood.of(root).start


def _local(at: datetime, zone: ZoneInfo, *, days: bool) -> datetime:
    if at.tzinfo is None:
        return at
    return kinds.local(at, zone, Kind.DAYS) if days and kinds.opens(at, zone) else wall(at, zone)


def _check(event: Event, version: int | None) -> None:
    if version is not None and scope.lock(event.pk).version != version:
        raise ChangedMeanwhile
