"""Filters of appointments."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet
from appointments.models import Appointment, AppointmentDrivingTime, AppointmentNote, AppointmentNotification


class AppointmentFilter(TenantFilterSet):
    """Filters of appointments; another organization's ids find nothing."""

    calendar = IdFilter("event__calendar_id")
    start_from = MomentFilter("starts_at", "gte")
    start_before = MomentFilter("starts_at", "lt")

    class Meta:
        model = Appointment
        fields = ("contact", "clinic", "provider", "operatory", "appointment_type", "event", "status", "external_id")


class NoteFilter(TenantFilterSet):
    """Filters of notes."""

    class Meta:
        model = AppointmentNote
        fields = ("appointment", "type")


class NotificationFilter(TenantFilterSet):
    """Filters of notifications."""

    class Meta:
        model = AppointmentNotification
        fields = ("appointment", "state", "send_notification")


class DrivingTimeFilter(TenantFilterSet):
    """Filters of driving times."""

    class Meta:
        model = AppointmentDrivingTime
        fields = ("appointment", "uuid")
