"""What calendars do about news from the outbox, and answer when contacts ask about a person."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.signals import places_changed, zones_changed
from calendars.services import calendar_time_zone, personal_data
from calendars.services.alarms import delivery_results, patient_answers
from calendars.services.closures import closure_requests
from calendars.services.exchange import import_run
from contacts.services.personal_data_export import DataSubject, ExportTable
from contacts.signals import person_erased, person_leaving, personal_data_wanted, retention_due
from notifications.engine.replies import ReplyIntent
from notifications.engine.wording import Wording
from notifications.models import Delivery, InboundEvent
from notifications.signals import deliveries_changed, reply_received


@receiver(deliveries_changed, dispatch_uid="calendars.follow")
def follow(sender: Any, delivery_ids: list[int], **kwargs: Any) -> None:
    """Let alarms follow their deliveries."""
    delivery_results.sync_alarms(delivery_ids)


@receiver(zones_changed, dispatch_uid="calendars.zones")
def move_to_calendar_zones(sender: Any, now: datetime, **kwargs: Any) -> None:
    """Move all-day and floating events to the new zones of their calendars."""
    calendar_time_zone.move_to_calendar_zones(now=now)


@receiver(places_changed, dispatch_uid="calendars.places")
def evaluate_closures(sender: Any, **kwargs: Any) -> None:
    """Evaluate future events against the new opening hours."""
    closure_requests.request()


@receiver(reply_received, dispatch_uid="calendars.answer")
def answer(
    sender: Any, inbound: InboundEvent, delivery: Delivery, intent: ReplyIntent, now: datetime, **kwargs: Any
) -> Wording | None:
    """Apply a patient's answer to an alarm."""
    return patient_answers.apply_answer(delivery, inbound=inbound, intent=intent, now=now)


@receiver(personal_data_wanted, dispatch_uid="calendars.personal_data")
def show(sender: Any, person: DataSubject, **kwargs: Any) -> list[ExportTable]:
    """Return events, alarms and their attempts."""
    return personal_data.tables(person)


@receiver(person_leaving, dispatch_uid="calendars.leaving")
def leave(sender: Any, person: DataSubject, now: datetime, **kwargs: Any) -> None:
    """Cancel what is to come."""
    personal_data.leave(person, now=now)


@receiver(person_erased, dispatch_uid="calendars.erased")
def erase(sender: Any, person: DataSubject, **kwargs: Any) -> dict[str, int]:
    """Keep times and states without the person."""
    return personal_data.erase(person)


@receiver(retention_due, dispatch_uid="calendars.retention")
def forget(sender: Any, now: datetime, limit: int, **kwargs: Any) -> int:
    """Forget what imports replaced, once they can no longer be taken back."""
    return import_run.delete_undo_data(now=now, limit=limit)
