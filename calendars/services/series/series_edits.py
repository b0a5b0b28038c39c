"""Change, cancel and delete parts of series: this occurrence, this and all that follow, or all.

An edit of all is one of what is to come: what has been stays as it was, and the rest continues as its own series.
"""

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from typing import Unpack, cast
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts import tenancy
from calendars.engine import series_plan
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.series_plan import IDENTITY, SECOND
from calendars.engine.states import Reach
from calendars.errors import BadRule, BehindEnd, ChangedMeanwhile, NotCancelled, SeriesOver
from calendars.models import Event
from calendars.services import event_rows, event_times, events
from calendars.services.alarms import alarm_rescheduling
from calendars.services.closures import closure_effects
from calendars.services.event_times import EventTimes
from calendars.services.field_types import EventChange
from calendars.services.series import expansion, series_root
from calendars.signals import events_restored, series_split
from config.kernel import shapes
from notifications.models import StaffItem
from notifications.services import staff_items


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

    Without a reach it is this event alone. The first occurrence of a series cannot be removed alone: it is cancelled,
    and its series goes on.
    """
    root = _checked(event, version, Reach.ALL)
    if reach in (None, Reach.THIS) and event.is_series:
        return events.cancel(event, reason="event_deleted", now=now, whole_series=False)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        split(event, now=now)
    elif reach == Reach.ALL:
        event = root
    return events.delete(event, now=now)


@tenancy.of_row
def restore(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Let a cancelled event take place after all, at the time that it shows; its reminders are planned anew.

    With `following` or `all`, what was cancelled in the same deed and is to come is restored with it, and its series
    goes on; without a reach the root of a series that was called off stands for it. Staff are told where something else
    stands in the calendar at that time. Raises `ChangedMeanwhile` and `NotCancelled`.
    """
    root = _checked(event, version, Reach.ALL)
    row = Event.objects.lock(event.pk)
    if not row.is_called_off:
        raise NotCancelled
    usual = Reach.ALL if row.pk == root.pk and root.is_series_called_off else Reach.THIS
    rows = _cancelled_with(row, root, reach or usual, now=now)
    alarm_rescheduling.lock_messages(rows)
    event_rows.restore(rows)
    alarm_rescheduling.plan_anew(rows, now=now)
    if (reach or usual) != Reach.THIS and root.is_series_called_off:
        events.reopen(root, now=now)
    events_restored.send(Event, event_ids=[each.pk for each in rows])
    closure_effects.evaluate(Q(pk__in=[each.pk for each in rows]), now=now)
    _tell_of_taken_slots(rows)
    event.refresh_from_db()


def _cancelled_with(row: Event, root: Event, reach: Reach, *, now: datetime) -> list[Event]:
    """Return a cancelled event with those of its series that were cancelled in the same deed and are to come."""
    if reach == Reach.THIS:
        return [row]
    found = Event.objects.lock_family(root)
    others = [each for each in found if each.cancelled_at == row.cancelled_at and each.end > now and each.is_called_off]
    first = row.recurrence_id if reach == Reach.FOLLOWING else ""
    return [each for each in others if each.pk == row.pk or each.recurrence_id >= first]


def _tell_of_taken_slots(rows: Iterable[Event]) -> None:
    """Let staff look at restored events at whose time something else stands in the same calendar."""
    for row in rows:
        others = Event.objects.filter(calendar=row.calendar_id, cancelled_at=None, start__lt=row.end, end__gt=row.start)
        if not row.all_day and others.filter(all_day=False).exclude(pk=row.pk).exists():
            values: dict[str, str | date] = {
                "title": row.title[:80],
                "day": row.start.astimezone(ZoneInfo(row.time_zone)).date(),
            }
            key = f"restored:{row.pk}"
            staff_items.tell(
                StaffItem.Reason.WARNING, "restored_slot_taken", key=key, values=values, contact=row.contact
            )


@tenancy.of_row
def split(child: Event, *, now: datetime) -> Event:
    """End a series before one of its occurrences, and let that one be the root of what follows; return it.

    Nothing is sent anew, and all rows stay who they are. Raises `CannotSplit` where what follows would be another
    series than before.
    """
    family = Event.objects.lock_family(Event.objects.lock_series(child))
    alarm_rescheduling.lock_messages(family)
    root, row = family[0], next(row for row in family if row.pk == child.pk)
    following = [other for other in family[1:] if other.recurrence_id > row.recurrence_id]
    at, before = datetime.fromisoformat(row.recurrence_id), root.as_series()
    row.parent_event, row.recurrence_id, row.rule, row.series_fields = None, "", root.rule, None
    series_root.note_series(row, root.series_values, before)
    plan = series_plan.split(before, row.as_series(), at)
    row.recurrence, row.rule = plan.begun.lines, root.rule if plan.begun.keeps_rule else None
    row.end_recurring_period = root.end_recurring_period
    if root.is_series_called_off:
        row.note_called_off()
    row.expanded_until, row.series_ended, row.paused_at = root.expanded_until, root.series_ended, root.paused_at
    event_rows.save(row)
    event_rows.end_series(root, plan.ended)
    event_rows.give_to(row, following)
    alarm_rescheduling.hand_over(row, root, following, now=now)
    series_split.send(Event, root=root, begun=row)
    child.refresh_from_db()
    return child


def _change_all(event: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    """Change a locked series; the past of one that has begun stays as it was."""
    row = root if event.pk == root.pk else Event.objects.lock(event.pk)
    wanted = fields if not root.is_series else _said(row, root, root.as_series().recurrence.root, fields)
    if root.is_series and _has_begun(root, now) and _would_differ(root, wanted, now):
        root = _change_coming(row, root, fields, now=now)
    else:
        root = events.change(root, now=now, edited=row.pk, **wanted)
    try:
        event.refresh_from_db()
    except Event.DoesNotExist:
        raise BehindEnd(field="start") from None
    return root if event.is_series else event


def _change_coming(row: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    """Split a series before its first occurrence to come, and change from there on.

    An occurrence that is edited was moved here from the time before: then it changes besides.
    """
    first = _first_coming(root, now=now)
    at = datetime.fromisoformat(first.recurrence_id)
    wanted = _for_rest(root, at, _said(row, root, at, fields))
    if wanted is None:
        return events.change(root, now=now, end_recurring_period=resolve(at, root.series_zone) - SECOND)
    is_before = bool(row.recurrence_id) and row.recurrence_id < first.recurrence_id
    rest = events.change(split(first, now=now), now=now, edited=row.pk, **wanted)
    if is_before and row.start > now and not row.is_called_off:
        alone = {name: value for name, value in fields.items() if name not in event_times.RECURS}
        events.change(row, now=now, whole_series=False, **cast(EventChange, alone))
    return rest


def _said(row: Event, root: Event, first: datetime, fields: EventChange) -> EventChange:
    """Return what is said of an occurrence as said of its series, which begins at a wall-clock start."""
    series = root.as_series()
    slot = datetime.fromisoformat(row.recurrence_id) if row.recurrence_id else series.recurrence.root
    return series_root.said_of_series(row, slot, first, fields, home=series.zone)


def _has_begun(root: Event, now: datetime) -> bool:
    """Return whether an occurrence of a series has begun, the first or, where that was moved alone, another."""
    return root.start <= now or root.children.filter(start__lte=now, cancelled_at=None).exists()


def _would_differ(root: Event, fields: EventChange, now: datetime) -> bool:
    """Return whether a series that has begun would, with other fields, have been another one until now."""
    stands = series_root.root_by_rule(root)
    trial = copy(stands)
    event_times.apply_fields(trial, fields, EventTimes.of(stands))
    return series_plan.would_differ(stands.as_series(), trial.as_series(), now)


def _first_coming(root: Event, *, now: datetime) -> Event:
    """Return the first occurrence to come of a locked series, made now where it was too far off; or `SeriesOver`."""
    here = wall(now, root.series_zone).strftime(IDENTITY)
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
    if last and (wall(last, root.series_zone) if last.tzinfo else last) < at:
        return None
    if not {"recurrence", "rule"} & set(fields):
        return fields
    trial = copy(root)
    trial.recurrence, trial.rule = fields.get("recurrence", root.recurrence), fields.get("rule", root.rule)
    wanted = trial.as_series()
    try:
        is_counted = wanted.text.is_counted
    except BadRule:
        return fields  # the edit itself says what is wrong
    if not is_counted:
        return fields
    lines = series_plan.lines_left(root.as_series(), wanted, at)
    return None if lines is None else {**fields, "rule": None, "recurrence": lines}


def _checked(event: Event, version: int | None, reach: Reach | None) -> Event:
    """Return the root of what an edit reaches, locked before its occurrences; raise `ChangedMeanwhile`."""
    root = Event.objects.lock(event.pk) if reach in (None, Reach.THIS) else Event.objects.lock_series(event)
    if version is not None and Event.objects.lock(event.pk).version != version:
        raise ChangedMeanwhile
    return root
