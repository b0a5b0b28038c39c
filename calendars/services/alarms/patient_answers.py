"""Apply a patient's yes or no to the event of the message that was answered."""

from datetime import datetime

from django.db import transaction

from accounts.services import audit
from calendars.engine.states import AlarmResult, Reach
from calendars.models import Alarm, Event
from calendars.services import event_edit_routing
from calendars.signals import event_answered
from config.kernel.errors import Conflict
from notifications import channels
from notifications.engine.replies import ReplyIntent
from notifications.engine.wording import Wording
from notifications.models import Delivery, InboundEvent, StaffItem
from notifications.services import staff_items

RESULTS = {ReplyIntent.YES: AlarmResult.CONFIRMED, ReplyIntent.NO: AlarmResult.CANCELLED}
WORDING = {AlarmResult.CONFIRMED: Wording.CONFIRMED, AlarmResult.CANCELLED: Wording.CANCELLED}


@transaction.atomic
def apply_answer(
    delivery: Delivery, *, inbound: InboundEvent | None, intent: ReplyIntent, now: datetime
) -> Wording | None:
    """Apply the answer to an alarm's message, and return what to tell the patient; None when it is no alarm's.

    The same answer again changes nothing and is answered the same; one that comes too late goes to staff.
    """
    owner = Alarm.objects.filter(pk=delivery.origin_id).values_list("event_id", flat=True).first()
    if delivery.origin != "alarm" or owner is None or intent not in RESULTS:
        return None
    event = Event.objects.lock(owner)
    alarm = Alarm.objects.get(pk=delivery.origin_id)
    result = RESULTS[intent]
    if alarm.result == result and _still_holds(result, delivery, event):
        return WORDING[result]
    if event.cancelled_at or event.told_until <= now or _speaks_of_another_time(delivery, event):
        return _pass_on(event, delivery, inbound, intent)
    with audit.acting_as_patient(event.contact_id, through=channels.of(delivery.channel).answered_through):
        if result == AlarmResult.CANCELLED and not _cancel(event, now=now):
            return _pass_on(event, delivery, inbound, intent)
        event_answered.send(Event, event=event, result=result, now=now)
        # Last: what stops other messages locks these before any alarm.
        Alarm.objects.filter(pk=alarm.pk).answer(result)
    return WORDING[result]


def _cancel(event: Event, *, now: datetime) -> bool:
    """Cancel this one event, also where it is the first of a series; False where its owner refuses.

    Deliveries are locked before the alarm is written.
    """
    try:
        with transaction.atomic():
            event_edit_routing.cancel(event, reason="patient_cancelled", now=now, reach=Reach.THIS)
    except Conflict:
        return False
    return True


def _still_holds(result: AlarmResult, delivery: Delivery, event: Event) -> bool:
    """Return whether an answer that was taken before is still the state of things, and may be confirmed again."""
    if result == AlarmResult.CANCELLED:
        return event.cancelled_at is not None
    return event.cancelled_at is None and not _speaks_of_another_time(delivery, event)


def _speaks_of_another_time(delivery: Delivery, event: Event) -> bool:
    told = delivery.values.get("moments", {}).get("start")
    return bool(told) and datetime.fromisoformat(told[0]) != event.start.replace(microsecond=0)


def _pass_on(event: Event, delivery: Delivery, inbound: InboundEvent | None, intent: ReplyIntent) -> Wording:
    why = "cancelled" if event.cancelled_at else "moved"
    staff_items.tell(
        StaffItem.Reason.LATE_REPLY,
        f"{intent.value}_after_{why}",
        key=f"late_reply:{event.pk}:{intent.value}",
        values={"title": event.title[:100]},
        contact=event.contact,
        delivery=delivery,
        inbound=inbound,
    )
    return Wording.PASSED_ON
