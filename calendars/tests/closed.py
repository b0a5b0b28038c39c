"""Closed days, and what series do there, for tests."""

from datetime import date
from zoneinfo import ZoneInfo

from calendars.models import Alarm, Closure
from calendars.services.closures import closure_updates

ZONE = ZoneInfo("America/New_York")


def close(first="2026-12-07", last="", name="Outing", **fields):
    days = {"first_day": date.fromisoformat(first), "last_day": date.fromisoformat(last or first)}
    return Closure.objects.create(name=name, **days, **fields)


def shut(clock, *args, **fields):
    """Close, and let it count."""
    made = close(*args, **fields)
    closure_updates.evaluate_closure(made, now=clock.at)
    return made


def course(root):
    """Return what a series does: day and hour, whether it takes place, and what a closure has to do with it."""
    rows = root.children.order_by("recurrence_id")
    return [
        (f"{row.start.astimezone(ZONE):%d %H}", row.cancelled_at is None, row.closure, row.closure_effect)
        for row in rows
    ]


def waiting(root):
    """Return when the reminders of a series leave."""
    due = Alarm.objects.filter(event__parent_event=root, status=1).order_by("due_at").values_list("due_at", flat=True)
    return [f"{at.astimezone(ZONE):%d %H}" for at in due]
