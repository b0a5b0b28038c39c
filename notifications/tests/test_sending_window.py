"""The daily window, on the wall clock of its zone."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifications.engine.sending_window import Window

PARIS = ZoneInfo("Europe/Paris")
DAY = Window(time(9), time(18), PARIS)
NIGHT = Window(time(21), time(6), PARIS)
SMALL_HOURS = Window(time(2, 30), time(4), PARIS)
LEFT_OUT = Window(time(2, 10), time(2, 50), PARIS)


def at(text, zone=PARIS, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("window", "moment", "expected"),
    [
        pytest.param(DAY, at("2026-11-23T12:00"), at("2026-11-23T12:00"), id="inside"),
        pytest.param(DAY, at("2026-11-23T09:00"), at("2026-11-23T09:00"), id="at the opening"),
        pytest.param(DAY, at("2026-11-23T18:00"), at("2026-11-23T18:00"), id="at the closing"),
        pytest.param(DAY, at("2026-11-23T18:00:01"), at("2026-11-24T09:00"), id="a second after closing"),
        pytest.param(DAY, at("2026-11-23T03:00"), at("2026-11-23T09:00"), id="before the opening"),
        pytest.param(DAY, at("2028-02-28T20:00"), at("2028-02-29T09:00"), id="leap day"),
        pytest.param(DAY, at("2026-03-28T20:00"), at("2026-03-29T09:00"), id="clock forward"),
        pytest.param(DAY, at("2026-10-24T20:00"), at("2026-10-25T09:00"), id="clock back"),
        pytest.param(NIGHT, at("2026-11-23T02:00"), at("2026-11-23T02:00"), id="inside, after midnight"),
        pytest.param(NIGHT, at("2026-11-23T12:00"), at("2026-11-23T21:00"), id="outside, across midnight"),
        pytest.param(SMALL_HOURS, at("2026-10-25T02:10", fold=1), at("2026-10-25T02:30", fold=1), id="repeated hour"),
        pytest.param(LEFT_OUT, at("2026-03-29T01:00"), at("2026-03-30T02:10"), id="window inside the missing hour"),
        pytest.param(
            Window(time(18, 8, 34, 469365), time(20), PARIS),
            at("2026-11-23T12:00"),
            at("2026-11-23T18:08:34"),
            id="fraction of a second",
        ),
        pytest.param(
            Window(time(9, 0, 0, 1), time(9, 0, 0, 9), PARIS),
            at("2026-11-23T12:00"),
            at("2026-11-23T12:00"),
            id="less than a second",
        ),
        pytest.param(
            Window(time(9), time(18), ZoneInfo("Pacific/Apia")),
            at("2011-12-29T20:00", ZoneInfo("Pacific/Apia")),
            at("2011-12-31T09:00", ZoneInfo("Pacific/Apia")),
            id="far zone, missing day",
        ),
    ],
)
def test_next_opening(window, moment, expected):
    assert window.next_open(moment) == expected.astimezone(UTC)


@pytest.mark.parametrize(
    ("window", "moment", "expected"),
    [
        pytest.param(DAY, at("2026-11-23T20:00"), at("2026-11-23T18:00"), id="same day"),
        pytest.param(DAY, at("2026-11-23T03:00"), at("2026-11-22T18:00"), id="day before"),
        pytest.param(NIGHT, at("2026-11-23T12:00"), at("2026-11-23T06:00"), id="across midnight"),
        pytest.param(LEFT_OUT, at("2026-03-29T12:00"), at("2026-03-28T02:50"), id="missing hour"),
    ],
)
def test_last_closing(window, moment, expected):
    assert window.last_close(moment) == expected.astimezone(UTC)


def test_default_window_is_always_open():
    assert Window().contains(datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC))


def test_equal_ends_mean_the_whole_day():
    assert Window(time(9), time(9), PARIS).contains(at("2026-11-23T03:00"))
