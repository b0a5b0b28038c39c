"""Calendars, events and alarms in the admin."""

from calendars.admin import alarms, calendars, closures, events, feeds_and_imports

__all__ = ["alarms", "calendars", "closures", "events", "feeds_and_imports"]
