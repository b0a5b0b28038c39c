"""Calendars, events that recur, and the alarms that tell of them."""

from calendars.models.alarms import Alarm, AlarmRequest
from calendars.models.closures import Closure, OpeningHours
from calendars.models.events import Event, Rule
from calendars.models.files import CalendarFeed, CalendarImport, ImportedComponent
from calendars.models.people import Calendar, CalendarSetting, CalendarUser, CalendarUserProfile

__all__ = [
    "Alarm",
    "AlarmRequest",
    "Calendar",
    "CalendarFeed",
    "CalendarImport",
    "CalendarSetting",
    "CalendarUser",
    "CalendarUserProfile",
    "Closure",
    "Event",
    "ImportedComponent",
    "OpeningHours",
    "Rule",
]
