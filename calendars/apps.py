"""The calendars app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.kernel.apps import TranslatedNames


class CalendarsConfig(TranslatedNames, AppConfig):
    """Calendars."""

    name = "calendars"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        """Listen to the outbox."""
        import_module("calendars.receivers")
