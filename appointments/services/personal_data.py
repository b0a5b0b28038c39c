"""What visits hold about one person: shown, cancelled and blanked."""

from datetime import datetime

from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.services import visit_rows, visits
from contacts.services import admin_log, personal_data_export
from contacts.services.personal_data_export import DataSubject, ExportTable

COLUMNS = (
    "id clinic_id event_id provider_id operatory_id appointment_type_id starts_at ends_at status answered_at "
    "answered_for title external_id created_at"
)


def tables(person: DataSubject) -> list[ExportTable]:
    """Return the visits."""
    return [personal_data_export.table("appointments", Appointment.objects.filter(contact=person.contact), COLUMNS)]


def leave(person: DataSubject, *, now: datetime) -> None:
    """Cancel the visits that are to come."""
    open_ones = Appointment.objects.filter(
        contact=person.contact, starts_at__gt=now, status__in=[VisitStatus.SCHEDULED, VisitStatus.CONFIRMED]
    )
    for row in open_ones.order_by("event_id"):
        visits.cancel(row, reason="contact_erased", now=now)


def erase(person: DataSubject) -> dict[str, int]:
    """Blank titles and foreign ids; times and states stay."""
    rows = Appointment.objects.filter(contact=person.contact)
    admin_log.anonymise_entries(rows)
    return {"appointments": visit_rows.write(rows, title="", external_id="")}
