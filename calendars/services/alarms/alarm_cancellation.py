"""Cancel the alarms of events, or return them to waiting; their events are locked by the caller."""

from collections.abc import Iterable

from django.db.models import F

from calendars.engine.states import AlarmState, AlarmStatus
from calendars.models import Alarm, Event
from notifications.models import StaffItem
from notifications.services import outbox, staff_items
from notifications.services.outbox import Stopped

UNFINISHED = (AlarmStatus.PENDING, AlarmStatus.IN_PROCESS, AlarmStatus.RETRY)
# What staff is told of a message that had left, by the reason for which it was to be stopped.
TOO_LATE = {
    "cancelled": "cancelled_too_late",
    "event_cancelled": "cancelled_too_late",
    "cancelled_by_staff": "cancelled_too_late",
    "cancelled_in_file": "cancelled_too_late",
    "patient_cancelled": "patient_cancelled_too_late",
    "deleted": "deleted_too_late",
    "event_deleted": "deleted_too_late",
    "moved": "moved_too_late",
    "paused": "paused_too_late",
}


def lock_messages(events: Iterable[Event]) -> None:
    """Lock the messages of all events that a change reaches, before any of their alarms, as workers do."""
    outbox.lock("alarm", Alarm.objects.filter(event__in=list(events)).values_list("pk", flat=True))


def recall(events: Iterable[Event], *, reason: str) -> Stopped:
    """Cancel the messages of events in the outbox; tell staff of those that are leaving already."""
    rows = {event.pk: event for event in events}
    owners = dict(Alarm.objects.filter(event__in=rows).values_list("pk", "event_id"))
    stopped = outbox.cancel("alarm", owners, reason=reason)
    for event_id in sorted({owners[alarm_id] for alarm_id in stopped.too_late}):
        _tell(rows[event_id], reason)
    return stopped


def cancel(events: Iterable[Event], *, reason: str) -> None:
    """Cancel the unsent alarms of events; one whose message is leaving already gets that message's state."""
    rows = list(events)
    stopped = recall(rows, reason=reason)
    unsent = Alarm.objects.filter(event__in=rows, status__in=UNFINISHED).exclude(pk__in=stopped.too_late)
    unsent.update(status=AlarmStatus.FAILURE, state=AlarmState.CANCELLED, reason=reason)


def return_to_waiting(events: Iterable[Event], *, reason: str) -> None:
    """Cancel the messages of events in the outbox, and let their alarms wait again under a new revision."""
    set_waiting(recall(events, reason=reason).cancelled)


def set_waiting(alarm_ids: Iterable[int]) -> None:
    """Let alarms wait for their time again; a new revision gives them a new message."""
    Alarm.objects.filter(pk__in=list(alarm_ids)).update(
        status=AlarmStatus.PENDING, state=AlarmState.PLANNED, reason="", revision=F("revision") + 1
    )


def events_acted_on(events: Iterable[Event]) -> set[int]:
    """Return the keys of those events of which somebody was told, or may be any moment."""
    alarms = Alarm.objects.filter(event__in=list(events)).exclude(status=AlarmStatus.PENDING, revision=1)
    return set(alarms.values_list("event_id", flat=True))


def _tell(event: Event, reason: str) -> None:
    code = TOO_LATE.get(reason, "changed_too_late")
    values = {"title": event.title}
    staff_items.tell(StaffItem.Kind.TOO_LATE, code, key=f"too_late:{event.pk}", values=values, contact=event.contact)
