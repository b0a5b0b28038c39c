"""What appointments do about news of their events."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from appointments.services import booking
from calendars.engine.states import AlarmResult
from calendars.models import Event
from calendars.signals import children_made, event_answered, event_cancelled, event_moved


@receiver(event_moved, dispatch_uid="appointments.moved")
def moved(sender: Any, event: Event, **kwargs: Any) -> None:
    """Take the event's new times, in the same transaction."""
    booking.take_times(event)


@receiver(event_cancelled, dispatch_uid="appointments.cancelled")
def cancelled(sender: Any, event: Event, **kwargs: Any) -> None:
    """Cancel the visit."""
    booking.take_cancellation(event)


@receiver(event_answered, dispatch_uid="appointments.answered")
def answered(sender: Any, event: Event, result: AlarmResult, now: datetime, **kwargs: Any) -> None:
    """Note the patient's answer."""
    booking.take_answer(event, confirmed=result == AlarmResult.CONFIRMED, now=now)


@receiver(children_made, dispatch_uid="appointments.children")
def children(sender: Any, child_ids: list[int], **kwargs: Any) -> None:
    """Make the visits of a series' new occurrences."""
    booking.occur(child_ids)
