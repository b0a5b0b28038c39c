"""Say in plain words how a series recurs."""

from calendars.engine.recurrence.description import describe
from calendars.errors import BadRule
from calendars.models import Event
from calendars.services import event_times


def describe_series(root: Event) -> str:
    """Return a series in plain words; nothing for what is no series, or cannot be read."""
    if not root.is_series:
        return ""
    try:
        return describe(event_times.read_recurrence(root))
    except (BadRule, *event_times.UNREADABLE):
        return ""
