"""Plans of edits of series: values in, values out; no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine import series_plan
from calendars.engine.series_plan import ChildMove, ChildTimes, RootLines, Series, SeriesEnding
from calendars.engine.states import TimeKind
from calendars.errors import CannotSplit, RuleNamesDays

NEW_YORK = ZoneInfo("America/New_York")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
FIRST = datetime.fromisoformat("2026-11-30T09:00")  # a Monday, UTC-5


def at(local):
    return local.replace(tzinfo=NEW_YORK).astimezone(UTC)


def series(lines="RRULE:FREQ=WEEKLY;COUNT=5", first=FIRST, **fields):
    return Series(
        start=at(first), end=at(first) + HOUR, zone=NEW_YORK, kind=TimeKind.TIMED, first=first, lines=lines, **fields
    )


def child(pk, local, start=None, *, is_cancelled=False):
    start = at(local) if start is None else start
    return ChildTimes(pk, local, start, start + HOUR, NEW_YORK, TimeKind.TIMED, is_cancelled)


def test_split_ends_the_old_series_a_second_before_the_new_one_begins():
    second = FIRST + WEEK
    plan = series_plan.split(series(), series(lines="", first=second), second)
    assert plan.ended == SeriesEnding("RRULE:FREQ=WEEKLY;UNTIL=20261207T135959Z", at(second) - timedelta(seconds=1))
    assert plan.begun == RootLines("RRULE:FREQ=WEEKLY;COUNT=4", keeps_rule=False)


def test_new_root_that_was_moved_by_hand_says_where_its_series_begins():
    second = FIRST + WEEK
    plan = series_plan.split(series(), series(lines="", first=second + HOUR), second)
    assert plan.begun.lines == "DTSTART:20261207T090000\nRRULE:FREQ=WEEKLY;COUNT=4"


def test_old_root_that_was_moved_by_hand_still_says_where_its_series_begins():
    moved = series("DTSTART:20261130T090000\nRRULE:FREQ=WEEKLY;COUNT=5", first=FIRST + HOUR)
    assert series_plan.end(moved, FIRST + WEEK).lines == (
        "DTSTART:20261130T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261207T135959Z"
    )


def test_old_root_that_stands_where_its_series_begins_needs_no_dtstart():
    assert series_plan.end(series("DTSTART:20261130T090000\nRRULE:FREQ=DAILY"), FIRST + DAY).lines == (
        "RRULE:FREQ=DAILY;UNTIL=20261201T135959Z"
    )


def test_named_rule_stays_with_both_halves_when_it_says_the_same():
    weekly = series("", frequency="WEEKLY", params=None)
    plan = series_plan.split(weekly, series(lines="", first=FIRST + WEEK), FIRST + WEEK)
    assert (plan.ended.lines, plan.begun) == ("", RootLines("", keeps_rule=True))


def test_counted_named_rule_is_written_out_for_what_is_left_of_it():
    weekly = series("", frequency="WEEKLY", params="count:3")
    plan = series_plan.split(weekly, series(lines="", first=FIRST + WEEK), FIRST + WEEK)
    assert plan.begun == RootLines("RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=MO;COUNT=2", keeps_rule=False)


def test_series_whose_rest_would_go_on_otherwise_cannot_be_split():
    extra = FIRST + 2 * DAY
    with pytest.raises(CannotSplit):
        series_plan.split(series("RRULE:FREQ=WEEKLY\nRDATE:20261202T090000"), series("", first=extra), extra)


def test_lines_move_with_the_first_occurrence():
    weekly = series("RRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20261207T090000")
    moved = series_plan.move(weekly, series("", first=FIRST + DAY + HOUR))
    assert moved.lines == "RRULE:FREQ=WEEKLY;BYDAY=TU\nEXDATE:20261208T100000"


def test_rule_that_names_days_of_the_month_does_not_move():
    with pytest.raises(RuleNamesDays):
        series_plan.move(series("RRULE:FREQ=MONTHLY;BYMONTHDAY=30"), series("", first=FIRST + DAY))


def test_occurrences_move_along_unless_somebody_moved_or_cancelled_them():
    before, after = series(), series(first=FIRST + HOUR)
    second, third, fourth = FIRST + WEEK, FIRST + 2 * WEEK, FIRST + 3 * WEEK
    children = [child(1, second), child(2, third, at(third) + DAY), child(3, fourth, is_cancelled=True)]
    assert series_plan.reschedule(before, after, children, set()) == [
        ChildMove(1, second + HOUR, (second + HOUR, at(second) + HOUR, at(second) + 2 * HOUR)),
        ChildMove(2, third + HOUR),
        ChildMove(3, fourth + HOUR),
    ]


def test_occurrence_whose_new_name_is_taken_stays_as_it_is():
    second = FIRST + WEEK
    taken = {(second + HOUR).strftime(series_plan.IDENTITY)}
    moves = series_plan.reschedule(series(), series(first=FIRST + HOUR), [child(1, second)], taken)
    assert moves == [ChildMove(1, second)]


def test_occurrences_may_take_the_names_of_one_another():
    daily = series("RRULE:FREQ=DAILY;COUNT=5")
    children = [child(number, FIRST + number * DAY) for number in (1, 2)]
    moves = series_plan.reschedule(daily, replace(daily, first=FIRST + DAY), children, set())
    assert [move.identity for move in moves] == [FIRST + 2 * DAY, FIRST + 3 * DAY]


def test_occurrences_of_a_series_that_becomes_all_day_keep_their_days():
    day = Series(
        at(FIRST.replace(hour=0)),
        at(FIRST.replace(hour=0)) + DAY,
        NEW_YORK,
        TimeKind.DAYS,
        FIRST.replace(hour=0),
        "RRULE:FREQ=WEEKLY;COUNT=5",
    )
    moved = child(1, FIRST + WEEK, at(FIRST + WEEK + DAY + HOUR))
    (move,) = series_plan.reschedule(series(), day, [moved], set())
    monday, tuesday = datetime.fromisoformat("2026-12-07"), datetime.fromisoformat("2026-12-08")
    assert move == ChildMove(1, monday, (tuesday, at(tuesday), at(tuesday + DAY)))


def test_what_a_series_had_and_has_no_more_is_dropped():
    children = [child(1, FIRST + WEEK), child(2, FIRST + 2 * WEEK), child(3, FIRST + DAY)]
    assert series_plan.dropped(series(), series("RRULE:FREQ=WEEKLY;COUNT=2"), children, []) == [2]
    assert series_plan.dropped(series(), series(""), children, []) == [1, 2]


@pytest.mark.parametrize(
    ("after", "differs"),
    [
        (series(), False),
        (series("RRULE:FREQ=WEEKLY;COUNT=9"), False),
        (series("RRULE:FREQ=DAILY"), True),
        (series(first=FIRST + HOUR), True),
        (series(""), False),
        (series("RRULE:FREQ=NEVER"), False),
    ],
)
def test_past_of_a_series_is_compared(after, differs):
    assert series_plan.would_differ(series(), after, at(FIRST + 2 * WEEK)) is differs


def test_count_of_what_is_left_counts_what_has_been():
    given = series("RRULE:FREQ=WEEKLY;COUNT=8")
    assert series_plan.lines_left(series(), given, FIRST + 2 * WEEK) == "RRULE:FREQ=WEEKLY;COUNT=6"
    assert series_plan.lines_left(series(), series("RRULE:FREQ=WEEKLY;COUNT=2"), FIRST + 2 * WEEK) is None
