"""The rules that people choose from a list."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence.presets import Ending, Preset, SeriesClock, line
from calendars.engine.states import TimeKind
from calendars.errors import BadRule

TUESDAY = date(2026, 11, 24)
NEW_YORK = SeriesClock(ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("preset", "first", "rule"),
    [
        ("daily", TUESDAY, "FREQ=DAILY"),
        ("workdays", TUESDAY, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("weekly", TUESDAY, "FREQ=WEEKLY"),
        ("fortnightly", TUESDAY, "FREQ=WEEKLY;INTERVAL=2"),
        ("monthly", TUESDAY, "FREQ=MONTHLY"),
        ("monthly_place", TUESDAY, "FREQ=MONTHLY;BYDAY=4TU"),
        ("monthly_place", date(2026, 12, 1), "FREQ=MONTHLY;BYDAY=1TU"),
        ("monthly_place", date(2026, 12, 29), "FREQ=MONTHLY;BYDAY=-1TU"),
    ],
)
def test_choice_is_a_line(preset, first, rule):
    assert line(Preset(preset), first, Ending(), NEW_YORK) == f"RRULE:{rule}"


@pytest.mark.parametrize(
    ("ending", "kind", "end"),
    [
        (Ending(times=4), TimeKind.TIMED, ";COUNT=4"),
        (Ending(until=date(2026, 12, 31)), TimeKind.TIMED, ";UNTIL=20270101T045959Z"),
        (Ending(until=date(2026, 12, 31)), TimeKind.FLOATING, ";UNTIL=20261231T235959"),
        (Ending(until=date(2026, 12, 31)), TimeKind.DAYS, ";UNTIL=20261231"),
    ],
)
def test_end_includes_its_day(ending, kind, end):
    assert line(Preset.DAILY, TUESDAY, ending, SeriesClock(NEW_YORK.zone, kind)) == f"RRULE:FREQ=DAILY{end}"


@pytest.mark.parametrize(
    ("preset", "first", "ending", "words"),
    [
        (Preset.WORKDAYS, date(2026, 11, 28), Ending(), "Saturday is no weekday"),
        (Preset.DAILY, TUESDAY, Ending(3, date(2026, 12, 31)), "not both"),
        (Preset.DAILY, TUESDAY, Ending(until=date(2026, 11, 23)), "It begins on 2026-11-24"),
    ],
)
def test_what_does_not_fit_is_refused(preset, first, ending, words):
    with pytest.raises(BadRule, match=words):
        line(preset, first, ending, NEW_YORK)
