"""What was written here comes back as it is: drawn calendars, out of one, into another and into themselves.

`make soak` draws more of them.
"""

import os
import random
from datetime import datetime, timedelta

import pytest

from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.states import AlarmMethod, Reach
from calendars.models import Alarm, Calendar, Event
from calendars.services import event_edit_routing, events
from calendars.services.alarms import alarms
from calendars.services.exchange import ical_export
from calendars.tests.imports import import_file
from config.kernel.errors import PunctualError

DRAWN = int(os.environ.get("FILES", "6"))
EVENTS = 6
ZONES = ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "UTC"]
RULES = [
    "RRULE:FREQ=DAILY;COUNT=6",
    "RRULE:FREQ=DAILY;INTERVAL=2",
    "RRULE:FREQ=WEEKLY;COUNT=5",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9",
    "RRULE:FREQ=MONTHLY;COUNT=4",
    "RRULE:FREQ=YEARLY",
]
MINUTES, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


class DrawnCalendar:
    """Draws the events of a calendar, and edits of single occurrences."""

    def __init__(self, world, now, seed):
        self.world, self.now, self.chance = world, now, random.Random(seed)

    def fill(self):
        """Make events of all kinds."""
        for _ in range(EVENTS):
            event = events.create(**self.event())
            if self.chance.random() < 0.3:
                given = {
                    "method": AlarmMethod.SMS,
                    "sms_template": self.world.sms_template,
                    "alarm_phonenumber": "+12025550123",
                }
                alarms.create(event, now=self.now, **given)
            for _ in range(self.chance.randrange(4) if event.is_series else 0):
                self.edit(event)

    def event(self):
        """Return the fields of an event: timed, all-day or floating, once or often."""
        kind = self.chance.choice(["timed", "timed", "all_day", "floating"])
        day = datetime.fromisoformat("2026-11-30") + self.chance.randrange(12) * DAY
        start = day if kind == "all_day" else day + self.chance.randrange(96) * MINUTES
        length = self.chance.choice([1, 2, 5])
        fields = {"start": start, "end": start + (length * DAY if kind == "all_day" else length * MINUTES)}
        fields |= {"time_zone": self.chance.choice(ZONES)} if kind == "timed" else {kind: True}
        if self.chance.random() < 0.7:
            fields["recurrence"] = self.recurrence(start, all_day=kind == "all_day")
        elif fields.get("time_zone") == "UTC":
            fields["time_zone"] = ZONES[0]  # a single instant is on the clock of its calendar
        texts = {"title": self.chance.choice(["Visit", "Zahn; Kontrolle,\nzwei", "ü" * 60])}
        texts["private"] = self.chance.random() < 0.1
        texts["description"] = self.chance.choice(["", None, "Bring the card\nand papers"])
        return {
            **fields,
            **texts,
            "calendar": self.world.calendar,
            "creator": self.world.calendar_user,
            "now": self.now,
            "end_recurring_period": None,
        }

    def recurrence(self, start, *, all_day):
        """Return a rule, dates, or both."""

        def dates(name, *days):
            values = ",".join(f"{start + day * DAY:{'%Y%m%d' if all_day else '%Y%m%dT%H%M%S'}}" for day in days)
            return f"{name}{';VALUE=DATE' if all_day else ''}:{values}"

        lines = [self.chance.choice(RULES)] if self.chance.random() < 0.8 else [dates("RDATE", 2, 9)]
        lines += [dates("RDATE", 3)] if self.chance.random() < 0.3 else []
        if not all_day and self.chance.random() < 0.2:
            lines.append(f"RDATE;VALUE=PERIOD:{start + 11 * DAY:%Y%m%dT%H%M%S}/PT3H")
        lines += [dates("EXDATE", 2, 4)] if self.chance.random() < 0.3 else []
        return "\n".join(lines)

    def edit(self, root):
        """Cancel, move or rename one occurrence, the first one too."""
        root.refresh_from_db()
        rows = [root, *root.children.order_by("start")]
        row = self.chance.choice(rows[:4])
        alone = {"now": self.now, "reach": Reach.THIS}
        try:
            match self.chance.choice(["cancel", "move", "rename"]):
                case "cancel":
                    event_edit_routing.cancel(row, reason="x", **alone)
                case "move":
                    by = DAY if row.all_day else self.chance.choice([HOUR, -MINUTES, 9 * HOUR])
                    event_edit_routing.change(row, start=row.start + by, end=row.end + by, **alone)
                case "rename" if row.parent_event_id:
                    event_edit_routing.change(row, title="Other", description="Other", **alone)
        except PunctualError:
            pass  # it is cancelled already


def export(calendar, **style):
    style = ExportStyle(str(calendar.organization.uuid), **{"described": True, **style})
    return b"".join(ical_export.stream_calendar(calendar, style)).decode()


def results_of(text, calendar):
    return [each.result for each in import_file(text.encode(), calendar)]


def rows(calendar):
    found = Event.objects.filter(calendar=calendar).order_by("pk").values()
    return [*found, *Alarm.objects.order_by("pk").values()]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(DRAWN))
def test_a_calendar_that_is_written_and_read_is_the_same_to_the_letter(inside, clock, seed):
    DrawnCalendar(inside, clock.at, seed).fill()
    text = export(inside.calendar)
    other = Calendar.objects.create(name="Other", user=inside.calendar_user, clinic=inside.clinic)
    assert set(results_of(text, other)) <= {"created", "changed"}
    assert export(other) == text
    before = rows(inside.calendar)
    feed, busy = export(inside.calendar, described=False), export(inside.calendar, busy=True)
    for file, calendar in ((text, inside.calendar), (text, other), (feed, inside.calendar), (busy, inside.calendar)):
        assert set(results_of(file, calendar)) == {"unchanged"}
    assert (export(inside.calendar), export(other)) == (text, text)
    assert rows(inside.calendar) == before


@pytest.mark.django_db
def test_an_older_file_of_this_program_undoes_nothing(inside, clock):
    event = events.create(**{**DrawnCalendar(inside, clock.at, 0).event(), "recurrence": "", "title": "Old"})
    text = export(inside.calendar)
    events.change(event, now=clock.at, title="New")
    assert results_of(text, inside.calendar) == ["skipped"]
    assert Event.objects.get().title == "New"


@pytest.mark.django_db
def test_a_file_of_this_program_that_was_edited_elsewhere_changes_the_event(inside, clock):
    events.create(**{**DrawnCalendar(inside, clock.at, 0).event(), "recurrence": "", "title": "Old"})
    text = export(inside.calendar).replace("SUMMARY:Old", "SUMMARY:New").replace("SEQUENCE:0", "SEQUENCE:1")
    assert results_of(text, inside.calendar) == ["changed"]
    assert Event.objects.get().title == "New"
