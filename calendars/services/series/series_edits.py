"""Change, cancel and delete parts of series: this occurrence, this and all that follow, or all.

An edit of all is one of what is to come: what has been stays as it was, and the rest continues as its own series.
"""

from copy import copy
from datetime import datetime
from typing import Unpack
from zoneinfo import ZoneInfo

from accounts import tenancy
from calendars.engine import series_plan, time_kinds
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.series_plan import IDENTITY, SECOND
from calendars.engine.states import ClosureEffect, Reach, TimeKind
from calendars.engine.time_kinds import Shift
from calendars.errors import BadRule, BehindEnd, ChangedMeanwhile, SeriesOver
from calendars.models import Event
from calendars.services import event_rows, event_times, events
from calendars.services.alarms import event_reminders
from calendars.services.event_times import EventTimes
from calendars.services.field_types import EventChange
from calendars.services.series import expansion
from config.kernel import shapes


@tenancy.of_row
def change(
    event: Event,
    *,
    now: datetime,
    reach: Reach | None = None,
    version: int | None = None,
    **fields: Unpack[EventChange],
) -> Event:
    """Change an event as far as `reach` says, and return it; without it a root stands for its series.

    Where a series has begun and would have been another one, it is split, and the root of what is to come is returned
    for a root that was given. `version` is the one that the editor saw. Raises `ChangedMeanwhile` where there is
    a newer one, `CannotSplit`, `BehindEnd`, `SeriesOver`, and what `events.change` raises.
    """
    shapes.check(fields, EventChange)
    root = _checked(event, version, reach)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        root = Event.objects.lock(split(event, now=now).pk)
    if reach == Reach.ALL or (root.is_series and reach != Reach.THIS):
        return _change_all(event, root, fields, now=now)
    return events.change(event, now=now, whole_series=reach != Reach.THIS, **fields)


@tenancy.of_row
def cancel(event: Event, *, reason: str, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Cancel an event, this and the following, or the whole series; raises what `change` does."""
    root = _checked(event, version, reach)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        split(event, now=now)
    elif reach == Reach.ALL:
        events.cancel(root, reason=reason, now=now)
        return event.refresh_from_db()
    return events.cancel(event, reason=reason, now=now, whole_series=reach != Reach.THIS)


@tenancy.of_row
def delete(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Delete an event, this and the following, or the whole series with what has been of it; raises what `change` does.

    The first occurrence of a series that goes on cannot be removed alone: it is cancelled.
    """
    root = _checked(event, version, Reach.ALL)
    if reach == Reach.THIS and event.is_series:
        return events.cancel(event, reason="event_deleted", now=now, whole_series=False)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        split(event, now=now)
    elif reach == Reach.ALL:
        event = root
    return events.delete(event, now=now)


@tenancy.of_row
def split(child: Event, *, now: datetime) -> Event:
    """End a series before one of its occurrences, and let that one be the root of what follows; return it.

    Nothing is sent anew, and all rows stay who they are. Raises `CannotSplit` where what follows would be another
    series than before.
    """
    family = Event.objects.lock_family(Event.objects.lock_series(child))
    event_reminders.lock_messages(family)
    root, row = family[0], next(row for row in family if row.pk == child.pk)
    following = [other for other in family[1:] if other.recurrence_id > row.recurrence_id]
    at, before = datetime.fromisoformat(row.recurrence_id), event_times.snapshot(root)
    row.parent_event, row.recurrence_id, row.rule = None, "", root.rule
    plan = series_plan.split(before, event_times.snapshot(row), at)
    row.recurrence, row.rule = plan.begun.lines, root.rule if plan.begun.keeps_rule else None
    row.end_recurring_period = root.end_recurring_period
    row.expanded_until, row.series_ended, row.paused_at = root.expanded_until, root.series_ended, root.paused_at
    event_rows.save(row)
    event_rows.end_series(root, plan.ended)
    event_rows.give_to(row, following)
    event_reminders.hand_over(row, root, following, now=now)
    child.refresh_from_db()
    return child


def _change_all(event: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    """Change a locked series; the past of one that has begun stays as it was."""
    is_seen = root.pk == event.pk and root.closure_effect != ClosureEffect.MOVED
    wanted = fields if is_seen else _for_root(event, root, fields)
    is_split = root.is_series and _has_begun(root, now) and _would_differ(root, wanted, now)
    root = _change_coming(event, root, fields, now=now) if is_split else events.change(root, now=now, **wanted)
    try:
        event.refresh_from_db()
    except Event.DoesNotExist:
        raise BehindEnd(field="start") from None
    return root if event.is_series else event


def _change_coming(event: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    """Split a series before its first occurrence to come, and change from there on."""
    first = _first_coming(root, now=now)
    at = datetime.fromisoformat(first.recurrence_id)
    wanted = _for_rest(root, at, _for_root(event, first, fields))
    if wanted is None:
        return events.change(root, now=now, end_recurring_period=resolve(at, ZoneInfo(root.time_zone)) - SECOND)
    return events.change(split(first, now=now), now=now, **wanted)


def _has_begun(root: Event, now: datetime) -> bool:
    """Return whether an occurrence of a series has begun, the first or, where that was moved alone, another."""
    return root.start <= now or root.children.filter(start__lte=now, cancelled_at=None).exists()


def _would_differ(root: Event, fields: EventChange, now: datetime) -> bool:
    """Return whether a series that has begun would, with other fields, have been another one until now."""
    trial = copy(root)
    event_times.apply_fields(trial, fields, EventTimes.of(root))
    return series_plan.would_differ(event_times.snapshot(root), event_times.snapshot(trial), now)


def _first_coming(root: Event, *, now: datetime) -> Event:
    """Return the first occurrence to come of a locked series, made now where it was too far off; or `SeriesOver`."""
    here = wall(now, ZoneInfo(root.time_zone)).strftime(IDENTITY)
    rows = root.children.filter(recurrence_id__gt=here, start__gt=now, cancelled_at=None)
    found = rows.order_by("recurrence_id").first() or expansion.make_next(root, now=now)
    if found is None:
        raise SeriesOver
    return found


def _for_rest(root: Event, at: datetime, fields: EventChange) -> EventChange | None:
    """Return fields with new lines for what is left of a series from one of its occurrences on.

    Their COUNT counts those that have been, too; None where it, or the new end, leaves nothing.
    """
    last = fields.get("end_recurring_period")
    if last and (wall(last, ZoneInfo(root.time_zone)) if last.tzinfo else last) < at:
        return None
    if not {"recurrence", "rule"} & set(fields):
        return fields
    trial = copy(root)
    trial.recurrence, trial.rule = fields.get("recurrence", root.recurrence), fields.get("rule", root.rule)
    wanted = event_times.snapshot(trial)
    try:
        is_counted = wanted.text.is_counted
    except BadRule:
        return fields  # the edit itself says what is wrong
    if not is_counted:
        return fields
    lines = series_plan.lines_left(event_times.snapshot(root), wanted, at)
    return None if lines is None else {**fields, "rule": None, "recurrence": lines}


def _checked(event: Event, version: int | None, reach: Reach | None) -> Event:
    """Return the root of what an edit reaches, locked before its occurrences; raise `ChangedMeanwhile`."""
    root = Event.objects.lock(event.pk) if reach in (None, Reach.THIS) else Event.objects.lock_series(event)
    if version is not None and Event.objects.lock(event.pk).version != version:
        raise ChangedMeanwhile
    return root


def _for_root(child: Event, root: Event, fields: EventChange) -> EventChange:
    """Return what is said of one occurrence as said of the root: times move by as much on the wall clock."""
    row, given = Event.objects.lock(child.pk), fields.copy()
    zone = ZoneInfo(fields.get("time_zone") or row.time_zone)
    days, end = fields.get("all_day", row.all_day), fields.get("end")
    own, first = EventTimes.of(row).start, _first(root)
    begin = time_kinds.midnight(own.date()) if days else own
    if "start" in fields:
        begin = _local(fields["start"], zone, days=days)
    if "start" in fields or end:
        given["start"] = Shift(own, begin, turns=days != row.all_day)(first)
    if end:
        given["end"] = given["start"] + (_local(end, zone, days=days) - begin)
    return given


def _first(root: Event) -> datetime:
    """Return the wall-clock time at which a series begins, also while a closure keeps its root elsewhere."""
    is_moved = root.closure_effect == ClosureEffect.MOVED
    return event_times.read_recurrence(root).root if is_moved else EventTimes.of(root).start


def _local(at: datetime, zone: ZoneInfo, *, days: bool) -> datetime:
    if at.tzinfo is None:
        return at
    is_day = days and time_kinds.is_start_of_day(at, zone)
    return time_kinds.local(at, zone, TimeKind.DAYS) if is_day else wall(at, zone)
