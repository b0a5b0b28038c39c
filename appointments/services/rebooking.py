"""Changing a visit together with the rest of its series, and only if it is still what its editor saw."""

from dataclasses import dataclass
from datetime import datetime

from accounts.services import audit
from appointments.engine.states import OPEN, Status
from appointments.errors import Begun, IllegalStatus
from appointments.models import Appointment
from appointments.services import booking
from calendars.engine.states import Reach
from calendars.errors import BehindEnd, CannotSplit, ChangedMeanwhile
from calendars.services import edits, scope

UNSPLIT = (
    "Some visits of this series have been, and it cannot be split before the next one, because its rule counts from "
    "its start; change this visit alone, or give the series another rule in the admin."
)


@dataclass(frozen=True)
class Edit:
    """How far an edit reaches, the `mark` of what its editor saw, and when it is made."""

    seen: str
    now: datetime
    reach: Reach = Reach.THIS


def mark(visit: Appointment) -> str:
    """Return what is another whenever a visit was moved, changed or answered."""
    return f"{visit.event.version}-{visit.status}"


@scope.of_row
def confirm(visit: Appointment, *, edit: Edit) -> None:
    """Note that the patient will come to this one visit."""
    booking.confirm(_locked(visit, edit), now=edit.now)


@scope.of_row
def move(visit: Appointment, *, starts_at: datetime, ends_at: datetime, edit: Edit) -> bool:
    """Move a visit, and with it as much of its series as the edit reaches; False where it stands there already."""
    row = _locked(visit, edit)
    _check(row, "moved; book a new one")
    if (row.starts_at, row.ends_at) == (starts_at, ends_at):
        return False
    _let_past_stand(row, edit)
    try:
        edits.change(row.event, now=edit.now, reach=edit.reach, start=starts_at, end=ends_at)
    except BehindEnd:
        raise BehindEnd(field="day") from None
    audit.record("move", row, changed=["ends_at", "starts_at"], reach=edit.reach)
    return True


@scope.of_row
def cancel(visit: Appointment, *, reason: str, edit: Edit) -> None:
    """Cancel a visit, and with it as much of its series as the edit reaches; the reason is a word of a list."""
    row = _locked(visit, edit)
    _check(row, "cancelled")
    _let_past_stand(row, edit)
    edits.cancel(row.event, reason=reason, now=edit.now, reach=edit.reach)
    audit.record("cancel", row, changed=["status"], status=Status.CANCELLED, reach=edit.reach, reason=reason)


def _locked(visit: Appointment, edit: Edit) -> Appointment:
    """Lock root, event and visit, in this order as everywhere; raise `ChangedMeanwhile` and `Begun`."""
    if edit.reach != Reach.THIS and visit.event.parent_event_id:
        scope.lock(visit.event.parent_event_id)
    scope.lock(visit.event_id)
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("event__parent_event")
    row = rows.get(pk=visit.pk)
    if mark(row) != edit.seen:
        raise ChangedMeanwhile
    if edit.reach != Reach.THIS and row.starts_at <= edit.now:
        raise Begun(field="reach")
    return row


def _check(row: Appointment, done: str) -> None:
    if row.status not in OPEN:
        raise IllegalStatus(f"A visit that is {row.get_status_display().lower()} cannot be {done}.")


def _let_past_stand(row: Appointment, edit: Edit) -> None:
    """Split a series before its first visit to come, so that an edit of all leaves alone what has been."""
    root = row.event.parent_event
    if edit.reach != Reach.ALL or root is None or (root.start > edit.now and not root.cancelled_at):
        return
    first = root.children.filter(start__gt=edit.now, cancelled_at=None).earliest("recurrence_id")
    try:
        edits.split(first, now=edit.now)
    except CannotSplit:
        raise CannotSplit(UNSPLIT, field="reach") from None
    row.event.refresh_from_db()
