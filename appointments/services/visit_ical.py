"""A visit as a file for the patient's own calendar."""

from appointments.models import Appointment
from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.services.exchange import ical_export


def of(appointment: Appointment) -> str:
    """Return a visit as iCalendar: its title, its time and the clinic's place; whose it is stands nowhere."""
    clinic = appointment.clinic
    where = ", ".join(filter(None, [clinic.name, clinic.address]))
    style = ExportStyle(str(appointment.organization.uuid), location=where)
    return ical_export.render_single(appointment.event, style, title=appointment.title or "Appointment")
