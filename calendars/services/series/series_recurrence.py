"""Read how a series recurs from its root: as values for the engine, and in plain words."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from calendars.engine import time_kinds
from calendars.engine.recurrence.description import describe
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, checked
from calendars.engine.series_plan import ChildTimes, Series
from calendars.engine.states import TimeKind
from calendars.errors import BadRule
from calendars.models import Event

# Times out of range, and zones that this machine's database has not.
UNREADABLE = (OverflowError, ValueError, ZoneInfoNotFoundError)


def snapshot(root: Event) -> Series:
    """Return a series as values; its rule is read when it is asked for, which raises `BadRule`."""
    return Series(
        start=root.start,
        end=root.end,
        zone=ZoneInfo(root.time_zone),
        kind=root.kind,
        first=intended_start(root),
        lines=root.recurrence,
        frequency=root.rule.frequency if root.rule else "",
        params=root.rule.params if root.rule else None,
        last=root.end_recurring_period,
    )


def child_times(child: Event) -> ChildTimes:
    """Return when an occurrence takes place, as values."""
    identity = datetime.fromisoformat(child.recurrence_id)
    zone, is_cancelled = ZoneInfo(child.time_zone), child.cancelled_at is not None
    return ChildTimes(child.pk, identity, child.start, child.end, zone, child.kind, is_cancelled)


def read(root: Event) -> RecurrenceSet:
    """Return the recurrence of a root; raises `BadRule`."""
    return snapshot(root).recurrence


def intended_start(event: Event) -> datetime:
    """Return the wall-clock start of an event: what was meant, whatever its zone's rules have become since."""
    if event.local_start:
        return datetime.fromisoformat(event.local_start)
    return time_kinds.local(event.start, ZoneInfo(event.time_zone), event.kind)


def describe_series(root: Event) -> str:
    """Return a series in plain words; nothing for what is no series, or cannot be read."""
    if not root.is_series:
        return ""
    try:
        return describe(read(root))
    except (BadRule, *UNREADABLE):
        return ""


def check(root: Event) -> None:
    """Check a recurrence that is to be stored, and write all-day and floating ones without zones; raise `BadRule`."""
    try:
        if root.kind != TimeKind.TIMED:
            root.recurrence = snapshot(root).text.unzoned()
        _check_start(checked(read(root)))
    except BadRule as error:
        raise BadRule(error.message, field="recurrence" if root.recurrence else "rule") from error


def _check_start(recurrence: RecurrenceSet) -> None:
    if recurrence.root in recurrence.excluded or recurrence.root.date() in recurrence.excluded_days:
        raise BadRule(_("EXDATE takes the start itself away; let the series begin with its next occurrence."))
