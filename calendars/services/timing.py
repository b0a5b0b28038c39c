"""From rows to the due times of the engine."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.engine.due import Due, Notice, due, moved
from calendars.engine.recurrence import resolve, wall
from calendars.models import Alarm, Event
from notifications.engine.window import Window


@dataclass(frozen=True)
class Frame:
    """What an alarm needs to know of its event: its start, zones, and the organization's margin."""

    start: datetime
    zone: ZoneInfo
    recipient_zone: ZoneInfo
    margin: int

    @classmethod
    def of(cls, event: Event) -> "Frame":
        """Read an event; its contact's zone counts for the daily window, else its own."""
        zone = event.contact.time_zone if event.contact else ""
        return cls(
            start=event.start,
            zone=ZoneInfo(event.time_zone),
            recipient_zone=ZoneInfo(zone or event.time_zone),
            margin=event.organization.reminder_margin,
        )

    def at(self, start: datetime) -> "Frame":
        """Return the same frame around another start."""
        return Frame(start, self.zone, self.recipient_zone, self.margin)


@dataclass(frozen=True)
class Track:
    """What the copies of an alarm for the occurrences of its series have in common."""

    alarm: Alarm
    frame: Frame
    window: Window
    distance: timedelta  # from start to notice, on the wall clock

    @classmethod
    def of(cls, alarm: Alarm, root: Event) -> "Track":
        """Read an alarm of a series."""
        frame = Frame.of(root)
        apart = wall(alarm.date_start_notice, frame.zone) - wall(frame.start, frame.zone)
        return cls(alarm, frame, Window(alarm.daily_start, alarm.daily_stop, frame.recipient_zone), apart)

    def notice(self, start: datetime) -> datetime:
        """Return the notice of an occurrence, moved along with it as `carried` does."""
        return resolve(wall(start, self.frame.zone) + self.distance, self.frame.zone)

    def due(self, notice: datetime, start: datetime, *, now: datetime) -> Due:
        """Compute when the copy of an occurrence is due."""
        frame = self.frame
        return due(Notice(notice, self.alarm.advance_notice, start, frame.zone, self.window, frame.margin), now=now)


def due_of(alarm: Alarm, frame: Frame, *, notice: datetime, now: datetime) -> Due:
    """Compute when an alarm with that notice is due."""
    window = Window(alarm.daily_start, alarm.daily_stop, frame.recipient_zone)
    return due(Notice(notice, alarm.advance_notice, frame.start, frame.zone, window, frame.margin), now=now)


def retime(alarm: Alarm, frame: Frame, *, now: datetime) -> None:
    """Set an alarm's due times anew, without saving."""
    found = due_of(alarm, frame, notice=alarm.date_start_notice, now=now)
    alarm.due_at, alarm.useful_until = found.at, found.useful_until


def carried(notice: datetime, frame: Frame, start: datetime) -> datetime:
    """Return a notice moved along with its event from the frame's start to another, on the wall clock."""
    return moved(notice, old=frame.start, new=start, zone=frame.zone)
