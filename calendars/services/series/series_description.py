"""Say in plain words how a series recurs."""

from calendars.engine.recurrence.description import describe
from calendars.errors import UNREADABLE
from calendars.models import Event


def describe_series(root: Event) -> str:
    """Return a series in plain words; nothing for what is no series, or cannot be read."""
    if not root.is_series:
        return ""
    try:
        return describe(root.as_series().recurrence)
    except UNREADABLE:
        return ""
