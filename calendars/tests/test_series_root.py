"""The first occurrence of a series is an exception like any other; edits measure from the series' own pattern."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.states import Reach
from calendars.errors import EventCancelled
from calendars.models import Event
from calendars.services import event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.exchange import ical_export
from calendars.services.series import expansion, series_edits

NEW_YORK, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
NINE = datetime(2026, 12, 1, 9, tzinfo=NEW_YORK)  # a Tuesday
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def series(make, remind):
    """Return a function that makes a weekly series of half hours, with a text a day before, as rows in order."""

    def started(**fields):
        given = {"start": NINE, "end": NINE + 30 * MINUTE, "time_zone": "America/New_York", "recurrence": WEEKLY}
        root = make(**{**given, **fields})
        remind(root)
        return [root, *root.children.order_by("start")]

    return started


def course(zone=NEW_YORK):
    """Return day, time, minutes and title of all events in order, a cross before what is cancelled."""
    return [
        ("✕" if row.cancelled_at else "")
        + f"{row.start.astimezone(zone):%d %H:%M} {(row.end - row.start) // MINUTE} {row.title}"
        for row in Event.objects.order_by("start", "pk")
    ]


def change(event, clock, reach, **fields):
    event.refresh_from_db()
    return series_edits.change(event, now=clock.at, reach=reach, **fields)


def test_first_that_was_moved_alone_stays_when_all_move(series, clock):
    rows = series()
    change(rows[0], clock, Reach.THIS, start=NINE + DAY + 15 * MINUTE)
    change(rows[1], clock, Reach.ALL, start=NINE + WEEK + DAY)
    assert course() == ["02 09:15 30 Visit", "09 09:00 30 Visit", "16 09:00 30 Visit", "23 09:00 30 Visit"]
    change(rows[0], clock, Reach.ALL, start=NINE + DAY - HOUR)
    assert course() == ["02 08:00 30 Visit", "09 08:00 30 Visit", "16 08:00 30 Visit", "23 08:00 30 Visit"]
    assert Event.objects.get(pk=rows[0].pk).recurrence == WEEKLY


def test_length_and_texts_of_the_first_alone_are_no_one_elses(series, clock):
    rows = series(recurrence="RRULE:FREQ=WEEKLY")
    given = {"end": NINE + HOUR, "title": "First", "description": "Long", "data": {"room": "2"}}
    change(rows[0], clock, Reach.THIS, **given)
    expansion.expand(now=clock.at + 4 * WEEK)
    assert course()[0] == "01 60 First".replace("01", "01 09:00")
    made = Event.objects.filter(parent_event=rows[0])
    assert {(row.end - row.start, row.title, row.description, row.data) for row in made} == {
        (30 * MINUTE, "Visit", None, None)
    }
    change(rows[2], clock, Reach.ALL, title="X-ray", end=NINE + 2 * WEEK + 45 * MINUTE)
    assert course()[:2] == ["01 09:00 60 First", "08 09:00 45 X-ray"]
    change(rows[0], clock, Reach.ALL, title="Teeth")
    assert {words.split(" ", 3)[3] for words in course()} == {"Teeth"}


def test_series_whose_first_was_cancelled_alone_can_be_changed_as_a_whole(api, series, clock):
    rows = series()
    series_edits.cancel(rows[0], reason="x", now=clock.at, reach=Reach.THIS)
    answer = api.patch(f"/rest-api/event/{rows[2].pk}/?edit=all", {"start": "2026-12-15T10:00", "title": "X-ray"})
    assert answer.status_code == 200
    expected = ["✕01 09:00 30 Visit", "08 10:00 30 X-ray", "15 10:00 30 X-ray", "22 10:00 30 X-ray"]
    assert course() == expected
    answer = api.patch(f"/rest-api/event/{rows[0].pk}/", {"title": "Teeth"})
    assert (answer.status_code, course()[0]) == (200, expected[0])
    assert {words[-5:] for words in course()[1:]} == {"Teeth"}
    assert expansion.expand(now=clock.at + 9 * WEEK) == 0


def test_series_of_which_nothing_takes_place_cannot_be_changed(series, clock):
    rows = series()
    series_edits.cancel(rows[0], reason="x", now=clock.at)
    with pytest.raises(EventCancelled):
        change(rows[0], clock, Reach.ALL, title="X-ray")


@pytest.mark.parametrize("reach", [Reach.ALL, Reach.FOLLOWING])
def test_edited_occurrence_ends_where_it_was_put_also_when_it_was_moved_before(series, clock, reach):
    rows = series()
    change(rows[1], clock, Reach.THIS, start=NINE + WEEK + 2 * HOUR)
    change(rows[1], clock, reach, start=NINE + WEEK + 3 * HOUR)
    first = "01 12:00" if reach == Reach.ALL else "01 09:00"
    assert course() == [f"{day} 30 Visit" for day in (first, "08 12:00", "15 12:00", "22 12:00")]


@pytest.mark.parametrize("reach", [Reach.ALL, Reach.FOLLOWING])
def test_new_title_reaches_also_an_occurrence_with_a_title_of_its_own(series, clock, reach):
    rows = series()
    change(rows[1], clock, Reach.THIS, title="Bring the X-ray")
    change(rows[3], clock, Reach.THIS, title="Last one")
    change(rows[1], clock, reach, title="Teeth")
    first = "Teeth" if reach == Reach.ALL else "Visit"
    assert [words[12:] for words in course()] == [first, "Teeth", "Teeth", "Last one"]


def test_times_that_stand_already_move_nothing(series, clock):
    rows = series()
    change(rows[1], clock, Reach.THIS, start=NINE + WEEK + 2 * HOUR)
    own = NINE + WEEK + 2 * HOUR
    change(rows[1], clock, Reach.ALL, start=own, end=own + 30 * MINUTE, recurrence="", title="Teeth")
    assert course() == ["01 09:00 30 Teeth", "08 11:00 30 Teeth", "15 09:00 30 Teeth", "22 09:00 30 Teeth"]
    change(rows[1], clock, Reach.ALL, start=own, end=own + 60 * MINUTE)
    assert course() == ["01 09:00 60 Teeth", "08 11:00 60 Teeth", "15 09:00 60 Teeth", "22 09:00 60 Teeth"]


def test_occurrence_that_was_moved_out_of_the_past_changes_besides_what_is_to_come(series, clock):
    rows = series()
    change(rows[1], clock, Reach.THIS, start=NINE + 3 * WEEK - DAY)
    clock.set(NINE + WEEK + DAY)
    change(rows[1], clock, Reach.ALL, title="Teeth", start=NINE + 3 * WEEK - DAY + HOUR)
    assert course()[0] == "01 09:00 30 Visit"
    assert {row.title for row in Event.objects.filter(start__gt=clock.at)} == {"Teeth"}
    rows[1].refresh_from_db()
    assert rows[1].start == NINE + 3 * WEEK - DAY + HOUR


def test_deletion_without_a_reach_takes_the_first_one_only(series, clock):
    rows = series()
    series_edits.delete(rows[0], now=clock.at)
    assert course() == ["✕01 09:00 30 Visit", "08 09:00 30 Visit", "15 09:00 30 Visit", "22 09:00 30 Visit"]
    series_edits.delete(rows[1], now=clock.at, reach=Reach.ALL)
    assert course() == []


def test_series_that_starts_in_a_gap_keeps_its_wall_time(series, clock):
    clock.set(datetime(2027, 3, 20, 9, tzinfo=PARIS))
    start = datetime.fromisoformat("2027-03-28T02:30")
    rows = series(start=start, end=start + 30 * MINUTE, time_zone="Europe/Paris", recurrence="RRULE:FREQ=DAILY;COUNT=3")
    assert course(PARIS) == ["28 03:30 30 Visit", "29 02:30 30 Visit", "30 02:30 30 Visit"]
    change(rows[0], clock, Reach.ALL, title="Night")
    change(rows[1], clock, Reach.ALL, end=datetime.fromisoformat("2027-03-29T03:15"))
    assert course(PARIS) == ["28 03:30 45 Night", "29 02:30 45 Night", "30 02:30 45 Night"]
    change(rows[1], clock, Reach.ALL, start=datetime.fromisoformat("2027-03-29T04:30"))
    assert course(PARIS) == ["28 04:30 45 Night", "29 04:30 45 Night", "30 04:30 45 Night"]
    assert not alarm_rescheduling.events_acted_on(rows)


def test_erased_series_keeps_its_length_and_no_words(series, clock):
    rows = series()
    change(rows[0], clock, Reach.THIS, title="First", description="Bea", end=NINE + HOUR)
    event_rows.erase_texts(Event.objects.all(), title="Erased")
    assert Event.objects.get(pk=rows[0].pk).series_fields == {"length": 1800}


def test_first_that_was_changed_alone_is_an_exception_in_files(series, clock, inside):
    rows = series()
    change(rows[0], clock, Reach.THIS, title="First", end=NINE + HOUR)
    text = ical_export.render_events(
        ical_export.load(Event.objects.filter(pk=rows[0].pk)), ExportStyle("x", described=True)
    )
    master, exception = text.split("BEGIN:VEVENT")[1:]
    assert ("SUMMARY:Visit" in master, "DTEND;TZID=America/New_York:20261201T093000" in master) == (True, True)
    assert "RECURRENCE-ID;TZID=America/New_York:20261201T090000" in exception
    assert ("SUMMARY:First" in exception, "DTEND;TZID=America/New_York:20261201T100000" in exception) == (True, True)


def test_new_rule_has_the_end_that_is_told_with_it(series, clock):
    rows = series()
    series_edits.cancel(rows[2], reason="x", now=clock.at, reach=Reach.FOLLOWING)
    fields = {"recurrence": "RRULE:FREQ=WEEKLY;COUNT=3", "end_recurring_period": None}
    change(rows[1], clock, Reach.ALL, **fields)
    taking = [words for words in course() if not words.startswith("✕")]
    assert taking == ["01 09:00 30 Visit", "08 09:00 30 Visit", "15 09:00 30 Visit"]
