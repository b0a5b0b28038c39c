"""Pause and resume events and series: while they are paused, nothing of them is sent, and no children are made."""

from collections.abc import Iterable
from datetime import datetime

from accounts import tenancy
from calendars.engine.states import AlarmState, EventStatus
from calendars.errors import BadStatus, EventCancelled, NoChild, SeriesOver
from calendars.models import Alarm, Event
from calendars.services import event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.series import expansion


@tenancy.of_row
def pause(event: Event, *, now: datetime, whole_series: bool = True) -> None:
    """Stop the messages of an event; of a root those of the whole series, which makes no more children meanwhile.

    Without `whole_series` a root is paused alone. Raises `EventCancelled`, and `SeriesOver` where nothing of a series
    is to come.
    """
    row = Event.objects.lock(event.pk)
    if row.is_called_off:
        raise EventCancelled
    is_whole = row.is_series and whole_series
    if is_whole and _is_over(row, now):
        raise SeriesOver
    _show(row, EventStatus.PAUSED)
    if is_whole:
        _pause_series(row, now=now)
    else:
        alarm_rescheduling.return_to_waiting([row], reason="paused")
    event.refresh_from_db()


@tenancy.of_row
def resume(event: Event, *, now: datetime, whole_series: bool = True) -> None:
    """Continue with a paused event or series; what passed meanwhile is neither made nor sent."""
    row = Event.objects.lock(event.pk)
    _show(row, EventStatus.PENDING)
    if row.is_series and whole_series and row.paused_at:
        _resume_series(row, now=now)
    else:
        _skip_missed([row], now=now)
    event.refresh_from_db()


@tenancy.of_row
def set_last_child_status(root: Event, *, status: int, now: datetime) -> Event:
    """Set the status of the newest child, and return it: 3 pauses the series, 1 resumes it.

    The older interface's `update_last_child_status`; raises `BadStatus` and `NoChild`.
    """
    if status not in tuple(EventStatus):
        raise BadStatus(field="status")
    row = Event.objects.lock(root.pk)
    newest = _newest_child(row)
    if newest is None:
        raise NoChild
    if status == EventStatus.PAUSED:
        _pause_series(row, now=now)
    elif status == EventStatus.PENDING:
        _resume_series(row, now=now)
    event_rows.set_status(newest.pk, status)
    newest.refresh_from_db()
    return newest


def _pause_series(root: Event, *, now: datetime) -> None:
    """Pause a locked series from its next unsent occurrence on; its newest child shows it."""
    if root.paused_at:
        return
    event_rows.pause(root, since=now)
    alarm_rescheduling.return_to_waiting(Event.objects.lock_family(root), reason="paused")
    _show_on_newest(root, EventStatus.PAUSED)


def _resume_series(root: Event, *, now: datetime) -> None:
    """Continue with a locked series; occurrences that passed meanwhile are not made."""
    if not root.paused_at:
        return
    event_rows.resume(root, reached=max(root.expanded_until or root.start, now))
    _show_on_newest(root, EventStatus.PENDING)
    family = Event.objects.lock_family(root)
    _skip_missed(family, now=now)
    if not root.series_ended:
        expansion.expand_roots([family[0]], now=now)


def _skip_missed(events: Iterable[Event], *, now: datetime) -> None:
    """Skip the alarms whose use ended during a pause, without telling staff."""
    Alarm.objects.waiting().filter(event__in=list(events), useful_until__lte=now).stop("paused", AlarmState.SKIPPED)


def _is_over(root: Event, now: datetime) -> bool:
    return root.series_ended and root.end <= now and not root.children.filter(end__gt=now).exists()


def _show(event: Event, status: EventStatus) -> None:
    """Show a pause, or its end, in the status of an event that is not over."""
    before = EventStatus.PENDING if status == EventStatus.PAUSED else EventStatus.PAUSED
    event_rows.set_status(event.pk, status, before=before)


def _show_on_newest(root: Event, status: EventStatus) -> None:
    if newest := _newest_child(root):
        _show(newest, status)


def _newest_child(root: Event) -> Event | None:
    return root.children.order_by("-created_on", "-pk").first()
