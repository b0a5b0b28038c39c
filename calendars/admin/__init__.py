"""Calendars, events and alarms in the admin."""

from calendars.admin import alarms, events, files, people

__all__ = ["alarms", "events", "files", "people"]
