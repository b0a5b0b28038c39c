"""Create, change, cancel and delete events; on the root of a series these act on the series.

`series_edits` says how far an edit of a series reaches, and entry points call it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q
from django.db.models.base import ModelState

from accounts import tenancy
from calendars.engine import closure_decision, series_plan, time_kinds
from calendars.engine.recurrence.line_edits import dates_line
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.series_plan import Edited, Series
from calendars.engine.states import ClosureEffect, EventStatus, TimeKind
from calendars.errors import (
    UNREADABLE,
    BadStatus,
    EventCancelled,
    KindOfSeries,
    OutOfRange,
    RuleOfSeries,
    SeriesOver,
)
from calendars.models import Calendar, CalendarUser, Event
from calendars.models.series_fields import FIELDS
from calendars.services import event_external_ids, event_pause, event_rows, event_texts, event_times
from calendars.services.alarms import alarm_rescheduling
from calendars.services.closures import closure_effects
from calendars.services.event_times import EventTimes
from calendars.services.field_types import EventChange, NewEvent, NewEventFields
from calendars.services.series import expansion, series_root
from calendars.signals import event_cancelled, event_moved
from config.kernel import shapes
from config.kernel.errors import PunctualError

PLAIN = ("title", "description", "creator", "calendar", "data", "contact", "on_closure", "private")
KIND = ("all_day", "floating")
SERIES = ("start", "end", "time_zone", "rule", "recurrence", "end_recurring_period", *KIND)
PLACED = {*SERIES, "calendar", "on_closure"}
TIMES = {"start", "end", "time_zone", *KIND}


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
    `BadRule`, `BadZone`, `EndBeforeStart`, `ExternalIdTaken`, `NoDay`, `OneKind`, `OutOfRange` and `ZoneOfCalendar`,
    and `TypeError` for unknown fields.
    """
    event_external_ids.check_free(fields.get("external_id", ""))
    event = plan(calendar, creator, {**fields, "title": title, "start": start})
    mark_closed([event])
    event_rows.insert(event)
    begin_series([event], now=now)
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
    empty = Event(calendar=calendar, creator=creator)
    found = [_tried(_copy(empty), fields, zone) for fields in given]
    made = [event for event in found if isinstance(event, Event)]
    insert(made)
    begin_series(made, now=now)
    return found


def plan(calendar: Calendar, creator: CalendarUser, fields: NewEvent, *, calendar_zone: str = "") -> Event:
    """Return the event that `create` would save; raises what `create` does."""
    if fields.get("rule") and not fields.get("recurrence"):
        fields.setdefault("end_recurring_period", month_after(fields["start"]))
    return _new(Event(calendar=calendar, creator=creator), fields, calendar_zone)


def insert(rows: Sequence[Event]) -> None:
    """Write planned events, in one statement; `begin_series` makes the first children of the series among them."""
    mark_closed(rows)
    event_rows.insert_single(rows)


def begin_series(rows: Iterable[Event], *, now: datetime) -> None:
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
        opening, span = open_at[event.calendar_id], (event.start, event.end)
        if not opening.is_always_open:
            event.closure = closure_decision.closure_met(opening, event.kind, span, ZoneInfo(event.time_zone))


@tenancy.of_row
def change(
    event: Event,
    *,
    now: datetime,
    whole_series: bool = True,
    edited: int | None = None,
    **fields: Unpack[EventChange],
) -> Event:
    """Change an event: its alarms move along; messages for the old time are taken back; a series follows its root.

    Without `whole_series` a root changes alone, as its children do. With `edited`, the key of an occurrence, the fields
    are what `series_root.said_of_series` made of an edit of that one, else they are the root's own. Raises
    `EventCancelled`, `KindOfSeries`, `RuleOfSeries`, `RuleNamesDays` and `BadStatus` besides what `create` raises, and
    `TypeError` for unknown fields.
    """
    shapes.check(fields, EventChange)
    row = Event.objects.lock(event.pk)
    _refuse_cancelled(row, whole_series=whole_series, now=now)
    status = fields.pop("status", row.status)
    if whole_series and row.is_series:
        alarm_rescheduling.lock_messages(Event.objects.lock_family(row))
        if edited is None:
            fields, edited = series_root.said_of_root(row, fields), row.pk
    is_lifted = _lift(row, fields, whole_series=whole_series, now=now)
    _end_of_rule(row, fields)
    edit = Edited(edited or row.pk, is_moved="start" in fields, is_longer="end" in fields)
    changed = _apply(row, fields, edit, whole_series=whole_series, now=now)
    _evaluate_closures(row, changed, whole_series=whole_series, is_lifted=is_lifted, now=now)
    _set_status(row, status, whole_series=whole_series, now=now)
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
    alarm_rescheduling.cancel(rows, reason="event_cancelled")
    for row in rows:
        event_cancelled.send(Event, event=row, reason=reason)
    event.refresh_from_db()


def reopen(root: Event, *, now: datetime) -> None:
    """Let a locked series that was called off go on."""
    root.reopen()
    event_rows.save(root, fields=["recurrence", "end_recurring_period", "series_ended", "series_fields"])
    expansion.make_missing(root, now=now)


@tenancy.of_row
def delete(event: Event, *, now: datetime) -> None:
    """Delete an event (a root with its children) and take its messages back; a child does not come again."""
    if event.parent_event_id:
        Event.objects.lock(event.parent_event_id)
    row = Event.objects.lock(event.pk)
    alarm_rescheduling.recall(
        [row, *row.children.select_for_update(of=("self",)).order_by("pk")], reason="event_deleted"
    )
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


def _copy(empty: Event) -> Event:
    """Return a copy of an unsaved event, which takes a tenth of what it takes to make one."""
    event = Event.__new__(Event)
    event.__dict__ = {**empty.__dict__, "_state": ModelState()}
    event._state.fields_cache = dict(empty._state.fields_cache)
    return event


def _tried(event: Event, fields: NewEvent, calendar_zone: str) -> Event | PunctualError:
    try:
        return _new(event, fields, calendar_zone)
    except PunctualError as error:
        return error


def _refuse_cancelled(row: Event, *, whole_series: bool, now: datetime) -> None:
    """Raise `EventCancelled`, but for a series of which only the first occurrence is cancelled."""
    if row.is_called_off and not (row.is_series and whole_series and _goes_on(row, now)):
        raise EventCancelled


def _goes_on(root: Event, now: datetime) -> bool:
    """Return whether a series goes on whose root is cancelled."""
    return not root.series_ended or root.children.filter(end__gt=now, cancelled_at=None).exists()


def _apply(row: Event, fields: EventChange, edit: Edited, *, whole_series: bool, now: datetime) -> set[str]:
    """Put fields into a locked event; its occurrences, alarms and messages follow. Return the names of what changed."""
    before, began = row.as_series() if whole_series and row.is_series else None, row.start
    values = {FIELDS[name]: row.says(FIELDS[name]) for name in PLAIN if name in fields} if before else {}
    changed = _rewrite(row, fields, before, is_edited=edit.pk == row.pk)
    _tell_of_change(row, changed, now=now)
    if values and row.is_series:
        expansion.copy_values_to_children(row, values, edited=edit.pk, now=now)
    moved = [(row, began)] if changed & TIMES else []
    if whole_series and changed & {*SERIES}:
        _reschedule(row, moved, before, edit, now=now)
    else:
        alarm_rescheduling.move(moved, now=now)
    return changed


def _reschedule(
    row: Event, moved: list[tuple[Event, datetime]], before: Series | None, edit: Edited, *, now: datetime
) -> None:
    """Move the alarms of what moved, a series with its occurrences, and make those that it has in addition."""
    if before:
        moved += expansion.move_children(row, before, edit, now=now)
    alarm_rescheduling.move(moved, now=now)
    if before or row.is_series:
        expansion.make_missing(row, now=now)


def _evaluate_closures(row: Event, changed: set[str], *, whole_series: bool, is_lifted: bool, now: datetime) -> None:
    if changed & PLACED:
        family = Q(pk=row.pk) | Q(parent_event=row) if whole_series else Q(pk=row.pk)
        closure_effects.evaluate(family, now=now, tells=row.is_series)
    if is_lifted:
        closure_effects.evaluate_row(row, now=now)


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


def _rewrite(row: Event, fields: EventChange, before: Series | None, *, is_edited: bool) -> set[str]:
    """Put new values into a locked event and save it; return the names of those that are others than they were."""
    old = {name: getattr(row, name) for name in (*PLAIN, *SERIES)}
    if before:
        series_root.change_series_root(row, fields, before, is_edited=is_edited)
    elif row.is_series or row.parent_event_id:
        _refuse_other_series(row, fields)
        series_root.change_alone(row, fields)
    else:
        event_times.apply_fields(row, fields, EventTimes.of(row))
    _check(row, (old["start"], old["end"]))
    if (row.start, row.end) != (old["start"], old["end"]):
        row.closure_effect = ""
    event_rows.save(row, keeps_wall_time=row.time_zone != old["time_zone"] and row.kind != TimeKind.TIMED)
    changed = {name for name, value in old.items() if getattr(row, name) != value}
    after = row.as_series()
    if before and (after.lasts, after.zone) != (before.lasts, before.zone):
        changed.add("recurrence")  # also where its root, which is elsewhere or cancelled, stays as it is
    return changed


def _end_of_rule(row: Event, fields: EventChange) -> None:
    """Let an event that becomes a series by a named rule end as a new one does."""
    if fields.get("rule") and not (row.is_series or row.parent_event_id or row.end_recurring_period):
        fields.setdefault("end_recurring_period", month_after(fields.get("start", row.start)))


def _refuse_other_series(row: Event, fields: Mapping[str, Any]) -> None:
    """Raise `KindOfSeries` and `RuleOfSeries` for what one occurrence cannot have of its own."""
    for name in (*KIND, *event_times.RECURS):
        value = fields.get(name, getattr(row, name))
        if isinstance(value, datetime) and value.tzinfo is None:
            value = resolve(value, ZoneInfo(row.time_zone))
        if value != getattr(row, name):
            raise KindOfSeries(field=name) if name in KIND else RuleOfSeries(field=name)


def _tell_of_change(row: Event, changed: set[str], *, now: datetime) -> None:
    """Tell the apps above, and let the messages that still wait say what is new."""
    if changed & {"start", "end", *KIND}:
        event_moved.send(Event, event=row)
    event_texts.tell_titles({row: changed})
    if not changed & TIMES:
        event_texts.refresh_messages({row: changed}, now=now)


def _end_series(root: Event, *, now: datetime) -> None:
    """Make no more of a locked series; one whose root has been ends before its next occurrence, or is `SeriesOver`."""
    root.note_called_off()
    if root.end > now or root.cancelled_at:
        return event_rows.end_series(root)
    try:
        series = root.as_series()
        following = series.next_start(now)
        ending = series_plan.end(series, following) if following else None
    except UNREADABLE:
        return event_rows.end_series(root)
    if ending:
        root.note_called_off(ending)
        event_rows.end_series(root, ending)
    elif not root.children.filter(end__gt=now).exists():
        raise SeriesOver
    return None


def _check(event: Event, stood: tuple[datetime, datetime] | None = None) -> None:
    for name in ("start", "end"):
        if getattr(event, name).year not in YEARS:
            raise OutOfRange(field=name)
    event_times.check_length(event, stood)
    event_texts.check_data(event.data)
    if event.is_series:
        event_times.check_recurrence(event)


def _set_status(row: Event, status: int | None, *, whole_series: bool, now: datetime) -> None:
    if status == row.status:
        return
    if status not in tuple(EventStatus):
        raise BadStatus(field="status")
    if status == EventStatus.PAUSED:
        event_pause.pause(row, now=now, whole_series=whole_series)
    elif row.status == EventStatus.PAUSED:
        event_pause.resume(row, now=now, whole_series=whole_series)
    event_rows.set_status(row.pk, status)
