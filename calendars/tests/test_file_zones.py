"""Zones that a file defines (VTIMEZONE), and names of zones that calendar programs write."""

from datetime import UTC, datetime, timedelta

import pytest

from calendars.engine.icalendar import zone_definitions, zone_matching
from calendars.engine.icalendar.parsed_event import SkippedComponent
from calendars.tests.test_ical_components import calendar, event, read

WEEKLY = "RRULE:FREQ=WEEKLY"
EASTERN = "(UTC-05:00) Eastern Time (US & Canada)"
SUMMER = [
    ("STANDARD", "0200", "-0400", "-0500", "BYDAY=1SU;BYMONTH=11"),
    ("DAYLIGHT", "0200", "-0500", "-0400", "BYDAY=2SU;BYMONTH=3"),
]
CENTRAL = [
    ("STANDARD", "0300", "+0200", "+0100", "BYDAY=-1SU;BYMONTH=10"),
    ("DAYLIGHT", "0200", "+0100", "+0200", "BYDAY=-1SU;BYMONTH=3"),
]
FIXED = [("STANDARD", "0000", "+0100", "+0100", "")]
ODD = [("STANDARD", "0000", "+0117", "+0117", "")]


def zone(name, parts):
    """Return a VTIMEZONE as Outlook writes it."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for kind, clock, before, after, rule in parts:
        lines += [f"BEGIN:{kind}", f"DTSTART:16010101T{clock}00", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
        lines += [f"RRULE:FREQ=YEARLY;{rule}"] if rule else []
        lines += [f"END:{kind}"]
    return [*lines, "END:VTIMEZONE"]


def found(name, parts, *lines, near="Europe/Paris", start="20270702T090000"):
    """Return the one event of a file whose times are in a zone that it defines."""
    one = event(f'DTSTART;TZID="{name}":{start}', "DURATION:PT1H", *lines)
    (entry,) = read(calendar(zone(name, parts) if parts else [], one), near)
    return entry


@pytest.mark.parametrize(
    ("name", "parts", "near", "expected"),
    [
        (EASTERN, SUMMER, "Europe/Paris", "America/New_York"),
        (EASTERN, SUMMER, "America/Toronto", "America/Toronto"),
        ("Customized Time Zone", CENTRAL, "Europe/Paris", "Europe/Paris"),
        ("Customized Time Zone", CENTRAL, "Asia/Tokyo", "Europe/Budapest"),
        ("Customized Time Zone", FIXED, "Europe/Paris", "Etc/GMT-1"),
        ("Customized Time Zone", FIXED, "Africa/Algiers", "Africa/Algiers"),
        ("GMT+0100", None, "Europe/Paris", "Etc/GMT-1"),
        ("UTC-03:30", None, "Europe/Paris", None),
        ("Pacific Standard Time", SUMMER, "Europe/Paris", "America/New_York"),
        ("/mozilla.org/20070129_1/Europe/Berlin", SUMMER, "Europe/Paris", "Europe/Berlin"),
        ("Europe/Berlin", SUMMER, "Europe/Paris", "Europe/Berlin"),
    ],
)
def test_a_series_is_on_the_clock_of_the_zone_with_the_same_offsets(name, parts, near, expected):
    entry = found(name, parts, WEEKLY, near=near)
    assert getattr(entry, "time_zone", None) == expected


def test_the_clock_of_the_calendar_does_where_it_has_the_offsets_over_the_file():
    winter = found("GMT+0100", None, start="20271201T090000")
    assert (winter.time_zone, winter.start) == ("Europe/Paris", datetime(2027, 12, 1, 8, tzinfo=UTC))
    summer = found("GMT+0100", None)
    assert (summer.time_zone, summer.start) == ("Etc/GMT-1", datetime(2027, 7, 2, 8, tzinfo=UTC))


def test_a_single_event_of_a_zone_that_nobody_has_keeps_its_instant():
    entry = found("Ours", ODD)
    assert (entry.time_zone, entry.start) == ("Europe/Paris", datetime(2027, 7, 2, 7, 43, tzinfo=UTC))


def test_a_series_of_a_zone_that_nobody_has_is_left_out():
    entry = found("Ours", ODD, WEEKLY)
    assert isinstance(entry, SkippedComponent)
    assert entry.reason == "the zone “Ours” has the offsets of no zone that is known; a series needs one"


def test_a_zone_that_changed_its_rules_since_is_found_for_a_series_by_its_own_years():
    """The rule of the United States since 2007 was not theirs in 2006."""
    name, old = "Customized Time Zone", event('DTSTART;TZID="Customized Time Zone":20060401T090000', uid="old")
    new = event(f'DTSTART;TZID="{name}":20270702T090000', WEEKLY)
    first, second = read(calendar(zone(name, SUMMER), old, new), "Europe/Paris")
    assert (first.time_zone, first.start) == ("Europe/Paris", datetime(2006, 4, 1, 13, tzinfo=UTC))
    assert (second.time_zone, second.start) == ("America/New_York", datetime(2027, 7, 2, 13, tzinfo=UTC))


def test_a_zone_may_be_defined_behind_its_events_and_anew_in_each_calendar():
    one = event("DTSTART;TZID=Ours:20270702T090000", WEEKLY)
    lines = [*calendar(one, zone("Ours", SUMMER)), *calendar(zone("Ours", CENTRAL), one)]
    assert [entry.time_zone for entry in read(lines, "Asia/Tokyo")] == ["America/New_York", "Europe/Budapest"]


def test_a_zone_that_does_not_end_costs_itself():
    broken = zone("Ours", SUMMER)[:-1]
    first, second = read(
        calendar(broken, event("DTSTART;TZID=Ours:20270702T090000"), event("DTSTART:20270702T090000Z"))
    )
    assert (first.start, second.start) == (datetime(2027, 7, 2, 13, tzinfo=UTC), datetime(2027, 7, 2, 9, tzinfo=UTC))


def test_a_zone_that_cannot_be_read_is_known_by_its_name_only():
    parts = [("STANDARD", "0300", "+0200", "later", "")]
    assert found("Ours", parts).reason.startswith("the zone “Ours” is not known")
    assert found("Romance Standard Time", parts).time_zone == "Europe/Paris"


def test_the_dates_of_an_exclusion_are_in_its_zone():
    entry = found("GMT+0200", None, "RRULE:FREQ=DAILY", 'EXDATE;TZID="GMT+0300":20270703T100000', near="Africa/Maputo")
    assert entry.recurrence.splitlines()[1] == "EXDATE:20270703T090000"


DEFINED = zone_definitions.parse(zone("Ours", CENTRAL))


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2027-01-10T09:00", "2027-01-10T08:00"),
        ("2027-07-10T09:00", "2027-07-10T07:00"),
        ("2027-03-28T01:59", "2027-03-28T00:59"),
        ("2027-03-28T02:30", "2027-03-28T01:30"),  # left out: the offset before the gap
        ("2027-03-28T03:00", "2027-03-28T01:00"),
        ("2027-10-31T02:30", "2027-10-31T00:30"),  # comes twice: the first
        ("2027-10-31T03:00", "2027-10-31T02:00"),
    ],
)
def test_a_definition_tells_instants(local, instant):
    assert DEFINED.instant(datetime.fromisoformat(local)) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_definition_may_list_its_changes_and_end_its_rules():
    ends = "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20270328T010000Z"
    lines = [ends if line.endswith("BYMONTH=3") else line for line in zone("Ours", CENTRAL)]
    lines = ["RDATE:20271031T030000" if line.endswith("BYMONTH=10") else line for line in lines]
    defined = zone_definitions.parse(lines)
    april, october, may = (datetime.fromisoformat(day) for day in ("2027-04-03", "2028-01-31", "2028-05-01"))
    assert [defined.offset(at) for at in (april, may)] == [timedelta(hours=2), timedelta(hours=1)]
    assert zone_matching.agrees(defined, "Europe/Berlin", (april, october))
    assert not zone_matching.agrees(defined, "Europe/Berlin", (april, may))
