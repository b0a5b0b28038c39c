"""Counting back over closed days."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from appointments.engine.business_days import days_before, opened_days
from calendars.engine.closure_decision import ClosedSpan, OpeningTimes

BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
WEEKDAYS = {day: [(time(8), time(17))] for day in range(5)}


def closure(first, last, begin=None, end=None):
    return ClosedSpan.of_days("Closed", (date.fromisoformat(first), date.fromisoformat(last)), (begin, end))


@pytest.mark.parametrize(
    ("begins", "number", "days"),
    [
        pytest.param("2026-11-26", 1, 1, id="thursday"),
        pytest.param("2026-11-23", 1, 3, id="monday: friday"),
        pytest.param("2026-11-23", 2, 4, id="monday: thursday"),
        pytest.param("2026-11-22", 1, 2, id="sunday itself counts for nothing"),
        pytest.param("2026-11-27", 6, 8, id="a week and a day"),
        pytest.param("2026-10-26", 1, 3, id="clock goes back on the weekend"),
        pytest.param("2026-03-30", 1, 3, id="clock goes forward on the weekend"),
        pytest.param("2026-11-23", 0, 0, id="none"),
    ],
)
def test_weekends_are_no_business_days(begins, number, days):
    is_open = opened_days(OpeningTimes(BERLIN, WEEKDAYS))
    assert days_before(date.fromisoformat(begins), number, is_open=is_open) == days


def test_closures_and_holidays_are_no_business_days():
    is_open = opened_days(OpeningTimes(BERLIN, WEEKDAYS, [closure("2026-12-21", "2026-12-23")], "DE"))
    # 25 and 26 December are holidays, 24 December is a Thursday like others.
    assert days_before(date(2026, 12, 28), 1, is_open=is_open) == 4
    assert days_before(date(2026, 12, 28), 2, is_open=is_open) == 10


def test_closure_of_some_hours_leaves_a_business_day():
    is_open = opened_days(OpeningTimes(BERLIN, WEEKDAYS, [closure("2026-11-25", "2026-11-25", time(12), time(17))]))
    assert days_before(date(2026, 11, 26), 1, is_open=is_open) == 1
    shut = opened_days(OpeningTimes(BERLIN, WEEKDAYS, [closure("2026-11-25", "2026-11-25", time(8), time(17))]))
    assert days_before(date(2026, 11, 26), 1, is_open=shut) == 2


def test_clinic_without_hours_is_open_each_day():
    assert days_before(date(2026, 11, 23), 2, is_open=opened_days(OpeningTimes(BERLIN))) == 2


def test_clinic_that_never_opens_counts_a_year():
    never = opened_days(OpeningTimes(BERLIN, WEEKDAYS, [closure("2020-01-01", "2030-01-01")]))
    assert days_before(date(2026, 11, 23), 1, is_open=never) == 366


def test_day_that_a_zone_left_out_is_none():
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    is_open = opened_days(OpeningTimes(APIA, {day: [(time(8), time(17))] for day in range(7)}))
    assert [is_open(date(2011, 12, day)) for day in (29, 30, 31)] == [True, False, True]
