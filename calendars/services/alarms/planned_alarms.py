"""Alarms that follow a plan of the app above: make them, take them back, and stop them where they are of no need.

A step of a plan is known here by its number alone. The events are locked by the caller; messages are locked before
alarms, as everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendars.engine.states import AlarmState, AlarmStatus
from calendars.models import Alarm, Event
from calendars.services.alarms.alarm_rescheduling import TIMES, UNFINISHED, AlarmContext, set_due
from calendars.services.series import expansion
from config.kernel.clock import DatabaseNow
from notifications.services import outbox

# Why an alarm is not sent whose patient has confirmed, or whose time had passed when its event was made.
CONFIRMED = "confirmed"
BOOKED_LATE = "booked_late"
EVENT_CANCELLED = "event_cancelled"
PLAN_CHANGED = "plan_changed"
TIMES_OF_DAY = ("daily_start", "daily_stop")


@dataclass(frozen=True)
class AlarmStep:
    """What a step makes of an event: an alarm so many seconds ahead, with its channel and what it says."""

    event: Event
    number: int
    lead: int
    fields: Mapping[str, Any]
    only_unconfirmed: bool = False


def insert(steps: Sequence[AlarmStep], *, now: datetime) -> None:
    """Give events alarms; one whose time has passed is there and skipped, so that a later time brings it back.

    Those of a series' root are what later occurrences have copies of.
    """
    contexts = {step.event.pk: AlarmContext.of(step.event) for step in steps}
    roots = [step for step in steps if step.event.parent_event_id is None]
    Alarm.objects.bulk_create(_alarm(step, contexts[step.event.pk], None, now) for step in roots)
    if children := [step for step in steps if step.event.parent_event_id is not None]:
        parents = _parents(children)
        Alarm.objects.bulk_create(
            _alarm(step, contexts[step.event.pk], parents.get((step.event.parent_event_id, step.number)), now)
            for step in children
        )
    # A longer lead asks for a farther horizon.
    going_on = {step.event.pk: step.event for step in roots if step.event.is_series}
    if far := [root for root in going_on.values() if not root.paused_at and not root.series_ended]:
        expansion.expand_roots(far, now=now)


def remove_unsent(event_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Delete the alarms of plans that nobody got; return event and step of those that stay."""
    planned = Alarm.objects.filter(event__in=list(event_ids)).exclude(plan_step=None)
    stopped = outbox.cancel("alarm", list(planned.values_list("pk", flat=True)), reason=PLAN_CHANGED)
    unsent = planned.filter(status=AlarmStatus.PENDING) | planned.filter(
        state__in=[AlarmState.CANCELLED, AlarmState.SKIPPED], num_attempt=0
    )
    unsent.exclude(pk__in=stopped.too_late).delete()
    return {(event, step) for event, step in planned.values_list("event_id", "plan_step") if step is not None}


def set_leads(leads: Mapping[int, int], *, now: datetime) -> None:
    """Give waiting alarms, by their numbers, other leads, in seconds."""
    rows = list(Alarm.objects.waiting().filter(pk__in=leads).select_for_update(of=("self",)).order_by("pk"))
    events = Event.objects.select_related("contact", "organization").in_bulk({row.event_id for row in rows})
    for row in rows:
        row.advance_notice = leads[row.pk]
        set_due(row, AlarmContext.of(events[row.event_id]), now=now)
    Alarm.objects.bulk_update(rows, ["advance_notice", *TIMES])


def stop_confirmed(event_ids: Iterable[int]) -> None:
    """Stop the alarms that only unconfirmed events have; what is leaving already, leaves."""
    rows = Alarm.objects.filter(event__in=list(event_ids), only_unconfirmed=True)
    stopped = outbox.cancel("alarm", list(rows.values_list("pk", flat=True)), reason=CONFIRMED)
    rows = rows.filter(status__in=UNFINISHED) | rows.filter(pk__in=stopped.cancelled)
    rows.exclude(pk__in=stopped.too_late).stop(CONFIRMED)


def resume_unconfirmed(event_ids: Iterable[int]) -> None:
    """Let alarms wait again that `stop_confirmed` stopped, as long as they are of use."""
    rows = Alarm.objects.filter(event__in=list(event_ids), state=AlarmState.CANCELLED, reason=CONFIRMED)
    rows.filter(useful_until__gt=DatabaseNow()).wait_again()


def _parents(children: Sequence[AlarmStep]) -> dict[tuple[int | None, int | None], int]:
    """Return the alarms of the roots of occurrences, by root and step."""
    of_roots = Alarm.objects.filter(event__in={step.event.parent_event_id for step in children})
    known = of_roots.exclude(plan_step=None).values_list("event_id", "plan_step", "pk")
    return {(root, number): pk for root, number, pk in known}


def _alarm(step: AlarmStep, context: AlarmContext, parent: int | None, now: datetime) -> Alarm:
    row = Alarm(
        event=step.event,
        date_start_notice=step.event.start,
        advance_notice=step.lead,
        plan_step=step.number,
        only_unconfirmed=step.only_unconfirmed,
        parent_alarm_id=parent,
        **step.fields,
    )
    # As loaded from the database: the defaults of these columns are times of day.
    row.clean_fields(exclude=[field.name for field in Alarm._meta.concrete_fields if field.name not in TIMES_OF_DAY])
    set_due(row, context, now=now)
    if step.event.cancelled_at:
        row.status, row.state, row.reason = AlarmStatus.FAILURE, AlarmState.CANCELLED, EVENT_CANCELLED
    elif row.due_at <= now:
        row.status, row.state, row.reason = AlarmStatus.FAILURE, AlarmState.SKIPPED, BOOKED_LATE
    return row
