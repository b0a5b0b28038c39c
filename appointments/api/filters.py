"""Filters of appointments."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet
from appointments.models import Appointment


class AppointmentFilter(TenantFilterSet):
    """Filters of appointments; another organization's ids find nothing."""

    contact = IdFilter("contact_id")
    calendar = IdFilter("event__calendar_id")
    clinic = IdFilter("clinic_id")
    event = IdFilter("event_id")
    start_from = MomentFilter("starts_at", "gte")
    start_before = MomentFilter("starts_at", "lt")

    class Meta:
        model = Appointment
        fields = ("status", "external_id")
