"""Recompute future events when a zone changes its rules: their wall-clock times stay, and so do their keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import tenancy
from accounts.models import Organization
from calendars.engine import time_kinds
from calendars.engine.states import TimeKind
from calendars.engine.wall_clock import resolve
from calendars.models import Event
from calendars.services import calendar_time_zone, event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.alarms.alarm_rescheduling import AlarmContext, moved_notice
from calendars.signals import event_moved

BATCH = 5000
KNOWN = ("pk", "start", "time_zone", "local_start", "all_day", "floating")


@dataclass
class RecomputeResult:
    """How many future events were looked at, and what was done with them."""

    looked_at: int = 0
    noted: int = 0  # events that did not know their wall-clock time yet
    moved: int = 0
    moved_to_calendar_zone: int = 0  # all-day and floating ones, and series of them, whose calendar has another zone


def recompute(*, now: datetime) -> RecomputeResult:
    """Move the future events of all organizations whose zone's rules changed; safe to repeat and to interrupt.

    Alarms move along; nobody is told again, and a confirmed visit stays confirmed, since the time on the clock is
    the same.
    """
    found = RecomputeResult()
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        with tenancy.tenant(organization_id):
            found.moved_to_calendar_zone += calendar_time_zone.move_to_calendar_zones(now=now, most=None)
            for rows in _batches(now):
                found.looked_at += len(rows)
                found.noted += _fill_wall_clock([row for row in rows if not row.local_start])
                found.moved += sum(_move(row.pk, now=now) for row in rows if _is_off(row))
    return found


def _batches(now: datetime) -> Iterator[list[Event]]:
    last = 0
    while True:
        rows = Event.objects.ahead(now).filter(pk__gt=last).only(*KNOWN)
        batch = list(rows.order_by("pk")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _is_off(event: Event) -> bool:
    return bool(event.local_start) and _due(event) != event.start


def _due(event: Event) -> datetime:
    return resolve(datetime.fromisoformat(event.local_start), ZoneInfo(event.time_zone))


def _fill_wall_clock(events: list[Event]) -> int:
    """Write down the wall-clock times of events that have none, by today's rules."""
    names = [time_kinds.name(event.start, ZoneInfo(event.time_zone), event.kind) for event in events]
    known = [(event.pk, name, event.start, event.time_zone) for event, name in zip(events, names, strict=True) if name]
    event_rows.fill_wall_clock(known)
    return len(known)


@transaction.atomic
def _move(pk: int, *, now: datetime) -> bool:
    """Move one event to the instant at which the clock now shows its time; False where that was done meanwhile."""
    root_id = Event.objects.filter(pk=pk).values_list("parent_event_id", flat=True).first()
    if root_id:
        Event.objects.lock(root_id)
    row = Event.objects.select_for_update(of=("self",)).select_related("organization", "contact").filter(pk=pk).first()
    if row is None or row.cancelled_at or not _is_off(row):
        return False
    old_start, zone = row.start, ZoneInfo(row.time_zone)
    length, elapsed = time_kinds.length(row.start, row.end, zone, row.kind), row.end - row.start
    row.start = _due(row)
    row.end = row.start + elapsed
    if row.kind == TimeKind.DAYS:
        row.end = time_kinds.finish(datetime.fromisoformat(row.local_start), length, zone, row.kind)
    event_rows.save(row, fields=["start", "end"], keeps_wall_time=True)
    event_moved.send(Event, event=row, same_wall_time=True)
    moved = partial(moved_notice, context=AlarmContext.of(row).at(old_start), start=row.start)
    alarm_rescheduling.shift_notices(row, moved, reason="clock_changed", now=now, waiting_only=True)
    return True
