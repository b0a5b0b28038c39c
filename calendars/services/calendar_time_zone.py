"""All-day and floating events are at home in their calendar's zone: where that is another one, so are their instants.

An administrator gave a calendar or a clinic another zone: the days and the time on the clock stay, and so do the keys.
Alarms go along, and whoever was told is not told again. What has been stays where it was.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from calendars.engine import event_kinds
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import AlarmStatus, TimeKind
from calendars.models import Alarm, Event
from calendars.services import calendar_lookup, event_rows, locking
from calendars.services.alarms import alarm_cancellation, alarm_rescheduling
from calendars.services.alarms.alarm_schedule import AlarmContext, set_due
from calendars.services.series import series_recurrence
from calendars.signals import event_moved

# So many events and series are moved while somebody waits; a worker does the rest.
MOST = 300
SAVED = ["start", "end", "time_zone", "end_recurring_period", "expanded_until"]

ClosureChange = Callable[[datetime], datetime]


def move_to_calendar_zones(*, now: datetime, most: int | None = MOST) -> int:
    """Move what is to come of the current organization to its calendars' zones; return how many events and series."""
    homes = calendar_lookup.zones()
    strays = Q()
    for home in set(homes.values()):
        strays |= Q(calendar__in=[pk for pk, name in homes.items() if name == home]) & ~Q(time_zone=home)
    if not strays:
        return 0
    coming = Q(end__gt=now) | Q(pk__in=Event.objects.series().filter(series_ended=False))
    rows = Event.objects.filter(strays, coming).exclude(all_day=False, floating=False).order_by()
    roots = list(rows.annotate(root=Coalesce("parent_event", "pk")).values_list("root", flat=True).distinct())
    for pk in sorted(roots)[:most]:
        _bring_family(pk, homes, now)
    if most and len(roots) > most:
        transaction.on_commit(_call_worker, robust=True)
    return len(roots[:most])


def _call_worker() -> None:
    current_app.send_task("calendars.recompute_zones", ignore_result=True, retry=False)


@transaction.atomic
def _bring_family(root_id: int, homes: dict[int, str], now: datetime) -> None:
    family = locking.lock_family(locking.lock(root_id))
    rows = [row for row in family if (row.end > now or row.is_series) and row.kind != TimeKind.TIMED]
    away = [row for row in rows if row.time_zone != homes[row.calendar_id]]
    alarm_cancellation.lock(away)
    for row in away:
        old, new = ZoneInfo(row.time_zone), ZoneInfo(homes[row.calendar_id])
        _bring(row, old, new)
        event_moved.send(Event, event=row, same_wall_time=True)
        _bring_alarms(row, partial(_same_wall_time, old, new), now)


def _same_wall_time(old: ZoneInfo, new: ZoneInfo, at: datetime) -> datetime:
    return resolve(wall(at, old), new)


def _bring(row: Event, old: ZoneInfo, new: ZoneInfo) -> None:
    """Bring a locked event to the instants at which the clock of another zone shows its times."""
    local, elapsed = series_recurrence.intended_start(row), row.end - row.start
    length = event_kinds.length(row.start, row.end, old, row.kind)
    row.start, row.end = resolve(local, new), event_kinds.finish(local, length, new, row.kind)
    row.end = row.end if row.end > row.start else row.start + elapsed
    for name in ("end_recurring_period", "expanded_until"):
        at = getattr(row, name)
        setattr(row, name, at and _same_wall_time(old, new, at))
    row.time_zone = new.key
    event_rows.save(row, fields=SAVED, keeps_wall_time=True)


def _bring_alarms(row: Event, carry: ClosureChange, now: datetime) -> None:
    """Carry all notices, since those of a series are what its occurrences are reminded by, and plan what waits anew."""
    alarm_cancellation.hold([row], reason="zone_changed")
    frame = AlarmContext.of(row)
    alarms = list(Alarm.objects.filter(event=row).select_for_update(of=("self",)).order_by("pk"))
    for alarm in alarms:
        alarm.date_start_notice = carry(alarm.date_start_notice)
        if alarm.status == AlarmStatus.PENDING:
            set_due(alarm, frame, now=now)
    Alarm.objects.bulk_update(alarms, alarm_rescheduling.TIMES)
