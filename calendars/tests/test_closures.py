"""When a place is open, and what a closure does to an occurrence; without a database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.closure_decision import (
    OUTSIDE,
    ClosedSpan,
    Decision,
    OpeningTimes,
    ScheduledTimes,
    decide,
    warning,
)
from calendars.engine.recurrence.recurrence_set import parse, resolve
from calendars.engine.states import ClosureEffect

ZONE = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
local = datetime.fromisoformat
WEEK = {day: [(time(8), time(12)), (time(13), time(18))] for day in range(5)}


def shut(name, first, last="", begins=None, ends=None):
    return ClosedSpan.of_days(name, (date.fromisoformat(first), date.fromisoformat(last or first)), (begins, ends))


def why(place, start, hours=1.0):
    begin = resolve(local(start), place.zone)
    return place.why_closed(begin, begin + hours * HOUR)


@pytest.mark.parametrize(
    ("start", "hours", "closed"),
    [
        ("2026-11-23T08:00", 4, ""),
        ("2026-11-23T07:59", 1, OUTSIDE),
        ("2026-11-23T11:30", 1, OUTSIDE),
        ("2026-11-23T12:00", 0.5, OUTSIDE),
        ("2026-11-23T17:00", 1, ""),
        ("2026-11-23T17:01", 1, OUTSIDE),
        ("2026-11-28T09:00", 1, OUTSIDE),
        ("2026-11-23T09:00", 25, ""),
    ],
    ids=["morning", "early", "into lunch", "at lunch", "until the end", "too late", "Saturday", "longer than a day"],
)
def test_hours_cover_the_whole_span(start, hours, closed):
    assert why(OpeningTimes(ZONE, WEEK), start, hours) == closed


def test_spans_that_touch_are_one():
    place = OpeningTimes(ZONE, {0: [(time(12), time(18)), (time(8), time(12))]})
    assert why(place, "2026-11-23T11:30") == ""


def test_midnight_is_the_end_of_the_day():
    place = OpeningTimes(ZONE, {0: [(time(18), time(0))], 1: [(time(0), time(2))]})
    assert (why(place, "2026-11-23T23:00"), why(place, "2026-11-23T23:30"), why(place, "2026-11-24T01:30")) == (
        "",
        "",
        OUTSIDE,
    )


@pytest.mark.parametrize(
    ("start", "closed"),
    [
        ("2026-12-24T10:59", ""),
        ("2026-12-24T11:00", "Break"),
        ("2026-12-27T23:30", "Break"),
        ("2026-12-28T07:59", "Break"),
        ("2026-12-28T08:00", ""),
    ],
)
def test_closure_lasts_from_its_time_to_its_time(start, closed):
    place = OpeningTimes(ZONE, closures=[shut("Break", "2026-12-24", "2026-12-28", time(11, 59), time(8))])
    assert why(place, start) == closed


def test_closure_without_times_takes_whole_days():
    place = OpeningTimes(ZONE, closures=[shut("Outing", "2026-12-01")])
    met = [why(place, at) for at in ("2026-11-30T23:00", "2026-12-01T00:00", "2026-12-01T23:00", "2026-12-02T00:00")]
    assert met == ["", "Outing", "Outing", ""]


def test_public_holidays_are_those_of_the_region():
    assert why(OpeningTimes(ZONE, region="US"), "2026-12-25T09:00") == "Christmas Day"
    assert why(OpeningTimes(ZONE, region="US"), "2026-12-24T23:30") == "Christmas Day"
    assert why(OpeningTimes(ZONE, region="US"), "2026-12-24T23:00") == ""
    assert why(OpeningTimes(ZONE), "2026-12-25T09:00") == ""


def test_clinic_is_asked_on_its_own_clock():
    place = OpeningTimes(ZONE, closures=[shut("Outing", "2026-12-01")])
    paris = datetime(2026, 12, 2, 5, 30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    assert place.why_closed(paris, paris + HOUR) == "Outing"


def outcome(place, wish, start, rule="FREQ=WEEKLY", root="2026-11-05T09:00"):
    series = parse(root=local(root), zone=ZONE, text=f"RRULE:{rule}")
    at = resolve(local(start), ZONE)
    return decide(place, series, wish, ScheduledTimes(local(start), at, at + HOUR))


def at(start, closure="", effect=""):
    begin = resolve(local(start), ZONE)
    return Decision(begin, begin + HOUR, closure, effect)


THANKSGIVING = OpeningTimes(ZONE, region="US")


def test_series_keeps_what_falls_on_a_holiday():
    assert outcome(THANKSGIVING, "keep", "2026-11-26T09:00") == at("2026-11-26T09:00", "Thanksgiving Day")


def test_series_skips_what_falls_on_a_holiday_and_nothing_else():
    assert outcome(THANKSGIVING, "skip", "2026-11-26T09:00") == at(
        "2026-11-26T09:00", "Thanksgiving Day", ClosureEffect.SKIPPED
    )
    assert outcome(THANKSGIVING, "skip", "2026-11-19T09:00") == at("2026-11-19T09:00")


def test_series_moves_to_the_next_open_day_at_the_same_time():
    bridge = OpeningTimes(ZONE, WEEK, [shut("Bridge day", "2026-11-27")], "US")
    assert outcome(bridge, "move", "2026-11-26T09:00") == at(
        "2026-11-30T09:00", "Thanksgiving Day", ClosureEffect.MOVED
    )


def test_series_moves_on_the_wall_clock_over_a_clock_change():
    place = OpeningTimes(ZONE, closures=[shut("Outing", "2026-10-31")])
    moved = outcome(place, "move", "2026-10-31T09:00", root="2026-10-03T09:00")
    assert (moved.start, moved.end - moved.start) == (resolve(local("2026-11-01T09:00"), ZONE), HOUR)


def test_what_would_meet_the_series_own_occurrence_is_skipped():
    daily = outcome(THANKSGIVING, "move", "2026-11-26T09:00", rule="FREQ=DAILY")
    assert daily == at("2026-11-26T09:00", "Thanksgiving Day", ClosureEffect.SKIPPED)


def test_of_two_closed_days_of_a_series_one_moves():
    place = OpeningTimes(ZONE, WEEK, [shut("Bridge day", "2026-11-27")], "US")
    days = [outcome(place, "move", f"2026-11-{day}T09:00", rule="FREQ=WEEKLY;BYDAY=TH,FR") for day in (26, 27)]
    assert [(one.effect, one.start) for one in days] == [
        (ClosureEffect.SKIPPED, resolve(local("2026-11-26T09:00"), ZONE)),
        (ClosureEffect.MOVED, resolve(local("2026-11-30T09:00"), ZONE)),
    ]


def test_series_outside_the_hours_is_not_touched():
    assert outcome(OpeningTimes(ZONE, WEEK), "skip", "2026-11-26T19:00", root="2026-11-05T19:00") == at(
        "2026-11-26T19:00", OUTSIDE
    )


def test_evening_series_moves_over_closures_only():
    place = OpeningTimes(ZONE, WEEK, region="US")
    assert outcome(place, "move", "2026-11-26T19:00", root="2026-11-05T19:00") == at(
        "2026-11-27T19:00", "Thanksgiving Day", ClosureEffect.MOVED
    )


def test_without_an_open_day_within_a_month_it_stays():
    place = OpeningTimes(ZONE, closures=[shut("Rebuilding", "2026-11-26", "2027-03-01")])
    assert outcome(place, "move", "2026-11-26T09:00") == at("2026-11-26T09:00", "Rebuilding")


@pytest.mark.parametrize(
    ("closure", "effect", "words"),
    [
        ("", "", ""),
        (OUTSIDE, "", "It lies outside the opening hours."),
        ("Outing", "", "It falls on “Outing”."),
        ("Outing", "skipped", "It does not take place because of “Outing”."),
        ("Outing", "moved", "It was moved because of “Outing”."),
    ],
)
def test_warnings_are_sentences(closure, effect, words):
    assert warning(closure, effect) == words
