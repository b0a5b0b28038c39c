"""Whole days and floating times as iCalendar: read, written, and back."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calendars.engine import time_kinds
from calendars.engine.icalendar import content_lines, event_writer
from calendars.engine.icalendar.event_writer import ExportStyle, WrittenEvent
from calendars.engine.icalendar.parsed_event import SkippedComponent
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import Reach, TimeKind
from calendars.models import Calendar, Event
from calendars.services import events
from calendars.services.exchange import ical_export
from calendars.services.series import series_edits
from calendars.tests.imports import finished
from calendars.tests.test_event_writer import lines, row
from calendars.tests.test_ical_components import calendar as file
from calendars.tests.test_ical_components import event as vevent
from calendars.tests.test_ical_components import one
from tests.factories import NOW

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def opening(text, zone=BERLIN):
    return resolve(time_kinds.midnight(date.fromisoformat(text)), zone)


def written(*children, **fields):
    given = {"all_day": True, "start": opening("2026-12-24"), "end": opening("2026-12-26"), "time_zone": BERLIN.key}
    root = row(**{**given, **fields})
    return "".join(event_writer.write_calendar([WrittenEvent(root, children)], ExportStyle("x")))


def times(text):
    names = ("DTSTART", "DTEND", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "TRANSP")
    return [line for name in names for line in lines(text, name)]


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("DTEND;VALUE=DATE:20270328", "2027-03-28"),
        ("DTEND;VALUE=DATE:20270329", "2027-03-29"),
        ("DURATION:P3D", "2027-03-30"),
        ("DURATION:PT24H", "2027-03-28"),
        ("STATUS:CONFIRMED", "2027-03-28"),
    ],
)
def test_days_are_read(end, last):
    found = one("DTSTART;VALUE=DATE:20270327", end, zone=BERLIN.key)
    assert (found.kind, found.start, found.end) == (TimeKind.DAYS, opening("2027-03-27"), opening(last))
    assert (found.time_zone, found.warnings) == (BERLIN.key, ())


def test_a_day_that_ends_where_it_begins_is_one_day():
    found = one("DTSTART;VALUE=DATE:20270328", "DTEND;VALUE=DATE:20270328", zone=BERLIN.key)
    assert found.end - found.start == timedelta(hours=23)
    assert found.warnings == ("it has no length; a day is assumed",)


def test_a_day_is_one_of_the_calendar_whatever_zone_the_file_names():
    found = one("DTSTART;VALUE=DATE:20270328", zone=BERLIN.key, head=["X-WR-TIMEZONE:America/New_York"])
    assert (found.time_zone, found.start) == (BERLIN.key, opening("2027-03-28"))


@pytest.mark.parametrize(
    ("more", "recurrence"),
    [
        (["RRULE:FREQ=DAILY;UNTIL=20261230"], "RRULE:FREQ=DAILY;UNTIL=20261230"),
        (["RRULE:FREQ=DAILY;UNTIL=20261229T230000Z"], "RRULE:FREQ=DAILY;UNTIL=20261230"),
        (["RRULE:FREQ=DAILY;BYHOUR=9"], "RRULE:FREQ=DAILY"),
        (["RDATE;VALUE=DATE:20270102,20270101"], "RDATE;VALUE=DATE:20270101,20270102"),
        (
            ["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20261225", "EXDATE;TZID=Europe/Berlin:20261226T000000"],
            "RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261225,20261226",
        ),
    ],
)
def test_series_of_days_are_read(more, recurrence):
    assert one("DTSTART;VALUE=DATE:20261224", *more, zone=BERLIN.key).recurrence == recurrence


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("RRULE:FREQ=HOURLY", "recur by days"),
        ("RDATE:20270101T090000Z", "it is all-day, but its RDATE is not"),
    ],
)
def test_series_that_are_no_days_are_left_out_with_the_reason(line, reason):
    found = one("DTSTART;VALUE=DATE:20261224", line)
    assert isinstance(found, SkippedComponent)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("line", "head", "kind"),
    [
        ("DTSTART:20261224T090000", (), TimeKind.FLOATING),
        ("DTSTART:20261224T080000Z", (), TimeKind.TIMED),
        ("DTSTART;TZID=Europe/Berlin:20261224T090000", (), TimeKind.TIMED),
        ("DTSTART:20261224T090000", ("X-WR-TIMEZONE:Europe/Berlin",), TimeKind.TIMED),
    ],
)
def test_what_names_no_zone_floats(line, head, kind):
    found = one(line, "DURATION:PT1H", zone=BERLIN.key, head=head)
    assert (found.kind, found.start) == (kind, datetime(2026, 12, 24, 8, tzinfo=UTC))


def test_floating_series_keep_their_clock():
    found = one("DTSTART:20261224T090000", "RRULE:FREQ=DAILY;UNTIL=20261230T080000Z", "EXDATE:20261226T090000")
    assert found.recurrence == "RRULE:FREQ=DAILY;UNTIL=20261230T090000\nEXDATE:20261226T090000"


def test_days_are_written_as_dates_without_a_zone():
    text = written()
    assert times(text) == ["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261226", "TRANSP:TRANSPARENT"]
    assert "VTIMEZONE" not in text


def test_series_of_days_are_written_in_dates():
    kept = {"time_zone": BERLIN.key, "all_day": True, "parent_id": 7, "version": 2}
    moved = row(11, start=opening("2026-12-31"), end=opening("2027-01-02"), recurrence_id="20261230T000000", **kept)
    same = row(12, start=opening("2027-01-02"), end=opening("2027-01-04"), recurrence_id="20270102T000000", **kept)
    off = row(
        13,
        start=opening("2027-01-05"),
        end=opening("2027-01-07"),
        recurrence_id="20270105T000000",
        cancelled_at=NOW,
        **kept,
    )
    rule = "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20270108\nRDATE;VALUE=DATE:20270120\nEXDATE;VALUE=DATE:20261227"
    text = written(moved, same, off, recurrence=rule)
    assert times(text) == [
        "DTSTART;VALUE=DATE:20261224",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20261226",
        "DTEND;VALUE=DATE:20270102",
        "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20270108",
        "RDATE;VALUE=DATE:20270120",
        "EXDATE;VALUE=DATE:20261227,20270105",
        "RECURRENCE-ID;VALUE=DATE:20261230",
        "TRANSP:TRANSPARENT",
        "TRANSP:TRANSPARENT",
    ]


def test_what_passed_in_another_zone_is_no_exception():
    new_york = ZoneInfo("America/New_York")
    passed = row(
        11,
        start=opening("2026-12-25", new_york),
        end=opening("2026-12-27", new_york),
        version=2,
        parent_id=7,
        all_day=True,
        time_zone=new_york.key,
        recurrence_id="20261225T000000",
    )
    assert times(written(passed, recurrence="RRULE:FREQ=DAILY;COUNT=3")) == [
        "DTSTART;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20261226",
        "RRULE:FREQ=DAILY;COUNT=3",
        "TRANSP:TRANSPARENT",
    ]


def test_a_stopped_series_of_days_ends_with_a_date():
    text = written(recurrence="RRULE:FREQ=DAILY", stopped=True, reached=opening("2026-12-31") + timedelta(hours=9))
    assert lines(text, "RRULE") == ["RRULE:FREQ=DAILY;UNTIL=20261231"]
    text = written(recurrence="RRULE:FREQ=DAILY", last=opening("2026-12-31") - timedelta(seconds=1))
    assert lines(text, "RRULE") == ["RRULE:FREQ=DAILY;UNTIL=20261230"]


def test_floating_times_are_written_without_a_zone():
    nine = datetime(2026, 12, 24, 8, tzinfo=UTC)
    rule = "RRULE:FREQ=DAILY;UNTIL=20261230T090000\nRDATE;VALUE=PERIOD:20270101T090000/PT3H\nEXDATE:20261226T090000"
    text = written(all_day=False, floating=True, start=nine, end=nine + timedelta(hours=1), recurrence=rule)
    assert times(text) == [
        "DTSTART:20261224T090000",
        "DTEND:20261224T100000",
        "RRULE:FREQ=DAILY;UNTIL=20261230T090000",
        "RDATE;VALUE=PERIOD:20270101T090000/20270101T120000",
        "EXDATE:20261226T090000",
    ]
    assert "VTIMEZONE" not in text


def test_a_date_takes_only_its_own_day_out_of_a_series_at_midnight():
    midnight = opening("2026-12-01")
    fields = {"all_day": False, "start": midnight, "end": midnight + timedelta(hours=1)}
    text = written(**fields, recurrence="RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261203")
    assert lines(text, "EXDATE") == ["EXDATE;TZID=Europe/Berlin:20261203T000000"]


FILE = file(
    vevent("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Closed", uid="a@x"),
    vevent(
        "DTSTART;VALUE=DATE:20261201",
        "RRULE:FREQ=WEEKLY;COUNT=6",
        "EXDATE;VALUE=DATE:20261215",
        "RDATE;VALUE=DATE:20261203",
        "SUMMARY:Course",
        uid="b@x",
    ),
    vevent("RECURRENCE-ID;VALUE=DATE:20261208", "DTSTART;VALUE=DATE:20261209", "SUMMARY:Later", uid="b@x"),
    vevent(
        "DTSTART:20261224T090000",
        "DTEND:20261224T093000",
        "SUMMARY:Swim",
        uid="c@x",
    ),
    vevent(
        "DTSTART:20261224T090000",
        "DTEND:20261224T093000",
        "RRULE:FREQ=DAILY;UNTIL=20261230T090000",
        "SUMMARY:Run",
        uid="d@x",
    ),
    vevent(
        "RECURRENCE-ID:20261226T090000", "DTSTART:20261226T110000", "DTEND:20261226T113000", "SUMMARY:Run", uid="d@x"
    ),
)


@pytest.fixture
def take(api, inside, clock):
    """Return a function that imports a file where the calendar is, in New York, and tells of each component."""

    def take(content, calendar=None):
        upload = SimpleUploadedFile("a.ics", "\r\n".join(content).encode(), "text/calendar")
        address = f"/rest-api/calendar/{(calendar or inside.calendar).pk}/import/"
        told = finished(api, api.post(address, {"file": upload}, format="multipart")).json()["components"]
        return [" ".join([each["result"], *each["notes"]]) for each in told]

    return take


TIME = re.compile("DTSTART|DTEND|RRULE|RDATE|EXDATE|RECURRENCE-ID")


def export(calendar):
    text = b"".join(ical_export.stream_calendar(calendar, ExportStyle("x"))).decode()
    return re.sub(r"(DTSTAMP|LAST-MODIFIED|SEQUENCE):\S+\r\n", "", text)


def test_a_file_of_days_and_floating_times_comes_back_as_it_was(take, inside):
    assert take(FILE) == ["created", "created", "changed", "created", "created", "changed"]
    kept = {
        (row.title, row.all_day, row.floating, row.local_start[:8]) for row in Event.objects.filter(parent_event=None)
    }
    assert kept == {
        ("Closed", True, False, "20261224"),
        ("Course", True, False, "20261201"),
        ("Swim", False, True, "20261224"),
        ("Run", False, True, "20261224"),
    }
    told = export(inside.calendar)
    assert "TZID" not in told
    filled_in = ["DTEND;VALUE=DATE:20261202", "DTEND;VALUE=DATE:20261210"]
    assert sorted(filter(TIME.match, told.splitlines())) == sorted([*filter(TIME.match, FILE), *filled_in])
    second = Calendar.objects.create(name="Second", user=inside.calendar_user, clinic=inside.clinic)
    assert set(take(told.splitlines(), second)) == {"created", "changed"}
    assert export(second) == told
    assert take(told.splitlines()) == ["unchanged"] * 6
    assert take(FILE) == ["unchanged"] * 6


def test_an_occurrence_of_another_kind_is_left_out_with_the_reason(take):
    series = vevent("DTSTART;TZID=America/New_York:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    override = vevent("RECURRENCE-ID;TZID=America/New_York:20261202T090000", "DTSTART;VALUE=DATE:20261202")
    assert take(file(series, override)) == [
        "created",
        "skipped All occurrences of a series are all-day, or none is; change this and the following, or all.",
    ]


def test_a_replaced_first_day_is_known_again_wherever_the_calendar_is(take):
    series = vevent("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Course")
    first = vevent("RECURRENCE-ID;VALUE=DATE:20261201", "DTSTART;VALUE=DATE:20261130", "SUMMARY:Welcome")
    assert take(file(series, first)) == ["created", "created"]
    assert set(Event.objects.filter(parent_event=None).values_list("uid", flat=True)) == {
        "a@x",
        "a@x/20261201T000000",
    }


def test_the_first_day_can_be_excluded(take):
    series = vevent(
        "DTSTART;VALUE=DATE:20261201", "DURATION:P2D", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261201"
    )
    assert take(file(series)) == ["created"]
    root = Event.objects.get(parent_event=None)
    assert (root.local_start, root.end - root.start, root.recurrence, root.is_called_off) == (
        "20261201T000000",
        2 * DAY,
        "RRULE:FREQ=DAILY;COUNT=3",
        True,
    )
    assert sorted(root.children.values_list("recurrence_id", flat=True)) == ["20261202T000000", "20261203T000000"]


def found_in(calendar, begin, end):
    return {shown.root.title for shown in ical_export.overlapping(calendar, begin, end)}


def test_a_span_of_time_meets_days_where_the_calendar_is(make, inside, clock):
    """RFC 4791 9.9: dates and floating times are looked at in the calendar's zone."""
    midnight = time_kinds.midnight(date(2026, 12, 24))
    make(title="Closed", start=midnight, all_day=True)
    make(title="Course", start=midnight - 20 * DAY, all_day=True, recurrence="RRULE:FREQ=WEEKLY")
    make(title="Swim", start=midnight.replace(hour=9), floating=True)
    begin, hour = datetime(2026, 12, 24, 5, tzinfo=UTC), timedelta(hours=1)  # midnight in New York
    assert found_in(inside.calendar, begin - hour, begin) == set()
    assert found_in(inside.calendar, begin, begin + hour) == {"Closed"}
    assert found_in(inside.calendar, begin + 9 * hour, begin + 10 * hour) == {"Closed", "Swim"}
    assert found_in(inside.calendar, begin + 23 * hour, begin + 24 * hour) == {"Closed"}
    assert found_in(inside.calendar, begin + 24 * hour, begin + 25 * hour) == {"Course"}
    # Beyond what is made only the rule knows: the 7th of May is on the clock of summer.
    may = datetime(2027, 5, 7, 4, tzinfo=UTC)
    assert [found_in(inside.calendar, may + by * hour, may + (by + 1) * hour) for by in (-1, 0, 23, 24)] == [
        set(),
        {"Course"},
        {"Course"},
        set(),
    ]


def test_an_all_day_series_that_was_edited_is_told_as_it_goes(make, inside, clock):
    root = make(start=time_kinds.midnight(date(2026, 12, 1)), all_day=True, recurrence="RRULE:FREQ=DAILY;COUNT=6")
    third, fifth = root.children.order_by("start")[1], root.children.order_by("start")[3]
    events.cancel(third, reason="x", now=clock.at)
    series_edits.change(fifth, now=clock.at, reach=Reach.THIS, title="Long", end=time_kinds.midnight(date(2026, 12, 7)))
    assert times(export(inside.calendar)) == [
        "DTSTART;VALUE=DATE:20261201",
        "DTSTART;VALUE=DATE:20261205",
        "DTEND;VALUE=DATE:20261202",
        "DTEND;VALUE=DATE:20261207",
        "RRULE:FREQ=DAILY;COUNT=6",
        "EXDATE;VALUE=DATE:20261203",
        "RECURRENCE-ID;VALUE=DATE:20261205",
        "TRANSP:TRANSPARENT",
        "TRANSP:TRANSPARENT",
    ]
    assert content_lines.CALENDAR_BEGIN in export(inside.calendar)
