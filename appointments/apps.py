"""The appointments app."""

from importlib import import_module

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """Appointments."""

    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """Listen to the calendars."""
        import_module("appointments.receivers")
