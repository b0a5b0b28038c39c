"""How far an edit of an event reaches, and only if it is still what its editor saw."""

from dataclasses import dataclass
from datetime import datetime

from appointments.errors import Begun
from calendars.engine.states import Reach
from calendars.errors import CannotSplit, ChangedMeanwhile
from calendars.models import Event
from calendars.services import locking
from calendars.services.series import series_edits

UNSPLIT = (
    "Part of this series has been, and it cannot be split before what comes next, because its rule counts from "
    "its start; change this one alone, or give the series another rule in the admin."
)


@dataclass(frozen=True)
class Edit:
    """How far an edit reaches, the `mark` of what its editor saw, and when it is made."""

    seen: str
    now: datetime
    reach: Reach = Reach.THIS

    def check(self, mark: str, starts_at: datetime) -> None:
        """Raise `ChangedMeanwhile` where something else stands there now, and `Begun` where it is too late."""
        if mark != self.seen:
            raise ChangedMeanwhile
        if self.reach != Reach.THIS and starts_at <= self.now:
            raise Begun(field="reach")


def lock(event: Event, edit: Edit) -> Event:
    """Lock what an edit reaches, the root first as everywhere, and return the event as it stands now."""
    if edit.reach != Reach.THIS and event.parent_event_id:
        locking.lock(event.parent_event_id)
    return locking.lock(event.pk)


def let_past_stand(event: Event, edit: Edit) -> None:
    """Split a series before its first occurrence to come, so that an edit of all leaves alone what has been."""
    root = event.parent_event
    if edit.reach != Reach.ALL or root is None or (root.start > edit.now and not root.is_called_off):
        return
    first = root.children.filter(start__gt=edit.now, cancelled_at=None).earliest("recurrence_id")
    try:
        series_edits.split(first, now=edit.now)
    except CannotSplit:
        raise CannotSplit(UNSPLIT, field="reach") from None
    event.refresh_from_db()
