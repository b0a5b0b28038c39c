"""The calendars app."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Calendars."""

    name = "calendars"
    verbose_name = "Calendars"
