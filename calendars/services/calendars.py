"""Calendars: change and delete them, with what follows for their events."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from accounts import tenancy
from calendars.models import Calendar, CalendarUser
from calendars.services import calendar_time_zone, event_edit_routing
from calendars.services.closures import closure_requests
from config.kernel import shapes


class CalendarChange(TypedDict, total=False):
    """What can be changed of a calendar."""

    name: str
    user: CalendarUser | None
    clinic: Any
    time_zone: str
    max_concurrent: int | None


@tenancy.of_row
def change(calendar: Calendar, *, now: datetime, **fields: Unpack[CalendarChange]) -> Calendar:
    """Change a calendar: a new zone moves all-day and floating events, a new clinic has other opening hours."""
    shapes.check(fields, CalendarChange)
    row = Calendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    news = {name: value for name, value in fields.items() if getattr(row, name) != value}
    for name, value in news.items():
        setattr(row, name, value)
    row.save(update_fields=list(news))
    if news.keys() & {"time_zone", "clinic"}:
        calendar_time_zone.move_to_calendar_zones(now=now)
        closure_requests.request()
    calendar.refresh_from_db()
    return calendar


@tenancy.of_row
def delete(calendar: Calendar, *, now: datetime) -> None:
    """Delete a calendar with its events, one by one, so that their messages are taken back."""
    for event in calendar.events.filter(parent_event=None).order_by("pk"):
        event_edit_routing.delete_whole(event, now=now)
    calendar.delete()
