"""Visits of events that were made without one: over REST, in the admin, by CalDAV or from a file."""

from datetime import datetime

from accounts.models import Clinic
from accounts.services import audit
from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.services import visit_rows
from calendars.engine.states import TimeKind
from calendars.models import Event


def note_answer(event: Event, *, confirmed: bool, now: datetime) -> None:
    """Note a patient's answer on the visit of a locked event, which is made where there is none.

    What lasts whole days or floats is no visit: of it, the alarm alone keeps the answer.
    """
    if event.contact_id and event.kind == TimeKind.TIMED and not Appointment.objects.filter(event=event).exists():
        _book(event)
    visit_rows.note_answer(event, confirmed=confirmed, now=now)


def _book(event: Event) -> None:
    place = event.calendar.clinic or Clinic.objects.filter(is_default=True).first()
    if place is None:
        return
    title = "" if event.title == visit_rows.UNTITLED else event.title
    # A patient who declined had a visit until then, and its history tells so.
    made = visit_rows.insert(event, clinic=place, title=title, status=VisitStatus.SCHEDULED)
    audit.record("create", made)
    if event.cancelled_at:
        visit_rows.follow_cancellation(event)
