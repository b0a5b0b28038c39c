"""What appointments do about news of their events, and answer when contacts ask about a person."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from appointments.services import (
    event_visits,
    personal_data,
    reminder_plans,
    taken_occurrences,
    visit_notifications,
    visit_rows,
)
from calendars.engine.states import AlarmResult
from calendars.models import Event
from calendars.signals import (
    children_made,
    event_answered,
    event_cancelled,
    event_moved,
    events_renamed,
    events_restored,
    occurrences_closed,
    opening_changed,
    series_split,
)
from config.kernel import clock
from contacts.services.personal_data_export import DataSubject, ExportTable
from contacts.signals import person_erased, person_leaving, personal_data_wanted
from notifications.signals import deliveries_changed


@receiver(event_moved, dispatch_uid="appointments.moved")
def moved(sender: Any, event: Event, *, same_wall_time: bool = False, **kwargs: Any) -> None:
    """Take the event's new times, in the same transaction."""
    visit_rows.follow_times(event, keeps_answer=same_wall_time)
    if same_wall_time:
        taken_occurrences.tell([event.pk])
    reminder_plans.count_anew([event.pk], now=clock.now())
    visit_notifications.follow([event.pk], now=clock.now())


@receiver(events_renamed, dispatch_uid="appointments.renamed")
def renamed(sender: Any, event_ids: list[int], **kwargs: Any) -> None:
    """Take the events' new titles."""
    visit_rows.follow_titles(event_ids)
    visit_notifications.follow(event_ids, now=clock.now())


@receiver(event_cancelled, dispatch_uid="appointments.cancelled")
def cancelled(sender: Any, event: Event, **kwargs: Any) -> None:
    """Cancel the visit."""
    visit_rows.follow_cancellation(event)
    visit_notifications.follow([event.pk], now=clock.now())


@receiver(events_restored, dispatch_uid="appointments.restored")
def restored(sender: Any, event_ids: list[int], **kwargs: Any) -> None:
    """Let the visits take place after all."""
    visit_rows.follow_restoration(event_ids)
    visit_notifications.follow(event_ids, now=clock.now())


@receiver(occurrences_closed, dispatch_uid="appointments.closed")
def closed(sender: Any, moved: list[Event], skipped: list[Event], restored: list[Event], **kwargs: Any) -> None:
    """Let the visits follow what closures did."""
    visit_rows.follow_closures(moved, skipped, restored)
    taken_occurrences.tell([row.pk for row in (*moved, *restored)])
    reminder_plans.count_anew([row.pk for row in (*moved, *restored)], now=clock.now())
    visit_notifications.follow([row.pk for row in (*moved, *skipped, *restored)], now=clock.now())


@receiver(opening_changed, dispatch_uid="appointments.opening")
def opened(sender: Any, now: datetime, **kwargs: Any) -> None:
    """Count the business days of reminders anew."""
    reminder_plans.count_anew(None, now=now)


@receiver(event_answered, dispatch_uid="appointments.answered")
def answered(sender: Any, event: Event, result: AlarmResult, now: datetime, **kwargs: Any) -> None:
    """Note the patient's answer."""
    event_visits.note_answer(event, confirmed=result == AlarmResult.CONFIRMED, now=now)


@receiver(deliveries_changed, dispatch_uid="appointments.deliveries")
def sent(sender: Any, delivery_ids: list[int], **kwargs: Any) -> None:
    """Let notifications follow their messages."""
    visit_notifications.sync(delivery_ids)


@receiver(children_made, dispatch_uid="appointments.children")
def children(sender: Any, child_ids: list[int], **kwargs: Any) -> None:
    """Make the visits of a series' new occurrences."""
    if visit_rows.insert_of_occurrences(child_ids):
        taken_occurrences.tell(child_ids)
        reminder_plans.plan_occurrences(child_ids, now=clock.now())


@receiver(personal_data_wanted, dispatch_uid="appointments.personal_data")
def show(sender: Any, person: DataSubject, **kwargs: Any) -> list[ExportTable]:
    """Return the visits."""
    return personal_data.tables(person)


@receiver(series_split, dispatch_uid="appointments.series_split")
def split(sender: Any, root: Event, begun: Event, **kwargs: Any) -> None:
    """Let the visits of both parts go on as their series has them."""
    visit_rows.split_series(root, begun)


@receiver(person_leaving, dispatch_uid="appointments.leaving")
def leave(sender: Any, person: DataSubject, now: datetime, **kwargs: Any) -> None:
    """Cancel the visits that are to come."""
    personal_data.leave(person, now=now)


@receiver(person_erased, dispatch_uid="appointments.erased")
def erase(sender: Any, person: DataSubject, token: str, **kwargs: Any) -> dict[str, int]:
    """Keep times and states without the person."""
    return personal_data.erase(person, token)
