"""Free times as the engine computes them from intervals."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from appointments.engine import availability
from appointments.engine.availability import Resource, VisitLength, ZoneClock, seconds

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def at(text, zone=BERLIN):
    return seconds(datetime.fromisoformat(text).replace(tzinfo=zone))


def clock(day, zone=BERLIN):
    return ZoneClock(zone, at(f"{day}T00:00", zone), at(f"{day}T23:00", zone))


def hours(day, begin, end, zone=BERLIN):
    span = (time.fromisoformat(begin), time.fromisoformat(end))
    [(first, last)] = availability.clock_spans(clock(day, zone), date.fromisoformat(day), [span])
    return (last - first) / 3600


@pytest.mark.parametrize(
    ("day", "begin", "end", "length"),
    [
        ("2026-06-01", "09:00", "17:00", 8),
        ("2026-06-01", "09:00", "00:00", 15),
        ("2026-06-01", "00:00", "00:00", 24),
        ("2026-03-29", "00:00", "00:00", 23),
        ("2026-10-25", "00:00", "00:00", 25),
        ("2026-10-25", "01:00", "03:00", 3),
        ("2026-10-25", "01:00", "02:30", 1.5),  # the first half past two
        ("2026-03-29", "02:30", "04:00", 1),  # from the leap on
        ("2026-03-29", "01:00", "02:30", 1),
    ],
)
def test_span_of_a_clock_lasts_as_long_as_the_clock_takes(day, begin, end, length):
    assert hours(day, begin, end) == length


def test_clock_that_changes_by_half_an_hour_offers_round_times():
    clock = ZoneClock(LORD_HOWE, at("2026-04-05T00:00", LORD_HOWE), at("2026-04-05T06:00", LORD_HOWE))
    found = clock.steps(at("2026-04-05T00:30", LORD_HOWE), at("2026-04-05T04:00", LORD_HOWE), 3600)
    shown = [availability.moment(each).astimezone(LORD_HOWE).strftime("%H:%M") for each in found]
    assert shown == ["01:00", "02:00", "03:00", "04:00"]


def test_intervals_are_merged_subtracted_and_intersected():
    assert availability.merge([(5, 7), (1, 3), (3, 4), (6, 9), (9, 9)]) == [(1, 4), (5, 9)]
    assert availability.subtract([(0, 10), (20, 30)], [(2, 3), (5, 22), (30, 40)]) == [(0, 2), (3, 5), (22, 30)]
    assert availability.intersect([(0, 10), (20, 30)], [(5, 25)]) == [(5, 10), (20, 25)]


def test_crowd_is_where_as_many_overlap():
    assert availability.crowded([(0, 10), (5, 15), (12, 20), (20, 30)], 2) == [(5, 10), (12, 15)]
    assert availability.crowded([(0, 10), (10, 20)], 1) == [(0, 20)]


@pytest.mark.parametrize(
    ("length", "starts"),
    [
        (VisitLength(10), [(0, 31), (50, 91)]),
        (VisitLength(10, before=5), [(0, 31), (55, 91)]),
        (VisitLength(10, after=5), [(0, 26), (50, 91)]),
        (VisitLength(45), [(50, 56)]),
        (VisitLength(51), []),
    ],
)
def test_visit_begins_where_it_fits_with_its_buffers(length, starts):
    assert Resource([(0, 100)], [(40, 50)]).start_spans(length) == starts
