"""List the events of a calendar in a time range, for an app whose clock may be another than the calendar's."""

from datetime import datetime
from zoneinfo import ZoneInfo

from calendars.engine.icalendar.event_writer import WrittenEvent
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import TimeKind
from calendars.models import Calendar
from calendars.services import event_times
from calendars.services.exchange import ical_export


def list_events(calendar: Calendar, span: tuple[datetime, datetime], zone: str = "") -> list[WrittenEvent]:
    """Return the events that touch a span; days and floating times are looked at in a zone, else where the calendar is.

    RFC 4791 9.9, 7.3.
    """
    own_zone = event_times.zone_of(calendar)
    found = ical_export.overlapping(calendar, *span)
    if zone in ("", own_zone):
        return found
    # The instants at which the calendar's clock shows what the other one shows at the ends of the span.
    begin, end = (resolve(wall(at, ZoneInfo(zone)), ZoneInfo(own_zone)) for at in span)
    anywhere = [shown for shown in ical_export.overlapping(calendar, begin, end) if shown.root.kind != TimeKind.TIMED]
    return [*(shown for shown in found if shown.root.kind == TimeKind.TIMED), *anywhere]
