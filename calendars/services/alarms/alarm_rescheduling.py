"""Reschedule, copy and cancel the alarms of events with them: when each reminder is due, and what follows a move.

The events are locked by the caller; the rules of due times are those of `engine.alarm_due`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.db import connection

from calendars.engine import time_kinds
from calendars.engine.alarm_due import Due, Notice, due, moved
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus, ClosureEffect, TimeKind
from calendars.models import Alarm, Event
from calendars.services.event_rows import ChildRow
from config.kernel import bulk_sql
from notifications.engine.sending_window import Window
from notifications.models import StaffItem
from notifications.services import outbox, staff_items
from notifications.services.outbox import CancelResult

# Occurrences are made at most so far ahead for the sake of an alarm; what is to be sent still earlier is sent late.
LONGEST_LEAD = timedelta(days=366)
TIMES = ["date_start_notice", "due_at", "useful_until"]
STANDING = [*TIMES, "status", "state", "reason", "result", "revision"]
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
# Why the alarms of an occurrence are cancelled that a closure skipped.
CLOSED = "closed"
# Why an alarm is cancelled that somebody took away alone.
DELETED = "alarm_deleted"

# What a copy has from the alarm of its root, and what it has of its own: the value of each column.
COPIED = (
    "alarm_phonenumber alarm_email daily_start daily_stop advance_notice maxretry retry_delay method survey "
    "mail_template sms_template url_cancel url_confirm phonenumber_transfer phonenumber_sms_failure"
).split()
OWN = {
    "result": "%s",
    "organization": "a.organization_id",
    "event": "c.event_id",
    "parent_alarm": "a.id",
    "date_start_notice": "c.notice",
    "due_at": "c.due_at",
    "useful_until": "c.useful_until",
    "status": "c.status",
    "state": "c.state",
    "reason": "c.reason",
    "num_attempt": "0",
    "plan_step": "a.plan_step",
    "only_unconfirmed": "a.only_unconfirmed",
    "revision": "1",
}

COMPUTED = bulk_sql.computed_once(Alarm, (*OWN, *COPIED))
INSERT = f"""
INSERT INTO calendars_alarm ({bulk_sql.columns(Alarm, (*OWN, *COPIED))}, {", ".join(COMPUTED)})
SELECT {", ".join(OWN.values())}, {bulk_sql.columns(Alarm, COPIED, of="a")}, {", ".join(COMPUTED.values())}
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[],
    %s::text[]) AS c (alarm_id, event_id, notice, due_at, useful_until, status, state, reason)
JOIN calendars_alarm a ON a.id = c.alarm_id
ORDER BY c.event_id, a.id
ON CONFLICT (organization_id, event_id, parent_alarm_id) DO NOTHING
"""  # noqa: S608 # nosec B608


@dataclass(frozen=True)
class AlarmContext:
    """What an alarm needs to know of its event: its start, zones, and the organization's margin."""

    start: datetime
    zone: ZoneInfo
    recipient_zone: ZoneInfo
    margin: int
    days: timedelta = timedelta(0)  # how long an all-day event lasts

    @classmethod
    def of(cls, event: Event) -> "AlarmContext":
        """Read an event; its contact's zone counts for the daily window, else its own."""
        reader, zone = event.contact.time_zone if event.contact else "", ZoneInfo(event.time_zone)
        return cls(
            start=event.start,
            zone=zone,
            recipient_zone=ZoneInfo(reader or event.time_zone),
            margin=event.organization.reminder_margin,
            days=time_kinds.length(event.start, event.end, zone, event.kind) if event.all_day else timedelta(0),
        )

    def at(self, start: datetime) -> "AlarmContext":
        """Return the same around another start."""
        return replace(self, start=start)

    def until(self, start: datetime) -> datetime | None:
        """Return the end of an all-day event that starts then; None for all others."""
        if not self.days:
            return None
        first = time_kinds.local(start, self.zone, TimeKind.DAYS)
        return time_kinds.finish(first, self.days, self.zone, TimeKind.DAYS)


@dataclass(frozen=True)
class AlarmPattern:
    """What the copies of an alarm for the occurrences of its series have in common."""

    alarm: Alarm
    context: AlarmContext
    window: Window
    distance: timedelta  # from start to notice, on the wall clock

    @classmethod
    def of(cls, alarm: Alarm, root: Event) -> "AlarmPattern":
        """Read an alarm of a series."""
        context = AlarmContext.of(root)
        apart = wall(alarm.date_start_notice, context.zone) - wall(context.start, context.zone)
        return cls(alarm, context, Window(alarm.daily_start, alarm.daily_stop, context.recipient_zone), apart)

    def notice(self, start: datetime) -> datetime:
        """Return the notice of an occurrence, moved along with it as `moved_notice` does."""
        return resolve(wall(start, self.context.zone) + self.distance, self.context.zone)

    def due(self, notice: datetime, start: datetime, *, now: datetime) -> Due:
        """Compute when the copy of an occurrence is due."""
        context, lead = self.context, self.alarm.advance_notice
        found = Notice(notice, lead, start, context.zone, self.window, context.margin, context.until(start))
        return due(found, now=now)


def lead_of(event: Event, alarm: Alarm) -> timedelta:
    """Return how long before its event an alarm is wanted."""
    return event.start - alarm.date_start_notice + timedelta(seconds=alarm.advance_notice)


def due_with_notice(alarm: Alarm, context: AlarmContext, *, notice: datetime, now: datetime) -> Due:
    """Compute when an alarm with that notice is due."""
    window, until = Window(alarm.daily_start, alarm.daily_stop, context.recipient_zone), context.until(context.start)
    return due(
        Notice(notice, alarm.advance_notice, context.start, context.zone, window, context.margin, until), now=now
    )


def set_due(alarm: Alarm, context: AlarmContext, *, now: datetime) -> None:
    """Compute the due times of an alarm, and set them; unsaved."""
    found = due_with_notice(alarm, context, notice=alarm.date_start_notice, now=now)
    alarm.due_at, alarm.useful_until = found.at, found.useful_until


def moved_notice(notice: datetime, context: AlarmContext, start: datetime) -> datetime:
    """Return a notice moved along with its event from the context's start to another, on the wall clock."""
    return moved(notice, old=context.start, new=start, zone=context.zone)


def move(moves: Iterable[tuple[Event, datetime]], *, now: datetime) -> None:
    """Move the alarms of events along, given with their old starts; set-based.

    A recipient who was told of the old time is told of the new one, if there is time. Messages that still wait are
    taken back first: deliveries are locked before alarms.
    """
    known = {event.pk: (event, old_start, AlarmContext.of(event)) for event, old_start in moves}
    if not known:
        return
    recall([event for event, _, _ in known.values()], reason="moved")
    alarms = list(Alarm.objects.filter(event__in=known).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        event, old_start, context = known[alarm.event_id]
        alarm.date_start_notice = moved_notice(alarm.date_start_notice, context.at(old_start), event.start)
        set_due(alarm, context, now=now)
        if _is_told_again(alarm, now):
            _plan_again(alarm)
        elif event.start != old_start:
            # An answer is one to the start that was told, and not to another.
            alarm.result = AlarmResult.NO_RESULT
    Alarm.objects.bulk_update(alarms, STANDING)


def refresh(events: Iterable[Event], *, now: datetime) -> None:
    """Take waiting messages back whose recipient or text is outdated, and plan them with what is true now."""
    rows = list(events)
    return_to_waiting(rows, reason="changed")
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
    return_to_waiting([event], reason=reason)
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


def lock_messages(events: Iterable[Event]) -> None:
    """Lock the messages of all events that a change reaches, before any of their alarms, as workers do."""
    outbox.lock("alarm", Alarm.objects.filter(event__in=list(events)).values_list("pk", flat=True))


def recall(events: Iterable[Event], *, reason: str) -> CancelResult:
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
    unsent.stop(reason)


def return_to_waiting(events: Iterable[Event], *, reason: str) -> None:
    """Cancel the messages of events in the outbox, and let their alarms wait again under a new revision."""
    Alarm.objects.filter(pk__in=recall(events, reason=reason).cancelled).wait_again()


def restore(rows: Sequence[Event], *, now: datetime) -> None:
    """Let alarms that `cancel` ended for a closure wait again; those of which nobody was told yet are copied anew."""
    if not rows:
        return
    halted = Alarm.objects.filter(event__in=rows, state=AlarmState.CANCELLED, reason=CLOSED)
    halted.filter(num_attempt=0, revision=1).exclude(parent_alarm=None).delete()
    halted.wait_again()
    again = [
        ChildRow(row.pk, row.parent_event_id, cast(int, row.organization_id), row.start)
        for row in rows
        if row.parent_event_id
    ]
    known = Event.objects.select_related("organization", "contact")
    roots = {root.pk: root for root in known.filter(pk__in={child.root_id for child in again})}
    copy(again, roots=roots, alarms=Alarm.objects.filter(event__in=roots), now=now)


def plan_anew(rows: Sequence[Event], *, now: datetime) -> None:
    """Let alarms that were cancelled with their events wait again, where there is time; no answer holds any more."""
    contexts = {row.pk: AlarmContext.of(row) for row in rows}
    alarms = list(Alarm.objects.filter(event__in=rows).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        set_due(alarm, contexts[alarm.event_id], now=now)
        if alarm.state == AlarmState.CANCELLED and alarm.reason != DELETED and alarm.useful_until > now:
            _plan_again(alarm)
        alarm.result = AlarmResult.NO_RESULT
    Alarm.objects.bulk_update(alarms, STANDING)


def events_acted_on(events: Iterable[Event]) -> set[int]:
    """Return the keys of those events of which somebody was told, or may be any moment."""
    alarms = Alarm.objects.filter(event__in=list(events)).exclude(status=AlarmStatus.PENDING, revision=1)
    return set(alarms.values_list("event_id", flat=True))


def _tell(event: Event, reason: str) -> None:
    code = TOO_LATE.get(reason, "changed_too_late")
    values = {"title": event.title}
    staff_items.tell(StaffItem.Reason.TOO_LATE, code, key=f"too_late:{event.pk}", values=values, contact=event.contact)


def copy(children: Iterable[ChildRow], *, roots: Mapping[int, Event], alarms: Iterable[Alarm], now: datetime) -> None:
    """Give occurrences their copies of the roots' alarms, moved along on the wall clock; one statement for all.

    A copy for an occurrence that had passed before its series was first expanded is skipped without telling anybody.
    """
    patterns: dict[int, list[AlarmPattern]] = {}
    for alarm in alarms:
        if alarm.event_id in roots:
            patterns.setdefault(alarm.event_id, []).append(AlarmPattern.of(alarm, roots[alarm.event_id]))
    rows = [
        _copy(pattern, child, roots[child.root_id], now)
        for child in children
        for pattern in patterns.get(child.root_id, ())
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [AlarmResult.NO_RESULT, *bulk_sql.arrays(rows)])


def hand_over(row: Event, root: Event, following: Sequence[Event], *, now: datetime) -> None:
    """Let the alarms of an occurrence that becomes a root be those that the following ones have copies of."""
    _complete(row, root, now=now)
    own = list(Alarm.objects.filter(event=row).select_for_update(of=("self",)).order_by("pk"))
    for alarm in own:
        copies = Alarm.objects.filter(event__in=following, parent_alarm=alarm.parent_alarm_id)
        copies.exclude(parent_alarm=None).update(parent_alarm=alarm)
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in own]).update(parent_alarm=None)


def _complete(row: Event, root: Event, *, now: datetime) -> None:
    """Give the new root the alarms that somebody took from it alone, ended, for what follows to have them."""
    had = Alarm.objects.filter(event=row).exclude(parent_alarm=None).values("parent_alarm")
    taken = list(Alarm.objects.filter(event=root).exclude(pk__in=had).order_by("pk"))
    child = ChildRow(row.pk, root.pk, cast(int, row.organization_id), row.start)
    copy([child], roots={root.pk: root}, alarms=taken, now=now)
    made = Alarm.objects.filter(event=row, parent_alarm__in=taken)
    made.stop(DELETED)


def _copy(pattern: AlarmPattern, child: ChildRow, root: Event, now: datetime) -> tuple[object, ...]:
    notice = pattern.notice(child.start)
    due = pattern.due(notice, child.start, now=now)
    if child.effect == ClosureEffect.SKIPPED:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.CANCELLED), CLOSED
    elif root.expanded_until is None and due.useful_until <= now:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.SKIPPED), "past"
    else:
        stands = int(AlarmStatus.PENDING), str(AlarmState.PLANNED), ""
    return pattern.alarm.pk, child.pk, notice, due.at, due.useful_until, *stands
