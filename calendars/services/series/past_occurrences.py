"""What has been of a series stays when all of it is edited: what is to come goes on as a series of its own."""

import copy
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine.recurrence.recurrence_set import wall
from calendars.errors import BadRule, SeriesOver
from calendars.models import Event
from calendars.services import time_normalisation
from calendars.services.fields import EventChange
from calendars.services.series import expansion, series_rescheduling, series_split
from calendars.services.series.occurrence_rows import IDENTITY
from calendars.services.time_normalisation import EventTimes

# As many occurrences that have been are compared.
MOST = 5000
SECOND = timedelta(seconds=1)
TIMES = ("start", "end", "time_zone", "all_day", "floating")


def has_begun(root: Event, now: datetime) -> bool:
    """Say whether an occurrence of a series has begun, the first or, where that was moved alone, another."""
    return root.start <= now or root.children.filter(start__lte=now, cancelled_at=None).exists()


def is_over(root: Event, now: datetime) -> bool:
    """Say whether a series has ended, and nothing of it is to come."""
    return root.series_ended and root.end <= now and not root.children.filter(end__gt=now).exists()


def end(root: Event, *, now: datetime) -> None:
    """Make no more of a locked series; one whose root has been ends before its next occurrence, or is `SeriesOver`."""
    if root.end > now or root.cancelled_at:
        Event.objects.filter(pk=root.pk).update(series_ended=True)
        return
    try:
        before = series_rescheduling.SeriesSnapshot.of(root)
    except (BadRule, *expansion.UNREADABLE):
        Event.objects.filter(pk=root.pk).update(series_ended=True)
        return
    here = wall(now, before.recurrence.zone)
    following = next(before.recurrence.between(here, here + expansion.FAR), None)
    if following:
        series_split.end_before(root, before, following)
    elif not root.children.filter(end__gt=now).exists():
        raise SeriesOver


def would_differ(root: Event, fields: EventChange, now: datetime) -> bool:
    """Say whether a series that has begun would, with other fields, have been another one until now."""
    trial = copy.copy(root)
    time_normalisation.settle(trial, fields, EventTimes.of(root))
    if not trial.is_series:
        return False
    if any(getattr(trial, name) != getattr(root, name) for name in TIMES):
        return True
    try:
        return _been(trial, now) != _been(root, now)
    except BadRule:
        return False  # the edit itself says what is wrong


def to_come(root: Event, *, now: datetime) -> Event:
    """Return the first occurrence to come of a locked series, made now where it was too far off; or `SeriesOver`."""
    here = wall(now, ZoneInfo(root.time_zone)).strftime(IDENTITY)
    rows = root.children.filter(recurrence_id__gt=here, start__gt=now, cancelled_at=None)
    found = rows.order_by("recurrence_id").first() or expansion.make_next(root, now=now)
    if found is None:
        raise SeriesOver
    return found


def left_of(root: Event, at: datetime, fields: EventChange) -> EventChange | None:
    """Return fields with new lines for what is left of a series from one of its occurrences on.

    Their COUNT counts those that have been, too; None where it, or the new end, leaves nothing.
    """
    last = fields.get("end_recurring_period")
    if last and (wall(last, ZoneInfo(root.time_zone)) if last.tzinfo else last) < at:
        return None
    if not {"recurrence", "rule"} & set(fields):
        return fields
    trial = copy.copy(root)
    trial.recurrence, trial.rule = fields.get("recurrence", root.recurrence), fields.get("rule", root.rule)
    try:
        text = series_rescheduling.text_of(trial)
    except BadRule:
        return fields  # the edit itself says what is wrong
    if not text.is_counted:
        return fields
    recurrence = expansion.read(root)
    lines = text.less(1 + sum(1 for _ in recurrence.between(recurrence.root, at - SECOND)))
    return None if lines is None else {**fields, "rule": None, "recurrence": lines}


def _been(root: Event, now: datetime) -> list[datetime]:
    recurrence = expansion.read(root)
    return list(islice(recurrence.between(recurrence.root, wall(now, recurrence.zone)), MOST))
