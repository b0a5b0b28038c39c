"""Series as CalDAV's `expand` asks for them, where clocks change and series end otherwise than by their rules."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.icalendar.occurrence_cut import OccurrenceCut, write_expanded
from calendars.models import Event
from calendars.services import event_rows, events
from calendars.services.exchange import ical_export
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 12, 1, 14, tzinfo=UTC)


@pytest.fixture
def make(inside, clock):
    """Return what makes an event of an hour in New York."""

    def made(start=START, *, end=None, **fields):
        given = {"title": "Daily", "calendar": inside.calendar, "creator": inside.calendar_user, **fields}
        return events.create(now=NOW, start=start, end=end or start + HOUR, **given)

    return made


def expanded(event, begin, end):
    """Return the lines of an event in a span."""
    (shown,) = ical_export.load(Event.objects.filter(pk=event.pk))
    return write_expanded(shown, OccurrenceCut(begin, end, expands=True), ExportStyle("clinic")).replace("\r", "")


def originals(text):
    return re.findall("RECURRENCE-ID.*?:(.*)", text)


def test_series_that_was_called_off_is_told_as_far_as_it_was_made(make):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=9")
    Event.objects.filter(parent_event=root, start__gt=START + 3 * DAY).delete()
    Event.objects.filter(pk=root.pk).update(series_ended=True, expanded_until=START + 3 * DAY)
    assert originals(expanded(root, START + DAY, START + 8 * DAY)) == [
        "20261202T140000Z",
        "20261203T140000Z",
        "20261204T140000Z",
    ]


def test_series_that_cannot_be_read_is_its_first_alone(make):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    Event.objects.filter(pk=root.pk).update(recurrence="RRULE:FREQ=NEVER")
    assert originals(expanded(root, START, START + 3 * DAY)) == ["20261201T140000Z"]


def test_cancelled_first_cancels_no_other_one(make):
    root = make(recurrence="RRULE:FREQ=DAILY")
    event_rows.cancel([root], now=NOW)
    text = expanded(root, START + 400 * DAY, START + 402 * DAY)
    assert len(originals(text)) == 2
    assert "CANCELLED" not in text


def test_what_takes_no_time_is_told_at_the_beginning_of_a_span(make):
    root = make(recurrence="RRULE:FREQ=DAILY")
    Event.objects.filter(pk=root.pk).update(end=START)
    at = START + 400 * DAY
    assert originals(expanded(root, at, at + HOUR)) == [f"{at:%Y%m%dT%H%M%SZ}"]


def test_hour_that_comes_twice_belongs_to_a_span_that_ends_in_it(make):
    # 01:30 in New York, for the first time; the span ends at 01:10, for the second time.
    root = make(datetime(2026, 11, 24, 6, 30, tzinfo=UTC), recurrence="RRULE:FREQ=DAILY")
    begin = datetime(2028, 11, 5, 5, tzinfo=UTC)
    assert originals(expanded(root, begin, begin + HOUR + timedelta(minutes=10))) == ["20281105T053000Z"]


def test_day_of_a_clock_change_is_told_whole(make):
    midnight = datetime(2026, 12, 1, 5, tzinfo=UTC)
    root = make(midnight, end=midnight + DAY, all_day=True, recurrence="RRULE:FREQ=DAILY")
    # In its twenty-fifth hour.
    begin = datetime(2028, 11, 6, 4, 10, tzinfo=UTC)
    text = expanded(root, begin, begin + HOUR / 2)
    assert re.findall("^(?:RECURRENCE-ID|DTSTART|DTEND).*", text, re.MULTILINE) == [
        "DTSTART;VALUE=DATE:20281105",
        "DTEND;VALUE=DATE:20281106",
        "RECURRENCE-ID;VALUE=DATE:20281105",
    ]


def test_floating_series_keeps_its_clock(make):
    start = datetime(2026, 12, 1, 9, tzinfo=UTC).replace(tzinfo=None)
    root = make(start, end=start + HOUR, floating=True, recurrence="RRULE:FREQ=DAILY")
    text = expanded(root, START + DAY, START + DAY + HOUR)
    assert re.findall("^(?:RECURRENCE-ID|DTSTART).*", text, re.MULTILINE) == [
        "DTSTART:20261202T090000",
        "RECURRENCE-ID:20261202T090000",
    ]
