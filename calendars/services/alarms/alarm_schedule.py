"""Compute when alarms are due, from rows: what `engine.alarm_due` needs to know of an event and its alarm."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.alarm_due import Due, Notice, due, moved
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import TimeKind
from calendars.models import Alarm, Event
from notifications.engine.sending_window import Window

# Occurrences are made at most so far ahead for the sake of an alarm; what is to be sent still earlier is sent late.
LONGEST_LEAD = timedelta(days=366)


@dataclass(frozen=True)
class AlarmContext:
    """What an alarm needs to know of its event: its start, zones, and the organization's margin."""

    start: datetime
    zone: ZoneInfo
    recipient_zone: ZoneInfo
    margin: int
    days: timedelta = timedelta(0)  # how long an all-day event lasts

    @classmethod
    def of(cls, event: Event) -> "AlarmContext":
        """Read an event; its contact's zone counts for the daily window, else its own."""
        reader, zone = event.contact.time_zone if event.contact else "", ZoneInfo(event.time_zone)
        return cls(
            start=event.start,
            zone=zone,
            recipient_zone=ZoneInfo(reader or event.time_zone),
            margin=event.organization.reminder_margin,
            days=time_kinds.length(event.start, event.end, zone, event.kind) if event.all_day else timedelta(0),
        )

    def at(self, start: datetime) -> "AlarmContext":
        """Return the same around another start."""
        return replace(self, start=start)

    def until(self, start: datetime) -> datetime | None:
        """Return the end of an all-day event that starts then; None for all others."""
        if not self.days:
            return None
        first = time_kinds.local(start, self.zone, TimeKind.DAYS)
        return time_kinds.finish(first, self.days, self.zone, TimeKind.DAYS)


@dataclass(frozen=True)
class AlarmPattern:
    """What the copies of an alarm for the occurrences of its series have in common."""

    alarm: Alarm
    context: AlarmContext
    window: Window
    distance: timedelta  # from start to notice, on the wall clock

    @classmethod
    def of(cls, alarm: Alarm, root: Event) -> "AlarmPattern":
        """Read an alarm of a series."""
        context = AlarmContext.of(root)
        apart = wall(alarm.date_start_notice, context.zone) - wall(context.start, context.zone)
        return cls(alarm, context, Window(alarm.daily_start, alarm.daily_stop, context.recipient_zone), apart)

    def notice(self, start: datetime) -> datetime:
        """Return the notice of an occurrence, moved along with it as `moved_notice` does."""
        return resolve(wall(start, self.context.zone) + self.distance, self.context.zone)

    def due(self, notice: datetime, start: datetime, *, now: datetime) -> Due:
        """Compute when the copy of an occurrence is due."""
        context, lead = self.context, self.alarm.advance_notice
        found = Notice(notice, lead, start, context.zone, self.window, context.margin, context.until(start))
        return due(found, now=now)


def lead_of(event: Event, alarm: Alarm) -> timedelta:
    """Return how long before its event an alarm is wanted."""
    return event.start - alarm.date_start_notice + timedelta(seconds=alarm.advance_notice)


def due_with_notice(alarm: Alarm, context: AlarmContext, *, notice: datetime, now: datetime) -> Due:
    """Compute when an alarm with that notice is due."""
    window, until = Window(alarm.daily_start, alarm.daily_stop, context.recipient_zone), context.until(context.start)
    return due(
        Notice(notice, alarm.advance_notice, context.start, context.zone, window, context.margin, until), now=now
    )


def set_due(alarm: Alarm, context: AlarmContext, *, now: datetime) -> None:
    """Compute the due times of an alarm, and set them; unsaved."""
    found = due_with_notice(alarm, context, notice=alarm.date_start_notice, now=now)
    alarm.due_at, alarm.useful_until = found.at, found.useful_until


def moved_notice(notice: datetime, context: AlarmContext, start: datetime) -> datetime:
    """Return a notice moved along with its event from the context's start to another, on the wall clock."""
    return moved(notice, old=context.start, new=start, zone=context.zone)
