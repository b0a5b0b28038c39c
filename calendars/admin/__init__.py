"""Calendars, events and alarms in the admin."""

from calendars.admin import alarms, closures, events, files, people

__all__ = ["alarms", "closures", "events", "files", "people"]
