"""Changing, cancelling and deleting parts of series: this occurrence, this and all that follow, or all.

An edit of all is one of what is to come: what has been stays as it was.
"""

from datetime import datetime
from typing import Unpack
from zoneinfo import ZoneInfo

from calendars.engine import event_kinds
from calendars.engine.event_kinds import Shift
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import Effect, Kind, Reach
from calendars.errors import BehindEnd, ChangedMeanwhile
from calendars.models import Event
from calendars.services import events, locking
from calendars.services import fields as shapes
from calendars.services.fields import EventChange
from calendars.services.series import expansion, past_occurrences
from calendars.services.series.series_split import split
from calendars.services.time_normalisation import EventTimes

__all__ = ["cancel", "change", "delete", "split"]


@locking.of_row
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
    for a root that was given. With a `version`, the one that the editor saw; raises `ChangedMeanwhile` where there is
    a newer one.
    """
    shapes.check(fields, EventChange)
    root = _checked(event, version, reach)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        root = locking.lock(split(event, now=now).pk)
    if reach == Reach.ALL or (root.is_series and reach != Reach.THIS):
        return _change_all(event, root, fields, now=now)
    return events.change(event, now=now, whole_series=reach != Reach.THIS, **fields)


@locking.of_row
def cancel(event: Event, *, reason: str, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Let an event, this and the following, or the whole series not take place; see `change`."""
    root = _checked(event, version, reach)
    if reach == Reach.FOLLOWING and root.pk != event.pk:
        split(event, now=now)
    elif reach == Reach.ALL:
        events.cancel(root, reason=reason, now=now)
        return event.refresh_from_db()
    return events.cancel(event, reason=reason, now=now, whole_series=reach != Reach.THIS)


@locking.of_row
def delete(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Remove an event, this and the following, or the whole series with what has been of it; see `change`.

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


def _change_all(event: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    """Change a locked series; the past of one that has begun stays as it was."""
    is_seen = root.pk == event.pk and root.closure_effect != Effect.MOVED
    said = fields if is_seen else _carried(event, root, fields)
    is_split = (
        root.is_series and past_occurrences.has_begun(root, now) and past_occurrences.would_differ(root, said, now)
    )
    stands = _changed_to_come(event, root, fields, now=now) if is_split else events.change(root, now=now, **said)
    try:
        event.refresh_from_db()
    except Event.DoesNotExist:
        raise BehindEnd(field="start") from None
    return stands if event.is_series else event


def _changed_to_come(event: Event, root: Event, fields: EventChange, *, now: datetime) -> Event:
    first = past_occurrences.to_come(root, now=now)
    at = datetime.fromisoformat(first.recurrence_id)
    given = past_occurrences.left_of(root, at, _carried(event, first, fields))
    if given is None:
        last = resolve(at, ZoneInfo(root.time_zone)) - past_occurrences.SECOND
        return events.change(root, now=now, end_recurring_period=last)
    return events.change(split(first, now=now), now=now, **given)


def _checked(event: Event, version: int | None, reach: Reach | None) -> Event:
    """Return the root of what an edit reaches, locked before its occurrences; raise `ChangedMeanwhile`."""
    root = locking.lock(event.pk) if reach in (None, Reach.THIS) else locking.lock_series(event)
    if version is not None and locking.lock(event.pk).version != version:
        raise ChangedMeanwhile
    return root


def _carried(child: Event, root: Event, fields: EventChange) -> EventChange:
    """Return what is said of one occurrence as said of the root: times move by as much on the wall clock."""
    row, given = locking.lock(child.pk), fields.copy()
    zone = ZoneInfo(fields.get("time_zone") or row.time_zone)
    days, end = fields.get("all_day", row.all_day), fields.get("end")
    own, first = EventTimes.of(row).start, _first(root)
    begin = event_kinds.midnight(own.date()) if days else own
    if "start" in fields:
        begin = _local(fields["start"], zone, days=days)
    if "start" in fields or end:
        given["start"] = Shift(own, begin, turns=days != row.all_day)(first)
    if end:
        given["end"] = given["start"] + (_local(end, zone, days=days) - begin)
    return given


def _first(root: Event) -> datetime:
    """Return the wall-clock time at which a series begins, also while a closure keeps its root elsewhere."""
    return expansion.read(root).root if root.closure_effect == Effect.MOVED else EventTimes.of(root).start


def _local(at: datetime, zone: ZoneInfo, *, days: bool) -> datetime:
    if at.tzinfo is None:
        return at
    return event_kinds.local(at, zone, Kind.DAYS) if days and event_kinds.opens(at, zone) else wall(at, zone)
