"""Where python-dateutil differs from RFC 5545: the RFC counts. docs/recurrence.md lists these in the same order."""

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from calendars.engine.recurrence.recurrence_set import parse
from calendars.tests.oracle import UTC_ZONE, last_year

local = datetime.fromisoformat
WEDNESDAY = local("2026-11-25T09:00")

# Rule, start, what happens by the RFC, what dateutil finds (the start itself aside).
DIFFERENCES = [
    pytest.param(
        "FREQ=YEARLY;BYWEEKNO=20",
        WEDNESDAY,
        ["2027-05-19", "2028-05-17"],
        ["2027-05-17", "2027-05-18"],
        id="the weekday of a week number is that of the start",
    ),
    pytest.param(
        "FREQ=MONTHLY;BYDAY=MO,1TU",
        WEDNESDAY,
        ["2026-11-30", "2026-12-01", "2026-12-07"],
        [],
        id="plain and counted weekdays add up",
    ),
    pytest.param(
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2",
        WEDNESDAY,
        ["2026-12-02", "2026-12-09"],
        ["2026-11-27", "2026-12-02"],
        id="BYSETPOS counts in the whole first week",
    ),
    pytest.param(
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO",
        local("2025-12-29T09:00"),
        ["2028-01-03"],
        ["2027-01-04"],
        id="a week belongs to one year, also where it begins in the one before",
    ),
    pytest.param(
        "FREQ=YEARLY;WKST=SA;BYWEEKNO=52;BYDAY=FR",
        local("2025-01-10T09:00"),
        ["2026-01-02", "2027-01-01"],
        ["2027-01-01"],
        id="the last week reaches into the next year",
    ),
    pytest.param(
        "FREQ=DAILY;UNTIL=20261126",
        WEDNESDAY,
        ["2026-11-26"],
        [],
        id="UNTIL a date means that whole day",
    ),
    pytest.param(
        "FREQ=WEEKLY;BYDAY=TU;COUNT=2",
        WEDNESDAY,
        ["2026-12-01"],
        ["2026-12-01", "2026-12-08"],
        id="the start is the first of COUNT",
    ),
]


@pytest.mark.parametrize(("rule", "root", "wanted", "theirs"), DIFFERENCES)
def test_standard_counts_where_dateutil_differs(rule, root, wanted, theirs):
    series = parse(root=root, zone=UTC_ZONE, text=rule)
    found = islice(series.between(root, root + timedelta(days=3000)), len(wanted))
    assert [f"{at:%Y-%m-%d}" for at in found] == wanted
    with last_year(2035):
        hits = islice((hit for hit in rrulestr(rule, dtstart=root) if hit > root), max(len(theirs), 1))
        assert [f"{at:%Y-%m-%d}" for at in hits] == theirs


def test_second_60_is_second_59():
    series = parse(root=WEDNESDAY, zone=UTC_ZONE, text="FREQ=DAILY;BYSECOND=60")
    assert next(series.between(WEDNESDAY, WEDNESDAY + timedelta(days=1))) == local("2026-11-25T09:00:59")
    with pytest.raises(ValueError, match="second must be in"):
        next(iter(rrulestr("FREQ=DAILY;BYSECOND=60", dtstart=WEDNESDAY)))


def test_monday_that_no_month_has_is_left_out():
    rule = "FREQ=YEARLY;BYMONTH=12;BYDAY=20MO"
    series = parse(root=WEDNESDAY, zone=UTC_ZONE, text=rule)
    assert list(series.between(WEDNESDAY, WEDNESDAY + timedelta(days=3000))) == []
    with last_year(2035), pytest.raises(IndexError):
        list(rrulestr(rule, dtstart=WEDNESDAY))


@pytest.mark.parametrize("number", [1, 20, 52, 53, -1, -53])
def test_weeks_are_those_of_the_iso_calendar(number):
    """What dateutil counts differently is held against Python's own calendar."""
    root = local("2015-01-01T09:00")
    series = parse(root=root, zone=UTC_ZONE, text=f"FREQ=YEARLY;BYWEEKNO={number};BYDAY=MO,SU")
    found = {at.date() for at in series.between(root, local("2040-12-30T00:00"))}
    wanted = set()
    for year in range(2015, 2041):
        weeks = date(year, 12, 28).isocalendar().week
        week = number if number > 0 else weeks + number + 1
        if 1 <= week <= weeks:
            wanted |= {date.fromisocalendar(year, week, day) for day in (1, 7)}
    assert found == {day for day in wanted if root.date() < day < date(2040, 12, 30)}
