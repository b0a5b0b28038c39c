"""The appointments app."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """Appointments."""

    name = "appointments"
    verbose_name = "Appointments"
