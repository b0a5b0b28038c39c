"""When alarms are due."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.alarm_due import GRACE, Notice, due, moved
from notifications.engine.sending_window import Window

PARIS = ZoneInfo("Europe/Paris")
APIA = ZoneInfo("Pacific/Apia")
HOUR, DAY = 3600, 86_400
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
OFFICE = Window(time(9), time(18), PARIS)
NIGHT = Window(time(20), time(2), PARIS)


def at(text, zone=PARIS, fold=0):
    """Return an instant in UTC, as comparing inside one zone would compare wall clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def of(start, advance=0, *, notice=None, window=None, zone=PARIS, margin=1800, now=LONG_AGO):
    times = Notice(notice or start, advance, start, zone, window or Window(), margin)
    found = due(times, now=now)
    return found.at, found.useful_until


@pytest.mark.parametrize(
    ("start", "advance", "expected"),
    [
        pytest.param(at("2026-11-23T09:00"), 2 * DAY, at("2026-11-21T09:00"), id="two days"),
        pytest.param(at("2026-03-30T09:00"), 2 * DAY, at("2026-03-28T09:00"), id="clock forward in between"),
        pytest.param(at("2026-10-26T09:00"), 2 * DAY, at("2026-10-24T09:00"), id="clock back in between"),
        pytest.param(at("2026-03-29T09:00"), 8 * HOUR, at("2026-03-29T00:00"), id="hours are elapsed"),
        pytest.param(at("2026-03-30T02:30"), DAY, at("2026-03-29T03:30"), id="missing hour"),
        pytest.param(at("2026-10-26T02:30"), DAY, at("2026-10-25T02:30"), id="first of two hours"),
        pytest.param(at("2028-03-01T09:00"), DAY, at("2028-02-29T09:00"), id="leap day"),
        pytest.param(at("2026-11-23T09:00"), 600, at("2026-11-23T08:50"), id="ten minutes"),
    ],
)
def test_lead(start, advance, expected):
    assert of(start, advance)[0] == expected


def test_lead_in_a_far_zone():
    assert of(at("2011-12-31T09:00", APIA), 2 * DAY, zone=APIA)[0] == at("2011-12-29T09:00", APIA)


@pytest.mark.parametrize(
    ("start", "advance", "window", "expected"),
    [
        pytest.param(at("2026-11-24T12:00"), 16 * HOUR, OFFICE, at("2026-11-24T09:00"), id="forward to the opening"),
        pytest.param(at("2026-11-24T09:15"), 13 * HOUR, OFFICE, at("2026-11-23T18:00"), id="back, in the margin"),
        pytest.param(at("2026-11-24T08:00"), 10 * HOUR, OFFICE, at("2026-11-23T18:00"), id="back, opening after start"),
        pytest.param(at("2026-11-24T12:00"), 2 * HOUR, NIGHT, at("2026-11-24T02:00"), id="back across midnight"),
        pytest.param(at("2026-11-24T23:00"), 8 * HOUR, NIGHT, at("2026-11-24T20:00"), id="forward across midnight"),
        pytest.param(at("2026-11-23T20:00"), 0, OFFICE, at("2026-11-24T09:00"), id="not meant to precede the event"),
    ],
)
def test_daily_window(start, advance, window, expected):
    assert of(start, advance, window=window)[0] == expected


@pytest.mark.parametrize(
    ("advance", "expected"),
    [
        pytest.param(2 * HOUR, at("2026-11-23T08:30"), id="less the margin"),
        pytest.param(1800, at("2026-11-23T09:00"), id="inside the margin: until the start"),
        pytest.param(0, at("2026-11-23T09:15"), id="wake-up call: grace"),
    ],
)
def test_end_of_use(advance, expected):
    assert of(at("2026-11-23T09:00"), advance)[1] == expected


def test_no_time_left_in_the_window_is_told_at_once():
    found = of(at("2026-11-24T08:00"), 10 * HOUR, window=OFFICE, now=at("2026-11-23T19:00"))
    assert found == (at("2026-11-23T22:00"), at("2026-11-23T22:00"))


def test_notice_after_the_event_has_its_own_grace():
    start = at("2026-11-23T09:00")
    assert of(start, notice=start + timedelta(days=1))[1] == start + timedelta(days=1) + GRACE


def test_notice_keeps_its_distance_on_the_wall_clock():
    old, new = at("2026-03-27T09:00"), at("2026-03-30T09:00")
    assert moved(at("2026-03-25T09:00"), old=old, new=new, zone=PARIS) == at("2026-03-28T09:00")
