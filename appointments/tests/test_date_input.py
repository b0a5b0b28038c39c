from datetime import UTC, date, datetime, time

import pytest

from appointments.engine import date_input

DAY = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", (DAY, None)),
        ("20261231", (DAY, None)),
        ("31.12.2026", (DAY, None)),
        ("12/31/2026", (DAY, None)),
        ("2026/12/31", (DAY, None)),
        ("31 Dec 2026", (DAY, None)),
        ("December 31, 2026", (DAY, None)),
        ("2026-12-31 14:30", (DAY, time(14, 30))),
        ("2026-12-31T14:30:15", (DAY, time(14, 30, 15))),
        ("12/31/2026 2:30 PM", (DAY, time(14, 30))),
        ("31.12.2026, 14:30", (DAY, time(14, 30))),
        ("Dec 31, 2026 8am", (DAY, time(8))),
        ("2026-12-31T14:30:00Z", datetime(2026, 12, 31, 14, 30, tzinfo=UTC)),
        ("2026-12-31T14:30+02:00", datetime(2026, 12, 31, 12, 30, tzinfo=UTC)),
        ("2026-12-31 14:30 UTC", datetime(2026, 12, 31, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_common_forms(text, expected):
    assert date_input.read_moment(text, month_first=True) == expected


def test_the_region_decides_whether_the_month_comes_first():
    assert date_input.read_day("03/04/2026", month_first=True) == date(2026, 3, 4)
    assert date_input.read_day("03/04/2026", month_first=False) == date(2026, 4, 3)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "13/13/2026", "2026-12-31 25:00", "31 Dez 2026"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        date_input.read_moment(text, month_first=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00", time(8)),
        ("8.30", time(8, 30)),
        ("8h30", time(8, 30)),
        ("0830", time(8, 30)),
        ("12 am", time(0)),
        ("12:15pm", time(12, 15)),
        ("8h", time(8)),
    ],
)
def test_times_are_read_in_common_forms(text, expected):
    assert date_input.read_time(text) == expected


@pytest.mark.parametrize("text", ["8", "24:00", "13pm", "8:60", "eight"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        date_input.read_time(text)


@pytest.mark.parametrize(("text", "expected"), [("30", 30), ("45 min", 45), ("1:30", 90), ("1h", 60), ("1h15", 75)])
def test_lengths_are_read(text, expected):
    assert date_input.read_minutes(text) == expected


def test_a_time_that_comes_twice_is_the_first():
    assert date_input.to_instant(date(2026, 10, 25), time(2, 30), "Europe/Paris") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_a_time_that_the_clock_skips_is_refused():
    with pytest.raises(ValueError, match="skipped"):
        date_input.to_instant(date(2026, 3, 29), time(2, 30), "Europe/Paris")


def test_slots_stay_within_their_span():
    slots = {date_input.slot_time(number, time(8), time(9)) for number in range(100)}
    assert (min(slots), max(slots), len(slots)) == (time(8), time(8, 55), 12)
