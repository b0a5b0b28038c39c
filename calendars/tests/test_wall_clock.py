"""Every zone and clock change, against an oracle that knows only what each instant is called; ZONES=1 asks for all."""

import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest

from calendars.engine.recurrence.recurrence_set import parse, resolve, resolve_all, wall

EVERY = 1 if os.environ.get("ZONES") else 8
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def offset(at, zone):
    return at.astimezone(zone).utcoffset()


def changes(zone):
    """Return the first instant after each change of a zone's offset."""
    at = FIRST
    while at < LAST:
        later = at + 7 * DAY
        if offset(at, zone) != offset(later, zone):
            low, high = at, later
            while high - low > MINUTE:
                middle = low + (high - low) // (2 * MINUTE) * MINUTE
                low, high = (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
            yield high
        at = later


# Most zones have given up changing their clocks; of them there is nothing to see here.
ZONES = [
    name for name in sorted(available_timezones() - {"localtime", "Factory"})[::EVERY] if any(changes(ZoneInfo(name)))
]


def test_zones_change_their_clocks():
    assert len(ZONES) > 15


def instant(local, zone):
    """Return the first instant that a clock calls so; where none does, what the clock before the gap would call so."""
    guesses = {local.replace(tzinfo=UTC) - offset(local.replace(tzinfo=UTC) + side, zone) for side in (-DAY, DAY)}
    called = [guess for guess in guesses if guess.astimezone(zone).replace(tzinfo=None) == local]
    before = local.replace(tzinfo=UTC) - DAY
    return min(called) if called else local.replace(tzinfo=UTC) - offset(before, zone)


@pytest.mark.parametrize("name", ZONES)
def test_times_around_clock_changes_follow_the_standard(name):
    zone = ZoneInfo(name)
    for change in changes(zone):
        near = [wall(change, zone) + minutes * MINUTE for minutes in range(-90, 91, 15)]
        wanted = [instant(local, zone) for local in near]
        assert [resolve(local, zone) for local in near] == wanted, change
        assert list(resolve_all(near, zone)) == wanted, change


@pytest.mark.parametrize("name", ZONES)
def test_series_over_clock_changes_happens_once_at_each_wall_clock_time(name):
    zone = ZoneInfo(name)
    for change in changes(zone):
        root = wall(change - 2 * DAY, zone)
        daily = parse(root=root, zone=zone, text="FREQ=DAILY")
        assert list(islice(daily.between(root, root + 5 * DAY), 4)) == [root + days * DAY for days in range(1, 5)]
        hourly = parse(root=root, zone=zone, text="FREQ=MINUTELY;INTERVAL=30")
        found = [resolve(start, zone) for start in hourly.between(root, root + 4 * DAY)]
        assert len(set(found)) == len(found), change
        steps = {wall(at, zone).replace(minute=0) for at in found}
        assert len(steps) >= 4 * 24 - 2, change
