"""Calendars, events and alarms in the admin."""

from calendars.admin import alarms, events, people

__all__ = ["alarms", "events", "people"]
