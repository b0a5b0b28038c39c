"""Create, change, cancel and delete events; on the root of a series these act on the series.

`series_edits` says how far an edit of a series reaches, and entry points call it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import tenancy
from calendars.engine import closure_decision, series_plan, time_kinds
from calendars.engine.recurrence.line_edits import dates_line
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.series_plan import IDENTITY, Series
from calendars.engine.states import ClosureEffect, EventStatus, TimeKind
from calendars.errors import (
    BadData,
    BadRule,
    BadStatus,
    EndBeforeStart,
    EventCancelled,
    KindOfSeries,
    OutOfRange,
    SeriesOver,
)
from calendars.models import Calendar, CalendarUser, Event
from calendars.services import event_pause, event_rows, event_times
from calendars.services.alarms import event_reminders
from calendars.services.closures import closure_effects
from calendars.services.event_times import EventTimes
from calendars.services.field_types import EventChange, NewEvent, NewEventFields
from calendars.services.series import expansion
from calendars.signals import event_cancelled, event_moved, events_renamed
from config.kernel import shapes
from config.kernel.errors import PunctualError

PLAIN = ("title", "description", "creator", "calendar", "data", "contact", "on_closure", "private")
KIND = ("all_day", "floating")
SERIES = ("start", "end", "time_zone", "rule", "recurrence", "end_recurring_period", *KIND)
PLACED = {*SERIES, "calendar", "on_closure"}
TIMES = {"start", "end", "time_zone", *KIND}
# What the messages of an event say, and to whom.
TOLD = {"contact", "data", "title", "creator"}


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
    """Create an event, and at once the first children of a series; naive times are wall-clock times of its zone.

    Without an end it takes an hour, or a day; without a zone it has its calendar's, else the clinic's, else the
    organization's, as all-day and floating ones always have. A series by a named rule ends a month after its start,
    unless another end or, by None, no end is given; recurrence lines say themselves when they end. Raises `BadData`,
    `BadRule`, `BadZone`, `EndBeforeStart`, `NoDay`, `OneKind`, `OutOfRange` and `ZoneOfCalendar`, and `TypeError` for
    unknown fields.
    """
    if fields.get("rule") and not fields.get("recurrence"):
        fields.setdefault("end_recurring_period", month_after(start))
    event = _new(Event(calendar=calendar, creator=creator), {**fields, "title": title, "start": start})
    mark_closed([event])
    event_rows.insert(event)
    _begin_series([event], now=now)
    return event


def month_after(start: datetime) -> datetime:
    """Return when a series by a named rule ends of which nothing else is said, as in the older interface."""
    return start + relativedelta(months=1)


@transaction.atomic
def create_many(
    calendar: Calendar, creator: CalendarUser, given: Iterable[NewEvent], *, now: datetime
) -> list[Event | PunctualError]:
    """Create events and series by lines, each of both in one statement; see `create`.

    Where one is refused stands why, and it costs only itself.
    """
    zone = event_times.zone_of(calendar)
    # To copy an empty event takes a fifth of what it takes to make one.
    empty = Event(calendar=calendar, creator=creator)
    found = [_tried(copy(empty), fields, zone) for fields in given]
    made = [event for event in found if isinstance(event, Event)]
    mark_closed(made)
    event_rows.insert_single(made)
    _begin_series(made, now=now)
    return found


def _begin_series(rows: Iterable[Event], *, now: datetime) -> None:
    """Make the first children of the new series among some events."""
    roots = [row for row in rows if row.is_series]
    if closed := [root.pk for root in roots if root.closure]:
        closure_effects.evaluate(Q(pk__in=closed), now=now, tells=False)
        for root in roots:
            root.refresh_from_db()
    expansion.expand_roots(roots, now=now)


def mark_closed(rows: Sequence[Event]) -> None:
    """Mark new events, unsaved, on closed days or outside the opening hours."""
    closure_effects.lock_shared({tenancy.current()})
    open_at = closure_effects.opening_times(rows)
    for event in rows:
        span = event.start, event.end
        event.closure = closure_decision.closure_met(
            open_at[event.calendar_id], event.kind, span, ZoneInfo(event.time_zone)
        )


@tenancy.of_row
def change(event: Event, *, now: datetime, whole_series: bool = True, **fields: Unpack[EventChange]) -> Event:
    """Change an event: its alarms move along; messages for the old time are taken back; a series follows its root.

    Without `whole_series` a root changes alone, as its children do. Raises `EventCancelled`, `KindOfSeries`,
    `RuleNamesDays` and `BadStatus` besides what `create` raises, and `TypeError` for unknown fields.
    """
    shapes.check(fields, EventChange)
    row = Event.objects.lock(event.pk)
    if row.is_called_off:
        raise EventCancelled
    status = fields.pop("status", row.status)
    was_series = row.is_series
    if was_series and whole_series:
        event_reminders.lock_messages(Event.objects.lock_family(row))
    is_lifted = _lift(row, fields, whole_series=whole_series, now=now)
    old = {name: getattr(row, name) for name in (*PLAIN, *SERIES)}
    _end_of_rule(row, fields)
    before = event_times.snapshot(row) if was_series and whole_series else None
    if before is None and (row.parent_event_id or was_series):
        _keep_kind(fields, old)
    changed = _rewrite(row, fields, old=old, before=before)
    if changed & {"start", "end", *KIND}:
        event_moved.send(Event, event=row)
    if "title" in changed:
        events_renamed.send(Event, event_ids=[row.pk])
    _update_messages(row, changed, old=old, now=now, whole_series=whole_series)
    is_rescheduled = whole_series and (was_series or row.is_series) and bool(changed & set(SERIES))
    moved = [(row, old["start"])] if changed & TIMES else []
    if before and is_rescheduled:
        moved += _move_children(row, before, now=now)
    event_reminders.move(moved, now=now)
    if is_rescheduled:
        _renew_children(row, now=now)
    if changed & PLACED:
        family = Q(pk=row.pk) | Q(parent_event=row) if whole_series else Q(pk=row.pk)
        closure_effects.evaluate(family, now=now, tells=row.is_series)
    if is_lifted:
        closure_effects.evaluate_row(row, now=now)
    _set_status(row, status, now=now)
    event.refresh_from_db()
    return event


@tenancy.of_row
def cancel(event: Event, *, reason: str, now: datetime, whole_series: bool = True) -> None:
    """Cancel an event, and stop its alarms; of a root also the series, unless told otherwise.

    What has been of a series stays, its root too; raises `SeriesOver` where nothing is to come.
    """
    root = Event.objects.lock(event.pk)
    has_been = root.is_series and whole_series and root.end <= now
    rows = [] if root.cancelled_at or has_been else [root]
    if root.is_series and whole_series:
        rows += [child for child in Event.objects.lock_family(root)[1:] if child.end > now and not child.cancelled_at]
        _end_series(root, now=now)
    event_rows.cancel(rows, now=now)
    family = Q(pk=root.pk) | Q(parent_event=root) if root.is_series and whole_series else Q(pk=root.pk)
    event_rows.keep_cancelled(family)
    event_reminders.cancel(rows, reason="event_cancelled")
    for row in rows:
        event_cancelled.send(Event, event=row, reason=reason)
    event.refresh_from_db()


@tenancy.of_row
def delete(event: Event, *, now: datetime) -> None:
    """Delete an event (a root with its children) and take its messages back; a child does not come again."""
    if event.parent_event_id:
        Event.objects.lock(event.parent_event_id)
    row = Event.objects.lock(event.pk)
    event_reminders.recall([row, *row.children.select_for_update(of=("self",)).order_by("pk")], reason="event_deleted")
    if row.parent_event_id:
        root = Event.objects.get(pk=row.parent_event_id)
        event_rows.exclude(root, dates_line("EXDATE", [datetime.fromisoformat(row.recurrence_id)], root.kind))
    event_rows.delete([row])


def _new(event: Event, fields: NewEvent, calendar_zone: str = "") -> Event:
    """Fill an event; `calendar_zone` is its calendar's where that is known already."""
    shapes.check(fields, NewEvent)
    zone = fields.get("time_zone") or calendar_zone or event_times.zone_of(event.calendar)
    event_times.apply_fields(event, {**fields, "time_zone": zone}, calendar_zone=calendar_zone)
    _check(event)
    return event


def _tried(event: Event, fields: NewEvent, calendar_zone: str) -> Event | PunctualError:
    try:
        return _new(event, fields, calendar_zone)
    except PunctualError as error:
        return error


def _lift(row: Event, fields: EventChange, *, whole_series: bool, now: datetime) -> bool:
    """Undo what a closure did to an event that is given other times; say whether there was anything to undo.

    One that was moved stays where it is, unless its whole series is given other times.
    """
    stays = row.closure_effect == ClosureEffect.MOVED and not (row.is_series and whole_series)
    if not row.closure_effect or stays or not _has_other_times(row, fields):
        return False
    closure_effects.undo(row, now=now)
    return True


def _has_other_times(row: Event, fields: Mapping[str, Any]) -> bool:
    """Return whether fields give an event other times than those from which a closure took it."""
    own = closure_effects.times_by_rule(row)
    stands = {name: getattr(row, name) for name in SERIES} | {"start": own.start, "end": own.end}
    for name in ("start", "end"):
        if fields.get(name) and fields[name].tzinfo is None:
            stands[name] = time_kinds.local(stands[name], ZoneInfo(row.time_zone), row.kind)
    return any(fields[name] != stands[name] for name in stands if name in fields)


def _rewrite(row: Event, fields: Mapping[str, Any], *, old: dict[str, Any], before: Series | None) -> set[str]:
    """Put new values into a locked event and save it; return the names of those that are others than the `old` ones."""
    was_series, times = row.is_series, EventTimes.of(row)
    event_times.apply_fields(row, fields, times)
    if before and (row.start, row.kind) != (old["start"], times.kind):
        if "recurrence" not in fields and "rule" not in fields:
            moved = series_plan.move(before, event_times.snapshot(row))
            row.recurrence, row.rule = moved.lines, row.rule if moved.frequency else None
            if "end_recurring_period" not in fields:
                row.end_recurring_period = moved.last
    elif was_series and not before and row.start != old["start"]:
        row.recurrence = series_plan.anchored(row.recurrence, times.start, row.kind)
    _check(row)
    if (row.start, row.end) != (old["start"], old["end"]):
        row.closure_effect = ""
    event_rows.save(row, keeps_wall_time=row.time_zone != old["time_zone"] and row.kind != TimeKind.TIMED)
    return {name for name, value in old.items() if getattr(row, name) != value}


def _end_of_rule(row: Event, fields: EventChange) -> None:
    """Let an event that becomes a series by a named rule end as a new one does."""
    if fields.get("rule") and not (row.is_series or row.parent_event_id or row.end_recurring_period):
        fields.setdefault("end_recurring_period", month_after(fields.get("start", row.start)))


def _keep_kind(fields: Mapping[str, Any], old: dict[str, Any]) -> None:
    for name in KIND:
        if fields.get(name, old[name]) != old[name]:
            raise KindOfSeries(field=name)


def _update_messages(row: Event, changed: set[str], *, old: dict[str, Any], now: datetime, whole_series: bool) -> None:
    """Let waiting messages say what is new; the future children of a root take its texts and people over, too."""
    outdated = [row] if changed & TOLD and not changed & TIMES else []
    texts = changed & set(PLAIN)
    if whole_series and row.is_series and texts:
        outdated += _copy_texts(row, {name: old[name] for name in texts}, now=now)
    if outdated:
        event_reminders.refresh(outdated, now=now)


def _copy_texts(root: Event, old: Mapping[str, Any], *, now: datetime) -> list[Event]:
    """Give changed texts and people of a root to its future children; what differed from the root's stays."""
    # Those that a closure skips are among them, for they may take place after all.
    children = _locked(root.children.closable(now).filter(start__gt=now))
    for child in children:
        for name, value in old.items():
            if getattr(child, name) == value:
                setattr(child, name, getattr(root, name))
    event_rows.update_texts(children, old)
    if "title" in old:
        events_renamed.send(Event, event_ids=[child.pk for child in children])
    return [child for child in children if child.cancelled_at is None]


def _move_children(root: Event, before: Series, *, now: datetime) -> list[tuple[Event, datetime]]:
    """Move the children to come of a changed root; return those that take place, each with its old start."""
    closure_effects.undo_for_series(root, before, now=now)
    after, here = event_times.snapshot(root), wall(now, before.zone).strftime(IDENTITY)
    children = {
        child.pk: child for child in _locked(root.children.filter(Q(recurrence_id__gt=here) | Q(start__gt=now)))
    }
    taken: set[str] = set()
    if after.recurrence.root != before.recurrence.root:
        taken.update(root.children.exclude(pk__in=children).values_list("recurrence_id", flat=True))
    moves = series_plan.reschedule(before, after, list(map(event_times.child_times, children.values())), taken)
    names = {move.pk: move.identity.strftime(IDENTITY) for move in moves}
    event_rows.rename(root, {pk: name for pk, name in names.items() if children[pk].recurrence_id != name})
    moved = []
    for move in moves:
        if move.times:
            child = children[move.pk]
            moved.append((child, child.start))
            local, child.start, child.end = move.times
            child.local_start = local.strftime(IDENTITY)
            child.time_zone, child.all_day, child.floating = root.time_zone, root.all_day, root.floating
    event_rows.retime([child for child, _ in moved])
    for child, _ in moved:
        event_moved.send(Event, event=child)
    return [(child, old_start) for child, old_start in moved if child.cancelled_at is None]


def _renew_children(root: Event, *, now: datetime) -> None:
    """Remove future children that no longer belong to a changed series, and make missing ones.

    A child of which somebody was told already stays as a cancelled row.
    """
    series = event_times.snapshot(root)
    future = _locked(root.children.filter(start__gt=now, cancelled_at=None))
    gone = set(series_plan.dropped(series, list(map(event_times.child_times, future))))
    acted = event_reminders.events_acted_on(child for child in future if child.pk in gone)
    event_rows.delete(child for child in future if child.pk in gone - acted)
    _cancel_children([child for child in future if child.pk in acted], now)
    event_rows.expand_again(root, since=max(now, resolve(series.recurrence.root, series.zone)))
    root.refresh_from_db()
    if root.is_series and not root.paused_at:
        expansion.expand_roots([root], now=now)


def _cancel_children(children: list[Event], now: datetime) -> None:
    event_rows.cancel(children, now=now)
    event_reminders.cancel(children, reason="series_changed")
    for child in children:
        event_cancelled.send(Event, event=child, reason="series_changed")


def _end_series(root: Event, *, now: datetime) -> None:
    """Make no more of a locked series; one whose root has been ends before its next occurrence, or is `SeriesOver`."""
    if root.end > now or root.cancelled_at:
        return event_rows.end_series(root)
    try:
        series = event_times.snapshot(root)
        following = series.next_start(now)
        ending = series_plan.end(series, following) if following else None
    except (BadRule, *event_times.UNREADABLE):
        return event_rows.end_series(root)
    if ending:
        event_rows.end_series(root, ending)
    elif not root.children.filter(end__gt=now).exists():
        raise SeriesOver
    return None


def _locked(rows: QuerySet[Event]) -> list[Event]:
    known = rows.select_related("organization", "contact")
    return list(known.select_for_update(of=("self",)).order_by("pk"))


def _check(event: Event) -> None:
    for name in ("start", "end"):
        if getattr(event, name).year not in YEARS:
            raise OutOfRange(field=name)
    if event.end <= event.start:
        raise EndBeforeStart(field="end")
    _check_data(event.data)
    if event.is_series:
        event_times.check_recurrence(event)


def _check_data(data: Any) -> None:
    if data is not None and (not isinstance(data, dict) or r"\u0000" in json.dumps(data)):
        raise BadData(field="data")


def _set_status(row: Event, status: int | None, *, now: datetime) -> None:
    if status == row.status:
        return
    if status not in tuple(EventStatus):
        raise BadStatus(field="status")
    if status == EventStatus.PAUSED:
        event_pause.pause(row, now=now)
    elif row.status == EventStatus.PAUSED:
        event_pause.resume(row, now=now)
    event_rows.set_status(row.pk, status)
