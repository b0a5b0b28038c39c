"""Making, changing, pausing and cancelling events; on the root of a series they act on the series."""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from accounts import tenancy
from calendars.engine import closures, event_kinds
from calendars.engine.recurrence.line_edits import dated
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, checked
from calendars.engine.states import Effect, EventStatus, Kind
from calendars.errors import (
    BadData,
    BadRule,
    BadStatus,
    EndBeforeStart,
    EventCancelled,
    KindOfSeries,
    NoChild,
    OutOfRange,
    SeriesOver,
)
from calendars.models import Calendar, CalendarUser, Event
from calendars.services import bulk_sql, calendar_lookup, locking, time_normalisation
from calendars.services import fields as shapes
from calendars.services.alarms import alarm_cancellation, alarm_rescheduling
from calendars.services.closures import closure_evaluation, closure_lock, opening_hours
from calendars.services.fields import EventChange, NewEvent, NewEventFields
from calendars.services.series import expansion, past_occurrences, series_pause, series_rescheduling
from calendars.services.time_normalisation import EventTimes
from calendars.signals import event_cancelled, event_moved
from config.kernel.errors import PunctualError

PLAIN = ("title", "description", "creator", "calendar", "data", "contact", "on_closure")
KIND = ("all_day", "floating")
SERIES = ("start", "end", "time_zone", "rule", "recurrence", "end_recurring_period", *KIND)
PLACED = {*SERIES, "calendar", "on_closure"}
# What a single event is made of; the rest is as the database has it.
COLUMNS = (
    "organization", "calendar", "creator", "title", "description", "start", "end", "time_zone", *KIND, "local_start",
    "recurrence", "recurrence_id", "uid", "data", "status", "notify_count", "occ_count", "closure", "series_ended",
    "series_error", "version",
)  # fmt: skip


@transaction.atomic
def create(
    *,
    calendar: Calendar,
    creator: CalendarUser,
    title: str,
    start: datetime,
    now: datetime,
    **fields: Unpack[NewEventFields],
) -> Event:
    """Make an event, and at once the first children of a series; naive times are wall-clock times of its zone.

    Without an end it takes an hour, or a day; without a zone it has its calendar's, else the clinic's, else the
    organization's, as all-day and floating ones always have.
    """
    event = _new(Event(calendar=calendar, creator=creator), {**fields, "title": title, "start": start})
    hold_against_closures([event])
    event.save()
    if event.is_series:
        if event.closure:
            closure_evaluation.apply(Q(pk=event.pk), now=now, tells=False)
        expansion.grow([locking.lock(event.pk)], now=now)
        event.refresh_from_db()
    return event


@transaction.atomic
def create_many(calendar: Calendar, creator: CalendarUser, given: Iterable[NewEvent]) -> list[Event | PunctualError]:
    """Make events that do not recur, in one statement; where one is refused stands why, and it costs only itself."""
    home = calendar_lookup.zone(calendar, calendar.organization)
    # To copy an empty event takes a fifth of what it takes to make one.
    empty = Event(calendar=calendar, creator=creator)
    found = [_tried(copy(empty), fields, home) for fields in given]
    made = [event for event in found if isinstance(event, Event)]
    hold_against_closures(made)
    bulk_sql.insert(made, COLUMNS)
    return found


def hold_against_closures(rows: Sequence[Event]) -> None:
    """Mark new events, unsaved, that stand on closed days or outside the opening hours."""
    closure_lock.share({tenancy.current()})
    open_at = opening_hours.of(rows)
    for event in rows:
        span = event.start, event.end
        event.closure = closures.met(open_at[event.calendar_id], event.kind, span, ZoneInfo(event.time_zone))


@locking.of_row
def change(event: Event, *, now: datetime, whole_series: bool = True, **fields: Unpack[EventChange]) -> Event:
    """Change an event: its alarms move along; messages for the old time are taken back; a series follows its root.

    Without `whole_series` a root changes alone, as its children do.
    """
    shapes.check(fields, EventChange)
    row = locking.lock(event.pk)
    if row.is_called_off:
        raise EventCancelled
    status = fields.pop("status", row.status)
    was_series = row.is_series
    if was_series and whole_series:
        alarm_cancellation.lock(locking.lock_family(row))
    is_lifted = _lift(row, fields, whole_series=whole_series, now=now)
    old = {name: getattr(row, name) for name in (*PLAIN, *SERIES)}
    before = series_rescheduling.SeriesSnapshot.of(row) if was_series and whole_series else None
    if before is None and (row.parent_event_id or was_series):
        _keep_kind(fields, old)
    changed = _rewrite(row, fields, old=old, before=before)
    _follow(row, changed, old=old, now=now, hands_down=whole_series)
    if whole_series and (was_series or row.is_series) and changed & set(SERIES):
        _renew(row, before, now=now)
    if changed & PLACED:
        family = Q(pk=row.pk) | Q(parent_event=row) if whole_series else Q(pk=row.pk)
        closure_evaluation.apply(family, now=now, tells=row.is_series)
    if is_lifted:
        closure_evaluation.rejudge(row, now=now)
    _set_status(row, status, now=now)
    event.refresh_from_db()
    return event


@locking.of_row
def cancel(event: Event, *, reason: str, now: datetime, whole_series: bool = True) -> None:
    """Let an event not take place, and stop its alarms; of a root also the series, unless told otherwise.

    What has been of a series stays, its root too; raises `SeriesOver` where nothing is to come.
    """
    root = locking.lock(event.pk)
    has_been = root.is_series and whole_series and root.end <= now
    rows = [] if root.cancelled_at or has_been else [root]
    if root.is_series and whole_series:
        rows += [child for child in locking.lock_family(root)[1:] if child.end > now and not child.cancelled_at]
        past_occurrences.end(root, now=now)
    ids = [row.pk for row in rows]
    Event.objects.filter(pk__in=ids).update(cancelled_at=now, version=F("version") + 1)
    # What a closure skipped stays cancelled now, whatever becomes of the closure.
    skipped = Q(pk=root.pk) | Q(parent_event=root) if root.is_series and whole_series else Q(pk=root.pk)
    Event.objects.filter(skipped, closure_effect=Effect.SKIPPED).update(closure_effect="")
    alarm_cancellation.cancel(rows, reason="event_cancelled")
    for row in rows:
        row.cancelled_at = now
        event_cancelled.send(Event, event=row, reason=reason)
    event.refresh_from_db()


@locking.of_row
def pause(event: Event, *, now: datetime) -> None:
    """Hold an event's alarms back; of a root the whole series', and make no more children meanwhile."""
    row = locking.lock(event.pk)
    if row.is_called_off:
        raise EventCancelled
    if row.is_series and past_occurrences.is_over(row, now):
        raise SeriesOver
    series_pause.show(row, EventStatus.PAUSED)
    if row.is_series:
        series_pause.pause_series(row, now=now)
    else:
        alarm_cancellation.hold([row], reason="paused")
    event.refresh_from_db()


@locking.of_row
def resume(event: Event, *, now: datetime) -> None:
    """Go on with a paused event or series; what passed meanwhile is neither made nor sent."""
    row = locking.lock(event.pk)
    series_pause.show(row, EventStatus.PENDING)
    if row.is_series:
        series_pause.resume_series(row, now=now)
    else:
        series_pause.drop_missed([row], now=now)
    event.refresh_from_db()


@locking.of_row
def set_last_child_status(root: Event, *, status: int, now: datetime) -> Event:
    """Set the status of the newest child, and return it: 3 pauses the series, 1 resumes it.

    The older interface's `update_last_child_status`; raises `BadStatus` and `NoChild`.
    """
    if status not in tuple(EventStatus):
        raise BadStatus(field="status")
    row = locking.lock(root.pk)
    newest = row.children.order_by("-created_on", "-pk").first()
    if newest is None:
        raise NoChild
    if status == EventStatus.PAUSED:
        series_pause.pause_series(row, now=now)
    elif status == EventStatus.PENDING:
        series_pause.resume_series(row, now=now)
    Event.objects.filter(pk=newest.pk).update(status=status)
    newest.refresh_from_db()
    return newest


@locking.of_row
def delete(event: Event, *, now: datetime) -> None:
    """Remove an event (a root with its children) and take its messages back; a child does not come again."""
    if event.parent_event_id:
        locking.lock(event.parent_event_id)
    row = locking.lock(event.pk)
    alarm_cancellation.recall(
        [row, *row.children.select_for_update(of=("self",)).order_by("pk")], reason="event_deleted"
    )
    if row.parent_event_id:
        root = Event.objects.get(pk=row.parent_event_id)
        line = dated("EXDATE", [datetime.fromisoformat(row.recurrence_id)], root.kind)
        recurrence = f"{root.recurrence}\n{line}".strip()
        Event.objects.filter(pk=root.pk).update(recurrence=recurrence, version=F("version") + 1)
    row.delete()


def _new(event: Event, fields: NewEvent, home: str = "") -> Event:
    """Fill an event; `home` is the zone of its calendar where that is known already."""
    shapes.check(fields, NewEvent)
    zone = fields.get("time_zone") or home or calendar_lookup.zone(event.calendar, event.calendar.organization)
    time_normalisation.settle(event, {**fields, "time_zone": zone}, home=home)
    _check(event)
    return event


def _tried(event: Event, fields: NewEvent, home: str) -> Event | PunctualError:
    try:
        return _new(event, fields, home)
    except PunctualError as error:
        return error


def _lift(row: Event, fields: EventChange, *, whole_series: bool, now: datetime) -> bool:
    """Undo what a closure did to an event that is given other times; say whether there was anything to undo.

    One that was moved stays where it is, unless its whole series is given other times.
    """
    stays = row.closure_effect == Effect.MOVED and not (row.is_series and whole_series)
    if not row.closure_effect or stays or not _are_news(row, fields):
        return False
    closure_evaluation.lift(row, now=now)
    return True


def _are_news(row: Event, fields: Mapping[str, Any]) -> bool:
    """Say whether fields give an event other times than those from which a closure took it."""
    own = closure_evaluation.original(row)
    stands = {name: getattr(row, name) for name in SERIES} | {"start": own.start, "end": own.end}
    for name in ("start", "end"):
        if fields.get(name) and fields[name].tzinfo is None:
            stands[name] = event_kinds.local(stands[name], ZoneInfo(row.time_zone), row.kind)
    return any(fields[name] != stands[name] for name in stands if name in fields)


def _rewrite(
    row: Event, fields: Mapping[str, Any], *, old: dict[str, Any], before: series_rescheduling.SeriesSnapshot | None
) -> set[str]:
    """Put new values into a locked event and save it; return the names of those that are others than the `old` ones."""
    was_series, stood = row.is_series, EventTimes.of(row)
    time_normalisation.settle(row, fields, stood)
    if before and (row.start, row.kind) != (old["start"], stood.kind):
        series_rescheduling.take_along(row, before, keeps_rule="recurrence" not in fields and "rule" not in fields)
    elif was_series and not before and row.start != old["start"]:
        row.recurrence = alarm_rescheduling.anchored(row, stood.start)
    _check(row)
    if (row.start, row.end) != (old["start"], old["end"]):
        row.closure_effect = ""
    row.version += 1
    if row.time_zone != old["time_zone"] and row.kind != Kind.TIMED:
        with locking.same_wall_time():
            row.save()
    else:
        row.save()
    return {name for name, value in old.items() if getattr(row, name) != value}


def _keep_kind(fields: Mapping[str, Any], old: dict[str, Any]) -> None:
    for name in KIND:
        if fields.get(name, old[name]) != old[name]:
            raise KindOfSeries(field=name)


def _renew(row: Event, before: series_rescheduling.SeriesSnapshot | None, *, now: datetime) -> None:
    """Let the occurrences of a changed series follow it; `before` is how it went, if it was one."""
    if before:
        closure_evaluation.release(row, before.recurrence, before.root, now=now)
        series_rescheduling.rekey(row, before, now=now)
    alarm_rescheduling.renew(row, now=now)


def _check(event: Event) -> None:
    for name in ("start", "end"):
        if getattr(event, name).year not in YEARS:
            raise OutOfRange(field=name)
    if event.end <= event.start:
        raise EndBeforeStart(field="end")
    _check_data(event.data)
    if event.is_series:
        try:
            if event.kind != Kind.TIMED:
                event.recurrence = series_rescheduling.text_of(event).unzoned()
            _check_start(checked(expansion.read(event)))
        except BadRule as error:
            raise BadRule(error.message, field="recurrence" if event.recurrence else "rule") from error


def _check_data(data: Any) -> None:
    if data is not None and (not isinstance(data, dict) or r"\u0000" in json.dumps(data)):
        raise BadData(field="data")


def _check_start(recurrence: RecurrenceSet) -> None:
    if recurrence.root in recurrence.excluded or recurrence.root.date() in recurrence.excluded_days:
        raise BadRule("EXDATE takes the start itself away; let the series begin with its next occurrence.")


def _follow(row: Event, changed: set[str], *, old: dict[str, Any], now: datetime, hands_down: bool) -> None:
    if changed & {"start", "end", *KIND}:
        event_moved.send(Event, event=row)
    if changed & {"start", "end", "time_zone", *KIND}:
        alarm_rescheduling.move(row, old_start=old["start"], now=now)
    elif changed & {"contact", "data", "title", "creator"}:
        alarm_rescheduling.refresh([row], now=now)
    if hands_down and row.is_series and changed & set(PLAIN):
        alarm_rescheduling.hand_down(row, {name: old[name] for name in changed & set(PLAIN)}, now=now)


def _set_status(row: Event, status: int | None, *, now: datetime) -> None:
    if status == row.status:
        return
    if status not in tuple(EventStatus):
        raise BadStatus(field="status")
    if status == EventStatus.PAUSED:
        pause(row, now=now)
    elif row.status == EventStatus.PAUSED:
        resume(row, now=now)
    Event.objects.filter(pk=row.pk).update(status=status)
