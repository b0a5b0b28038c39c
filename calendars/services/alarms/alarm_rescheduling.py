"""What follows when an event or a series changes; its rows are locked by the caller."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from calendars.engine.recurrence.line_edits import dated
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, resolve
from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus
from calendars.models import Alarm, Event
from calendars.services.alarms import alarm_cancellation
from calendars.services.alarms.alarm_schedule import AlarmContext, carried, retime
from calendars.services.series import expansion
from calendars.signals import event_cancelled

TIMES = ["date_start_notice", "due_at", "useful_until"]
STANDING = [*TIMES, "status", "state", "reason", "result", "revision"]


def move(event: Event, *, old_start: datetime, now: datetime) -> None:
    """Move an event's alarms along; see `move_all`."""
    move_all([(event, old_start)], now=now)


def move_all(moves: Iterable[tuple[Event, datetime]], *, now: datetime) -> None:
    """Move the alarms of events along, given with their old starts; set-based.

    Whoever was told of the old time is told of the new one, if there is time. Messages that still wait are taken back
    first: deliveries are locked before alarms.
    """
    known = {event.pk: (event, old_start, AlarmContext.of(event)) for event, old_start in moves}
    alarm_cancellation.recall([event for event, _, _ in known.values()], reason="moved")
    alarms = list(Alarm.objects.filter(event__in=known).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        event, old_start, frame = known[alarm.event_id]
        alarm.date_start_notice = carried(alarm.date_start_notice, frame.at(old_start), event.start)
        retime(alarm, frame, now=now)
        if _anew(alarm, now):
            _plan_again(alarm)
    Alarm.objects.bulk_update(alarms, STANDING)


def refresh(events: Iterable[Event], *, now: datetime) -> None:
    """Take waiting messages back whose recipient or text is outdated, and plan them with what is true now."""
    rows = list(events)
    alarm_cancellation.hold(rows, reason="changed")
    frames = {row.pk: AlarmContext.of(row) for row in rows}
    waiting = list(Alarm.objects.waiting().filter(event__in=rows).select_for_update(of=("self",)).order_by("pk"))
    for alarm in waiting:
        retime(alarm, frames[alarm.event_id], now=now)
    Alarm.objects.bulk_update(waiting, TIMES)


def renew(root: Event, *, now: datetime) -> None:
    """Make a changed series anew: future children that no longer belong to it go, missing ones are made.

    A child of which somebody was told already stays as a cancelled row.
    """
    zone = ZoneInfo(root.time_zone)
    recurrence = expansion.read(root)
    gone = [child for child in _future(root, now) if not (root.is_series and _belongs(child, recurrence))]
    told = set(
        Alarm.objects.filter(event__in=gone)
        .exclude(status=AlarmStatus.PENDING, revision=1)
        .values_list("event_id", flat=True)
    )
    Event.objects.filter(pk__in=[child.pk for child in gone if child.pk not in told]).delete()
    _call_off([child for child in gone if child.pk in told], now)
    begin = max(now, resolve(recurrence.root, zone))
    Event.objects.filter(pk=root.pk).update(expanded_until=begin, series_ended=False, series_error="")
    root.refresh_from_db()
    if root.is_series and not root.paused_at:
        expansion.grow([root], now=now)


def hand_down(root: Event, old: Mapping[str, Any], *, now: datetime) -> None:
    """Give changed texts and people of a root to its future children; what differed from the root's stays."""
    # Those that a closure skips are among them, for they may take place after all.
    children = _locked(root.children.closable(now).filter(start__gt=now))
    for child in children:
        child.version += 1
        for name, value in old.items():
            if getattr(child, name) == value:
                setattr(child, name, getattr(root, name))
    Event.objects.bulk_update(children, [*old, "version"])
    refresh(_future(root, now), now=now)


def anchored(root: Event, local: datetime) -> str:
    """Return the recurrence text of a root that moves alone, from a wall-clock time at which its series begins."""
    lines = root.recurrence.splitlines()
    if any(line.upper().startswith("DTSTART") for line in lines):
        return root.recurrence
    return "\n".join([dated("DTSTART", [local], root.kind), *lines])


def _future(root: Event, now: datetime) -> list[Event]:
    return _locked(root.children.filter(start__gt=now, cancelled_at=None))


def _locked(rows: QuerySet[Event]) -> list[Event]:
    known = rows.select_related("organization", "contact")
    return list(known.select_for_update(of=("self",)).order_by("pk"))


def _told(events: list[Event]) -> set[int]:
    acted = Alarm.objects.filter(event__in=events).exclude(status=AlarmStatus.PENDING, revision=1)
    return set(acted.values_list("event_id", flat=True))


def _belongs(child: Event, recurrence: RecurrenceSet) -> bool:
    return recurrence.has(datetime.fromisoformat(child.recurrence_id))


def _call_off(children: list[Event], now: datetime) -> None:
    Event.objects.filter(pk__in=[child.pk for child in children]).update(cancelled_at=now, version=F("version") + 1)
    alarm_cancellation.cancel(children, reason="series_changed")
    for child in children:
        event_cancelled.send(Event, event=child, reason="series_changed")


def _anew(alarm: Alarm, now: datetime) -> bool:
    if alarm.status in (AlarmStatus.IN_PROCESS, AlarmStatus.RETRY):
        return True
    finished = alarm.status != AlarmStatus.PENDING and alarm.state != AlarmState.CANCELLED
    recalled = alarm.state == AlarmState.CANCELLED and alarm.reason == "moved"
    return recalled or (finished and alarm.due_at > now)


def _plan_again(alarm: Alarm) -> None:
    alarm.status, alarm.state, alarm.reason = AlarmStatus.PENDING, AlarmState.PLANNED, ""
    alarm.result = AlarmResult.NO_RESULT
    alarm.revision += 1
