"""Changing a visit together with the rest of its series, and only if it is still what its editor saw."""

from datetime import datetime

from accounts.services import audit
from appointments.engine.states import OPEN, Status
from appointments.errors import IllegalStatus
from appointments.models import Appointment
from appointments.services import booking, reaching
from appointments.services.reaching import Edit
from calendars.errors import BehindEnd
from calendars.services import locking
from calendars.services.series import series_edits


def mark(visit: Appointment) -> str:
    """Return what is another whenever a visit was moved, changed or answered."""
    return f"{visit.event.version}-{visit.status}"


@locking.of_row
def confirm(visit: Appointment, *, edit: Edit) -> None:
    """Note that the patient will come to this one visit."""
    booking.confirm(_locked(visit, edit), now=edit.now)


@locking.of_row
def move(visit: Appointment, *, starts_at: datetime, ends_at: datetime, edit: Edit) -> bool:
    """Move a visit, and with it as much of its series as the edit reaches; False where it stands there already."""
    row = _locked(visit, edit)
    _check(row, "moved; book a new one")
    if (row.starts_at, row.ends_at) == (starts_at, ends_at):
        return False
    reaching.let_past_stand(row.event, edit)
    try:
        series_edits.change(row.event, now=edit.now, reach=edit.reach, start=starts_at, end=ends_at)
    except BehindEnd:
        raise BehindEnd(field="day") from None
    audit.record("move", row, changed=["ends_at", "starts_at"], reach=edit.reach)
    return True


@locking.of_row
def cancel(visit: Appointment, *, reason: str, edit: Edit) -> None:
    """Cancel a visit, and with it as much of its series as the edit reaches; the reason is a word of a list."""
    row = _locked(visit, edit)
    _check(row, "cancelled")
    reaching.let_past_stand(row.event, edit)
    series_edits.cancel(row.event, reason=reason, now=edit.now, reach=edit.reach)
    audit.record("cancel", row, changed=["status"], status=Status.CANCELLED, reach=edit.reach, reason=reason)


def _locked(visit: Appointment, edit: Edit) -> Appointment:
    """Lock root, event and visit, in this order as everywhere; raise `ChangedMeanwhile` and `Begun`."""
    reaching.lock(visit.event, edit)
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("event__parent_event")
    row = rows.get(pk=visit.pk)
    edit.check(mark(row), row.starts_at)
    return row


def _check(row: Appointment, done: str) -> None:
    if row.status not in OPEN:
        raise IllegalStatus(f"A visit that is {row.get_status_display().lower()} cannot be {done}.")
