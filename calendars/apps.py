"""The calendars app."""

from importlib import import_module

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Calendars."""

    name = "calendars"
    verbose_name = "Calendars"

    def ready(self) -> None:
        """Listen to the outbox."""
        import_module("calendars.receivers")
