"""From rows to the due times of the engine."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.engine import event_kinds
from calendars.engine.alarm_due import Due, Notice, due, moved
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.states import Kind
from calendars.models import Alarm, Event
from notifications.engine.window import Window


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
            days=event_kinds.length(event.start, event.end, zone, event.kind) if event.all_day else timedelta(0),
        )

    def at(self, start: datetime) -> "AlarmContext":
        """Return the same frame around another start."""
        return replace(self, start=start)

    def until(self, start: datetime) -> datetime | None:
        """Return the end of an all-day event that starts then; None for all others."""
        if not self.days:
            return None
        return event_kinds.finish(event_kinds.local(start, self.zone, Kind.DAYS), self.days, self.zone, Kind.DAYS)


@dataclass(frozen=True)
class AlarmPattern:
    """What the copies of an alarm for the occurrences of its series have in common."""

    alarm: Alarm
    frame: AlarmContext
    window: Window
    distance: timedelta  # from start to notice, on the wall clock

    @classmethod
    def of(cls, alarm: Alarm, root: Event) -> "AlarmPattern":
        """Read an alarm of a series."""
        frame = AlarmContext.of(root)
        apart = wall(alarm.date_start_notice, frame.zone) - wall(frame.start, frame.zone)
        return cls(alarm, frame, Window(alarm.daily_start, alarm.daily_stop, frame.recipient_zone), apart)

    def notice(self, start: datetime) -> datetime:
        """Return the notice of an occurrence, moved along with it as `carried` does."""
        return resolve(wall(start, self.frame.zone) + self.distance, self.frame.zone)

    def due(self, notice: datetime, start: datetime, *, now: datetime) -> Due:
        """Compute when the copy of an occurrence is due."""
        frame, lead = self.frame, self.alarm.advance_notice
        found = Notice(notice, lead, start, frame.zone, self.window, frame.margin, frame.until(start))
        return due(found, now=now)


def due_of(alarm: Alarm, frame: AlarmContext, *, notice: datetime, now: datetime) -> Due:
    """Compute when an alarm with that notice is due."""
    window, until = Window(alarm.daily_start, alarm.daily_stop, frame.recipient_zone), frame.until(frame.start)
    return due(Notice(notice, alarm.advance_notice, frame.start, frame.zone, window, frame.margin, until), now=now)


def retime(alarm: Alarm, frame: AlarmContext, *, now: datetime) -> None:
    """Set an alarm's due times anew, without saving."""
    found = due_of(alarm, frame, notice=alarm.date_start_notice, now=now)
    alarm.due_at, alarm.useful_until = found.at, found.useful_until


def carried(notice: datetime, frame: AlarmContext, start: datetime) -> datetime:
    """Return a notice moved along with its event from the frame's start to another, on the wall clock."""
    return moved(notice, old=frame.start, new=start, zone=frame.zone)
