"""The appointments app."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.kernel.apps import TranslatedNames


class AppointmentsConfig(TranslatedNames, AppConfig):
    """Appointments."""

    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        """Register the receivers of calendars' signals, and the owner of events of visits."""
        import_module("appointments.receivers")
        routing: Any = import_module("calendars.services.event_edit_routing")
        routing.register(import_module("appointments.services.visits"))
