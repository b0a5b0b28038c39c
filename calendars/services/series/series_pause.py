"""Holding series back and going on with them; their root is locked by the caller."""

from collections.abc import Iterable
from datetime import datetime

from calendars.engine.states import AlarmState, AlarmStatus, EventStatus
from calendars.models import Alarm, Event
from calendars.services import locking
from calendars.services.alarms import alarm_cancellation
from calendars.services.series import expansion


def show(event: Event, status: EventStatus) -> None:
    """Show a pause, or its end, in the status of an event that is not over."""
    before = EventStatus.PENDING if status == EventStatus.PAUSED else EventStatus.PAUSED
    Event.objects.filter(pk=event.pk, status=before).update(status=status)


def pause_series(root: Event, *, now: datetime) -> None:
    """Hold a series back from its next unsent occurrence on; its newest child shows it."""
    if root.paused_at:
        return
    Event.objects.filter(pk=root.pk).update(paused_at=now)
    family = locking.lock_family(root)
    alarm_cancellation.hold(family, reason="paused")
    _show_on_newest(root, EventStatus.PAUSED)


def resume_series(root: Event, *, now: datetime) -> None:
    """Go on with a series; occurrences that passed meanwhile are not made."""
    if not root.paused_at:
        return
    reached = max(root.expanded_until or root.start, now)
    Event.objects.filter(pk=root.pk).update(paused_at=None, expanded_until=reached)
    _show_on_newest(root, EventStatus.PENDING)
    family = locking.lock_family(root)
    drop_missed(family, now=now)
    if not root.series_ended:
        expansion.grow([family[0]], now=now)


def drop_missed(events: Iterable[Event], *, now: datetime) -> None:
    """Skip the alarms whose use ended during a pause, without troubling staff."""
    missed = Alarm.objects.filter(event__in=list(events), status=AlarmStatus.PENDING, useful_until__lte=now)
    missed.update(status=AlarmStatus.FAILURE, state=AlarmState.SKIPPED, reason="paused")


def _show_on_newest(root: Event, status: EventStatus) -> None:
    newest = root.children.order_by("-created_on", "-pk").first()
    if newest:
        show(newest, status)
