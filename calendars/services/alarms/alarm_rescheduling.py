"""Move the alarms of events with them, and plan waiting ones anew; the events are locked by the caller."""

from collections.abc import Callable, Iterable
from datetime import datetime

from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus
from calendars.models import Alarm, Event
from calendars.services.alarms import alarm_cancellation
from calendars.services.alarms.alarm_schedule import AlarmContext, moved_notice, set_due

TIMES = ["date_start_notice", "due_at", "useful_until"]
STANDING = [*TIMES, "status", "state", "reason", "result", "revision"]


def move(moves: Iterable[tuple[Event, datetime]], *, now: datetime) -> None:
    """Move the alarms of events along, given with their old starts; set-based.

    A recipient who was told of the old time is told of the new one, if there is time. Messages that still wait are
    taken back first: deliveries are locked before alarms.
    """
    known = {event.pk: (event, old_start, AlarmContext.of(event)) for event, old_start in moves}
    if not known:
        return
    alarm_cancellation.recall([event for event, _, _ in known.values()], reason="moved")
    alarms = list(Alarm.objects.filter(event__in=known).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        event, old_start, context = known[alarm.event_id]
        alarm.date_start_notice = moved_notice(alarm.date_start_notice, context.at(old_start), event.start)
        set_due(alarm, context, now=now)
        if _is_told_again(alarm, now):
            _plan_again(alarm)
    Alarm.objects.bulk_update(alarms, STANDING)


def refresh(events: Iterable[Event], *, now: datetime) -> None:
    """Take waiting messages back whose recipient or text is outdated, and plan them with what is true now."""
    rows = list(events)
    alarm_cancellation.return_to_waiting(rows, reason="changed")
    contexts = {row.pk: AlarmContext.of(row) for row in rows}
    waiting = list(Alarm.objects.waiting().filter(event__in=rows).select_for_update(of=("self",)).order_by("pk"))
    for alarm in waiting:
        set_due(alarm, contexts[alarm.event_id], now=now)
    Alarm.objects.bulk_update(waiting, TIMES)


def shift_notices(
    event: Event, shifted: Callable[[datetime], datetime], *, reason: str, now: datetime, waiting_only: bool = False
) -> None:
    """Give an event's alarms other notices, at the same time on the clock, and plan those that wait anew.

    Nobody is told again who was told before.
    """
    alarm_cancellation.return_to_waiting([event], reason=reason)
    context = AlarmContext.of(event)
    rows = Alarm.objects.waiting() if waiting_only else Alarm.objects.all()
    alarms = list(rows.filter(event=event).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        alarm.date_start_notice = shifted(alarm.date_start_notice)
        if alarm.status == AlarmStatus.PENDING:
            set_due(alarm, context, now=now)
    Alarm.objects.bulk_update(alarms, TIMES)


def _is_told_again(alarm: Alarm, now: datetime) -> bool:
    if alarm.status in (AlarmStatus.IN_PROCESS, AlarmStatus.RETRY):
        return True
    finished = alarm.status != AlarmStatus.PENDING and alarm.state != AlarmState.CANCELLED
    recalled = alarm.state == AlarmState.CANCELLED and alarm.reason == "moved"
    return recalled or (finished and alarm.due_at > now)


def _plan_again(alarm: Alarm) -> None:
    alarm.status, alarm.state, alarm.reason = AlarmStatus.PENDING, AlarmState.PLANNED, ""
    alarm.result = AlarmResult.NO_RESULT
    alarm.revision += 1
