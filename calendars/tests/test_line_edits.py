"""The lines of a series after an edit."""

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence.line_edits import RecurrenceText, check_same_rest, moved_rule, rule_value
from calendars.engine.recurrence.recurrence_set import parse
from calendars.engine.recurrence.rule_parser import named, rrule
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import Shift
from calendars.errors import CannotSplit, RuleNamesDays

PARIS = ZoneInfo("Europe/Paris")
ROOT = datetime.fromisoformat("2026-11-24T09:00")  # a Tuesday


def read(text, root=ROOT):
    return RecurrenceText.read(text, root=root, zone=PARIS)


def starts(text, root=ROOT, number=8):
    found = parse(root=root, zone=PARIS, text=text)
    return [root, *islice(found.between(root, root + timedelta(days=4000)), number)]


@pytest.mark.parametrize(
    "text",
    [
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=9",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=10",
        "RRULE:FREQ=MONTHLY;BYDAY=4TU;UNTIL=20280301T000000Z",
        "RRULE:FREQ=YEARLY",
        "RRULE:FREQ=HOURLY;INTERVAL=7",
        "RRULE:FREQ=DAILY;COUNT=9\nEXDATE:20261126T090000\nRDATE:20261128T170000,20270101T120000",
        "RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261127,20261130",
        "FREQ=DAILY;COUNT=6",
    ],
)
@pytest.mark.parametrize("place", [1, 3])
def test_both_halves_of_a_split_are_the_whole(text, place):
    whole = starts(text, number=30)
    at = whole[place]
    first, second = read(text).ended_before(at), read(text).begun_at(at)
    before = [start for start in starts(first, number=30)]
    after = starts(second, root=at, number=30)
    assert [*before, *after][: len(whole)] == whole
    assert before == whole[:place]
    check_same_rest(parse(root=ROOT, zone=PARIS, text=text), parse(root=at, zone=PARIS, text=second))


def test_what_counts_from_its_start_cannot_be_split():
    before = parse(root=ROOT, zone=PARIS, text="RRULE:FREQ=WEEKLY;INTERVAL=2\nRDATE:20261201T090000")
    after = parse(root=datetime.fromisoformat("2026-12-01T09:00"), zone=PARIS, text="RRULE:FREQ=WEEKLY;INTERVAL=2")
    with pytest.raises(CannotSplit):
        check_same_rest(before, after)


def test_moved_series_takes_its_dates_along():
    text = "RRULE:FREQ=DAILY\nRDATE:20261128T170000\nRDATE;VALUE=PERIOD:20261129T180000/PT30M\nEXDATE:20261126T090000"
    shift = Shift(ROOT, ROOT + timedelta(days=1, hours=2))
    assert read(text).moved(shift, TimeKind.TIMED, PARIS).splitlines() == [
        "RRULE:FREQ=DAILY",
        "RDATE:20261129T190000",
        "RDATE;VALUE=PERIOD:20261130T200000/PT1800S",
        "EXDATE:20261127T110000",
    ]


@pytest.mark.parametrize(
    ("rule", "days", "clock", "expected"),
    [
        ("FREQ=DAILY", 1, True, "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", 1, True, "FREQ=WEEKLY;BYDAY=WE,FR"),
        ("FREQ=WEEKLY;BYDAY=SU", 1, False, "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", -1, False, None),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", -1, False, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("FREQ=MONTHLY;BYDAY=2TU", 1, False, None),
        ("FREQ=MONTHLY;BYDAY=2TU", 0, True, "FREQ=MONTHLY;BYDAY=2TU"),
        ("FREQ=DAILY;BYHOUR=9", 0, True, None),
        ("FREQ=DAILY;BYHOUR=9", 1, False, "FREQ=DAILY;BYHOUR=9"),
    ],
)
def test_rule_moves_where_its_days_can(rule, days, clock, expected):
    if expected is None:
        with pytest.raises(RuleNamesDays):
            moved_rule(rule, days=days, clock=clock)
    else:
        assert moved_rule(rule, days=days, clock=clock) == expected


@pytest.mark.parametrize(
    ("frequency", "params"),
    [
        ("DAILY", "count:5"),
        ("WEEKLY", "byweekday:0,2;interval:2"),
        ("MONTHLY", "bysetpos:-1;byweekday:4"),
        ("YEARLY", ""),
    ],
)
def test_named_rule_is_the_same_when_written(frequency, params):
    assert rrule(rule_value(named(frequency, params))) == named(frequency, params)
