"""What visits hold about one person: shown, cancelled and blanked."""

from datetime import datetime

from django.db.models import Q, QuerySet

from appointments.engine.states import OPEN
from appointments.models import (
    Appointment,
    AppointmentDrivingTime,
    AppointmentNote,
    AppointmentNotification,
    HistoryEntry,
)
from appointments.services import visit_rows, visits
from contacts.services import admin_log, personal_data_export
from contacts.services.personal_data_export import DataSubject, ExportTable

COLUMNS = (
    "id uuid clinic_id event_id provider_id operatory_id appointment_type_id starts_at ends_at status answered_at "
    "answered_for title external_id created_at "
    "owner_uuid type_names address siteprofile_uuid invitee_uuids workflowlevel2_uuids summary overlap_reason"
)
NOTE = "id appointment_id type note"
NOTIFICATION = (
    "id appointment_id recipient subject message send_notification send_at sent_at state reason org_phone org_name"
)
CHANGE = (
    "id appointment_id at kind from_status to_status from_start to_start from_end to_end from_title to_title "
    "identity name channel"
)
DRIVING_TIME = "id uuid appointment_id distance time time_point"


def tables(person: DataSubject) -> list[ExportTable]:
    """Return the visits, and what is noted and told of them."""
    table, whose = personal_data_export.table, Q(appointment__contact=person.contact)
    return [
        table("appointments", Appointment.objects.filter(contact=person.contact), COLUMNS),
        table("appointment_history", HistoryEntry.objects.filter(whose), CHANGE),
        table("appointment_notes", AppointmentNote.objects.filter(whose), NOTE),
        table("appointment_notifications", _notifications(person), NOTIFICATION),
        table("driving_times", AppointmentDrivingTime.objects.filter(whose), DRIVING_TIME),
    ]


def leave(person: DataSubject, *, now: datetime) -> None:
    """Cancel the visits that are to come."""
    open_ones = Appointment.objects.filter(contact=person.contact, starts_at__gt=now, status__in=OPEN)
    for row in open_ones.order_by("event_id"):
        visits.cancel(row, reason="contact_erased", now=now)


def erase(person: DataSubject, token: str) -> dict[str, int]:
    """Blank titles, notes, messages, places and foreign ids; times and states stay."""
    rows = Appointment.objects.filter(contact=person.contact)
    notes = AppointmentNote.objects.filter(appointment__in=rows)
    told = _notifications(person)
    for each in (rows, notes, told):
        admin_log.anonymise_entries(each)
    blanked = visit_rows.write(
        rows,
        title="",
        external_id="",
        address="",
        summary="",
        series_fields=None,
        overlap_reason="",
        siteprofile_uuid=None,
        invitee_uuids=None,
        workflowlevel2_uuids=None,
    )
    # After that, which notes the titles that it takes away.
    history = HistoryEntry.objects.filter(appointment__in=rows).update(from_title="", to_title="")
    return {
        "appointment_history": history,
        "appointment_notes": notes.update(note=""),
        "appointment_notifications": told.update(
            recipient=token, subject=None, message=None, send_notification=False, is_generated=False
        ),
        "appointments": blanked,
    }


def _notifications(person: DataSubject) -> QuerySet[AppointmentNotification]:
    """E-mails about a person's visits, and those to an address that is nobody else's."""
    return AppointmentNotification.objects.filter(
        Q(appointment__contact=person.contact) | Q(appointment__contact=None, recipient__in=person.own)
    )
