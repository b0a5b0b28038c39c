"""Calendars, events that recur, and the alarms that tell of them."""

from calendars.models.alarms import Alarm, AlarmRequest
from calendars.models.calendars import Calendar, CalendarSetting, CalendarUser, CalendarUserProfile
from calendars.models.closures import Closure, ClosureRun, OpeningHours
from calendars.models.events import Event, Rule
from calendars.models.feeds_and_imports import CalendarFeed, CalendarImport, ImportedComponent, ImportedPart

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
    "ClosureRun",
    "Event",
    "ImportedComponent",
    "ImportedPart",
    "OpeningHours",
    "Rule",
]
