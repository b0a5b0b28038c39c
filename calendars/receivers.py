"""What calendars do about news from the outbox."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from calendars.services import answers, planning
from notifications.engine.replies import Intent
from notifications.engine.wording import Wording
from notifications.models import Delivery, InboundEvent
from notifications.signals import deliveries_changed, reply_received


@receiver(deliveries_changed, dispatch_uid="calendars.follow")
def follow(sender: Any, delivery_ids: list[int], **kwargs: Any) -> None:
    """Let alarms follow their deliveries."""
    planning.follow(delivery_ids)


@receiver(reply_received, dispatch_uid="calendars.answer")
def answer(
    sender: Any, inbound: InboundEvent, delivery: Delivery, intent: Intent, now: datetime, **kwargs: Any
) -> Wording | None:
    """Apply a patient's answer to an alarm."""
    return answers.take(delivery, inbound=inbound, intent=intent, now=now)
