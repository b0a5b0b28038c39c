"""Move all-day and floating events to the zone of their calendar, when a calendar or a clinic gets another one.

Their days and their times on the clock stay (RFC 5545 3.3.5, form 1), and so do their keys; their instants are new.
Alarms move along, and nobody is told again. Events that are over stay as they are.
"""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from calendars.engine import time_kinds
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import TimeKind
from calendars.models import Event
from calendars.services import event_rows, event_times
from calendars.services.alarms import alarm_rescheduling
from calendars.signals import event_moved

# So many events and series are moved while somebody waits; a worker does the rest.
MOST = 300
SAVED = ["start", "end", "time_zone", "end_recurring_period", "expanded_until"]


def move_to_calendar_zones(*, now: datetime, most: int | None = MOST) -> int:
    """Move what is to come of the current organization to its calendars' zones; return how many events and series."""
    zones = event_times.zones_of_calendars()
    elsewhere = Q()
    for zone in set(zones.values()):
        elsewhere |= Q(calendar__in=[pk for pk, name in zones.items() if name == zone]) & ~Q(time_zone=zone)
    if not elsewhere:
        return 0
    coming = Q(end__gt=now) | Q(pk__in=Event.objects.series().filter(series_ended=False))
    rows = Event.objects.filter(elsewhere, coming).exclude(all_day=False, floating=False).order_by()
    roots = list(rows.annotate(root=Coalesce("parent_event", "pk")).values_list("root", flat=True).distinct())
    for pk in sorted(roots)[:most]:
        _move_family(pk, zones, now)
    if most and len(roots) > most:
        transaction.on_commit(_call_worker, robust=True)
    return len(roots[:most])


def _call_worker() -> None:
    current_app.send_task("calendars.recompute_zones", ignore_result=True, retry=False)


@transaction.atomic
def _move_family(root_id: int, zones: dict[int, str], now: datetime) -> None:
    family = Event.objects.lock_family(Event.objects.lock(root_id))
    rows = [row for row in family if (row.end > now or row.is_series) and row.kind != TimeKind.TIMED]
    elsewhere = [row for row in rows if row.time_zone != zones[row.calendar_id]]
    alarm_rescheduling.lock_messages(elsewhere)
    for row in elsewhere:
        old, new = ZoneInfo(row.time_zone), ZoneInfo(zones[row.calendar_id])
        _move(row, old, new)
        event_moved.send(Event, event=row, same_wall_time=True)
        # All notices: those of a series are what its occurrences are reminded by.
        alarm_rescheduling.shift_notices(row, partial(_same_wall_time, old, new), reason="zone_changed", now=now)


def _same_wall_time(old: ZoneInfo, new: ZoneInfo, at: datetime) -> datetime:
    return resolve(wall(at, old), new)


def _move(row: Event, old: ZoneInfo, new: ZoneInfo) -> None:
    """Move a locked event to the instants at which the clock of another zone shows its times."""
    local, elapsed = row.intended_start, row.end - row.start
    length = time_kinds.length(row.start, row.end, old, row.kind)
    row.start, row.end = resolve(local, new), time_kinds.finish(local, length, new, row.kind)
    row.end = row.end if row.end > row.start else row.start + elapsed
    for name in ("end_recurring_period", "expanded_until"):
        at = getattr(row, name)
        setattr(row, name, at and _same_wall_time(old, new, at))
    row.time_zone = new.key
    event_rows.save(row, fields=SAVED, keeps_wall_time=True)
