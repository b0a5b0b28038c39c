"""An edit of times never changes which occurrences a series has: they move, and its end with them. No database."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine import series_plan
from calendars.engine.recurrence import line_edits
from calendars.engine.recurrence.line_edits import OtherOccurrences, check_same_occurrences
from calendars.engine.recurrence.recurrence_set import parse
from calendars.engine.series_plan import Series
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import Shift
from calendars.engine.wall_clock import last_wall, resolve
from calendars.errors import BadRule, CannotSplit, RuleNamesDays
from calendars.tests.oracle import random_rule

PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHIFTS = [15 * MINUTE, -30 * MINUTE, 5 * HOUR, DAY, -DAY, 3 * DAY - HOUR, -8 * DAY, 14 * HOUR]


def series(lines, first, zone=PARIS, **fields):
    start = resolve(first, zone)
    return Series(start, start + HOUR, zone, TimeKind.TIMED, first, lines, **fields)


def moved(before, by, zone=None):
    to = before.first + by
    start = resolve(to, zone or before.zone)
    return series_plan.move(before, replace(before, start=start, end=start + HOUR, first=to, zone=zone or before.zone))


def starts(found):
    """Return the first occurrences, by which moves are proven."""
    root = found.recurrence.root
    return [root, *islice(found.recurrence.positions(root + line_edits.YEARS), line_edits.COMPARED)]


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("lines", "last", "by", "expected"),
    [
        # Five Tuesdays over the change of clocks, to a quarter past.
        ("RRULE:FREQ=WEEKLY;UNTIL=20270330T070000Z", None, 15 * MINUTE, "RRULE:FREQ=WEEKLY;UNTIL=20270330T071500Z"),
        ("RRULE:FREQ=DAILY;UNTIL=20270303T080000Z", None, -DAY, "RRULE:FREQ=DAILY;UNTIL=20270302T080000Z"),
        ("RRULE:FREQ=DAILY;UNTIL=20270303T090000", None, -DAY, "RRULE:FREQ=DAILY;UNTIL=20270302T090000"),
        ("RRULE:FREQ=DAILY;UNTIL=20270304", None, 15 * MINUTE, "RRULE:FREQ=DAILY;UNTIL=20270304"),
        ("RRULE:FREQ=DAILY;UNTIL=20270304", None, 15 * HOUR, "RRULE:FREQ=DAILY;UNTIL=20270305T145959"),
        ("RRULE:FREQ=DAILY;UNTIL=20270304", None, DAY, "RRULE:FREQ=DAILY;UNTIL=20270305"),
        ("RRULE:FREQ=DAILY;COUNT=3", None, DAY, "RRULE:FREQ=DAILY;COUNT=3"),
        ("RRULE:FREQ=DAILY", "2027-03-05T07:59:59", -30 * MINUTE, "RRULE:FREQ=DAILY"),
        ("RRULE:FREQ=DAILY;UNTIL=99991231T000000Z", None, DAY, "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"),
    ],
)
def test_end_of_a_series_moves_with_its_times(lines, last, by, expected):
    before = series(lines, at("2027-03-02T09:00"), last=last and at(last).replace(tzinfo=UTC))
    after = moved(before, by)
    assert after.lines == expected
    assert after.last == (before.last and before.last + by)
    assert starts(after) == [start + by for start in starts(before)]


def test_end_stays_at_its_wall_clock_time_in_another_zone():
    before = series("RRULE:FREQ=DAILY;UNTIL=20270303T080000Z", at("2027-03-01T09:00"))
    after = moved(before, -6 * HOUR, NEW_YORK)
    assert (after.start, after.lines) == (before.start, before.lines)
    assert starts(after) == [start - 6 * HOUR for start in starts(before)]


def test_end_that_would_lie_in_a_gap_is_written_as_a_wall_clock_time():
    before = series("RRULE:FREQ=DAILY;UNTIL=20270328T000000Z", at("2027-03-25T01:00"))
    assert moved(before, 90 * MINUTE).lines == "RRULE:FREQ=DAILY;UNTIL=20270328T023000"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2027-10-30T00:30", "2027-10-30T02:30"),
        ("2027-10-31T00:30", "2027-10-31T02:30"),  # the first pass
        ("2027-10-31T01:30", "2027-10-31T02:59"),  # the second
        ("2027-03-28T00:30", "2027-03-28T01:30"),
    ],
)
def test_last_wall_clock_time_before_an_instant(instant, expected):
    assert last_wall(at(instant).replace(tzinfo=UTC), PARIS) == at(expected)


@pytest.mark.parametrize(
    ("lines", "first", "by"),
    [
        ("RRULE:FREQ=MONTHLY", "2027-01-28T09:00", DAY),  # February has no 29th
        ("RRULE:FREQ=MONTHLY;COUNT=5", "2027-01-31T09:00", -DAY),
        ("RRULE:FREQ=MONTHLY", "2027-01-05T09:00", -10 * DAY),
        ("RRULE:FREQ=YEARLY", "2027-03-01T09:00", -DAY),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU", "2027-01-12T09:00", DAY),
    ],
)
def test_rule_of_months_that_would_happen_on_other_days_is_refused(lines, first, by):
    with pytest.raises(RuleNamesDays) as refused:
        moved(series(lines, at(first)), by)
    assert "give the new recurrence together with the new time" in refused.value.message


@pytest.mark.parametrize(
    ("lines", "first", "by"),
    [
        ("RRULE:FREQ=MONTHLY", "2027-01-05T09:00", 10 * DAY),
        ("RRULE:FREQ=MONTHLY;COUNT=2", "2027-01-30T09:00", -DAY),
        ("RRULE:FREQ=YEARLY", "2027-12-31T09:00", DAY),
        ("RRULE:FREQ=MONTHLY", "2027-01-31T09:00", -HOUR),
    ],
)
def test_rule_of_months_moves_where_all_have_the_day(lines, first, by):
    before = series(lines, at(first))
    assert starts(moved(before, by)) == [start + by for start in starts(before)]


def test_move_that_would_lose_an_occurrence_is_a_defect():
    daily = parse(root=at("2027-03-01T09:00"), zone=PARIS, text="RRULE:FREQ=DAILY;COUNT=5")
    fewer = replace(daily, root=daily.root + DAY, last=resolve(at("2027-03-05T09:00"), PARIS))
    with pytest.raises(OtherOccurrences, match="4 occurrences of .* became 3"):
        check_same_occurrences(daily, fewer, Shift(daily.root, fewer.root))


def test_random_series_keep_their_occurrences_over_splits_and_moves():
    chance, tried, refused = random.Random(9), 0, 0
    for number in range(300):
        first = at("2027-03-20T09:00") + chance.randrange(300) * DAY + chance.choice((0, 30, 885)) * MINUTE
        frequency = chance.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"))
        text = f"RRULE:{random_rule(chance, frequency, first)}"
        if chance.random() < 0.3:
            text = f"{text.split(';UNTIL')[0].split(';COUNT')[0]}\nEXDATE:{first + DAY:%Y%m%dT%H%M%S}"
        last = resolve(first + chance.randrange(400) * DAY, PARIS) if chance.random() < 0.4 else None
        whole = series(text, first, last=last)
        try:
            parts = _split(chance, whole)
        except (BadRule, CannotSplit):
            continue
        for part in parts:
            by = chance.choice(SHIFTS)
            before = starts(part)
            try:
                after = moved(part, by)
            except RuleNamesDays:
                refused += 1
                continue
            tried += 1
            assert starts(after) == [start + by for start in before], (number, part, by)
            assert starts(moved(after, -by)) == before, (number, part, by)
    assert tried > 100 < refused


def _split(chance, whole):
    """Cut a series somewhere, or leave it whole; what comes of both parts is what it was."""
    following = starts(whole)[1:20]
    if not following or chance.random() < 0.5:
        return [whole]
    at_ = chance.choice(following)
    child = replace(whole, start=resolve(at_, PARIS), end=resolve(at_, PARIS) + HOUR, first=at_, lines="", last=None)
    plan = series_plan.split(whole, child, at_)
    return [replace(whole, lines=plan.ended.lines, last=plan.ended.last), replace(child, lines=plan.begun.lines)]


APIA = ZoneInfo("Pacific/Apia")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RRULE:FREQ=DAILY;COUNT=5", ["28", "29", "31", "01"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=TH,FR,SA;COUNT=5", ["29", "31", "05"]),
        ("RDATE:20111230T090000,20111231T090000", ["31"]),
    ],
)
def test_two_starts_that_are_one_instant_are_one(text, expected):
    """Apia left out 30 December 2011: nine o'clock on that day and on the next are the same."""
    found = parse(root=at("2011-12-28T09:00"), zone=APIA, text=text)
    instants = [resolve(start, APIA) for start in found.between(found.root, at("2012-02-01T00:00"))]
    assert len(set(instants)) == len(instants)
    days = [f"{instant.astimezone(APIA):%d}" for instant in instants]
    assert ["28", *days][-len(expected) :] == expected


def test_start_that_is_the_same_instant_as_the_missing_first_is_not_another():
    daily = parse(root=at("2011-12-30T09:00"), zone=APIA, text="RRULE:FREQ=DAILY;COUNT=3")
    assert list(daily.between(daily.root, at("2012-02-01T00:00"))) == [at("2012-01-01T09:00")]
    hourly = parse(root=at("2027-03-28T02:00"), zone=PARIS, text="RRULE:FREQ=HOURLY;COUNT=4")
    assert list(hourly.between(hourly.root, at("2027-03-29T00:00"))) == [at("2027-03-28T04:00"), at("2027-03-28T05:00")]
