"""Whole days and floating times, on the calendar and on the clock."""

import os
import random
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine import time_kinds
from calendars.engine.alarm_due import Notice, due
from calendars.engine.closure_decision import ClosedSpan, OpeningTimes, ScheduledTimes, decide
from calendars.engine.recurrence.line_edits import RecurrenceText
from calendars.engine.recurrence.recurrence_set import parse, resolve, wall
from calendars.engine.states import ClosureEffect, OnClosure, TimeKind
from calendars.engine.time_kinds import Shift
from calendars.errors import BadRule
from calendars.tests.oracle import WEEKDAYS, expected, random_rule
from calendars.tests.test_wall_clock import MINUTE, ZONES, changes
from notifications.engine.sending_window import Window

BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
SAO_PAULO, BEIRUT = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Beirut")
DAY = timedelta(days=1)
RULES = max(400, int(os.environ.get("RULES", "5000")) // 50)


def day(text):
    return time_kinds.midnight(date.fromisoformat(text))


def days(root, text, zone=BERLIN):
    return parse(root=day(root), zone=zone, text=text, kind=TimeKind.DAYS)


def coming(series, number=4):
    return [f"{start:%Y-%m-%d}" for start in islice(series.between(series.root, series.root + 4000 * DAY), number)]


@pytest.mark.parametrize(
    ("zone", "lost", "begins"),
    [
        pytest.param(SAO_PAULO, "2018-11-04", "2018-11-04T03:00", id="01:00 in São Paulo"),
        pytest.param(BEIRUT, "2027-03-28", "2027-03-27T22:00", id="01:00 in Beirut"),
        pytest.param(APIA, "2011-12-30", "2011-12-30T10:00", id="the next day in Apia, which had no 30 December"),
    ],
)
def test_a_day_without_midnight_begins_with_its_first_instant(zone, lost, begins):
    begin = resolve(day(lost), zone)
    assert begin == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert time_kinds.is_start_of_day(begin, zone)
    assert not time_kinds.is_start_of_day(begin + timedelta(minutes=1), zone)
    end = time_kinds.finish(day(lost), DAY, zone, TimeKind.DAYS)
    assert end - begin in (timedelta(hours=23), DAY)
    assert time_kinds.is_start_of_day(end, zone)
    assert time_kinds.day_of(end, zone) - time_kinds.day_of(begin, zone) == DAY


def test_a_day_that_a_zone_left_out_comes_once():
    assert coming(days("2011-12-28", "RRULE:FREQ=DAILY", APIA)) == [
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
        "2012-01-02",
    ]
    weekly = days("2011-12-23", "RRULE:FREQ=WEEKLY", APIA)
    assert coming(weekly, 2) == ["2011-12-30", "2012-01-06"]
    assert time_kinds.name(resolve(day("2011-12-30"), APIA), APIA, TimeKind.DAYS) == "20111231T000000"


@pytest.mark.parametrize("first", ["2026-03-27", "2026-03-28", "2026-10-24", "2026-06-01"])
def test_three_days_stay_three_days_over_clock_changes(first):
    begin = resolve(day(first), BERLIN)
    end = time_kinds.finish(day(first), 3 * DAY, BERLIN, TimeKind.DAYS)
    assert time_kinds.day_of(end, BERLIN) - time_kinds.day_of(begin, BERLIN) == 3 * DAY
    assert time_kinds.length(begin, end, BERLIN, TimeKind.DAYS) == 3 * DAY


@pytest.mark.parametrize("zone", [SAO_PAULO, BEIRUT], ids=lambda zone: zone.key)
def test_length_does_not_notice_a_missing_midnight(zone):
    first = day("2018-11-03") if zone is SAO_PAULO else day("2027-03-27")
    begin, end = resolve(first, zone), resolve(first + DAY, zone)
    assert time_kinds.length(begin, end, zone, TimeKind.DAYS) == DAY
    assert time_kinds.length(end, resolve(first + 3 * DAY, zone), zone, TimeKind.DAYS) == 2 * DAY


def test_floating_times_are_as_long_as_the_clock_says():
    begin, end = (resolve(datetime.fromisoformat(f"2026-03-{text}"), BERLIN) for text in ("28T22:00", "29T06:00"))
    assert time_kinds.length(begin, end, BERLIN, TimeKind.FLOATING) == timedelta(hours=8)
    assert end - begin == timedelta(hours=7)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261225", ["2026-12-26", "2026-12-27", "2026-12-28", "2026-12-29"]),
        ("RRULE:FREQ=DAILY\nEXDATE:20261225T000000", ["2026-12-26", "2026-12-27", "2026-12-28", "2026-12-29"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261226", ["2026-12-25", "2026-12-26"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261225T230000Z", ["2026-12-25", "2026-12-26"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261225T225959Z", ["2026-12-25"]),
        ("RDATE;VALUE=DATE:20270101,20270106", ["2027-01-01", "2027-01-06"]),
        ("RDATE:20261231T230000Z", ["2027-01-01"]),
        ("RRULE:FREQ=WEEKLY;BYHOUR=9,15;COUNT=3", ["2026-12-31", "2027-01-07"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", ["2026-12-31", "2027-01-29"]),
    ],
)
def test_series_of_days(text, wanted):
    assert coming(days("2026-12-24", text)) == wanted


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("RRULE:FREQ=HOURLY", "recur by days"),
        ("RDATE:20261225T120000", "write RDATE;VALUE=DATE:20261225"),
        ("EXDATE;TZID=America/New_York:20261225T000000", "write EXDATE;VALUE=DATE:20261225"),
        ("RDATE;VALUE=PERIOD:20261225T000000/P2D", "is no day"),
    ],
)
def test_what_is_no_day_is_refused(text, problem):
    with pytest.raises(BadRule, match=problem):
        days("2026-12-24", text)


def test_random_series_of_days_equal_the_oracle():
    chance = random.Random(7)
    for _ in range(RULES):
        frequency = chance.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"])
        root = day("2017-01-01") + chance.randrange(4000) * DAY
        text = random_rule(chance, frequency, root)
        bare = ";".join(part for part in text.split(";") if not part.startswith(("BYHOUR", "BYMINUTE", "BYSECOND")))
        if "BYSETPOS" in bare and not any(name in bare for name in ("BYDAY", "DAY=", "BYMONTH=", "BYWEEK", "BYEASTER")):
            continue
        if frequency == "WEEKLY" and "BYSETPOS" in text:
            root -= ((root.weekday() - WEEKDAYS.index(text.split("WKST=")[1][:2])) % 7) * DAY
        end = root + 1500 * DAY
        series = parse(root=root, zone=chance.choice([BERLIN, SAO_PAULO, BEIRUT]), text=text, kind=TimeKind.DAYS)
        assert list(series.between(root, end)) == expected(bare, root, end), f"{root} {text}"


def test_lines_lose_their_zone():
    text = "RRULE:FREQ=DAILY;UNTIL=20261230T080000Z\nRDATE:20270105T080000Z\nEXDATE;TZID=Asia/Tokyo:20261225T170000"
    nine = datetime.fromisoformat("2026-12-24T09:00")
    floating = RecurrenceText.read(text, root=nine, zone=BERLIN, kind=TimeKind.FLOATING).unzoned()
    assert floating.splitlines() == [
        "RRULE:FREQ=DAILY;UNTIL=20261230T090000",
        "RDATE:20270105T090000",
        "EXDATE:20261225T090000",
    ]
    assert RecurrenceText.read(floating, root=nine, zone=APIA, kind=TimeKind.FLOATING).unzoned() == floating


def test_lines_of_days_are_dates():
    text = (
        "DTSTART:20261223T000000\nRRULE:FREQ=DAILY;BYHOUR=9;UNTIL=20261230T080000Z\nRDATE:20270104T230000Z\n"
        "EXDATE:20261225T000000\nEXDATE;VALUE=DATE:20261226"
    )
    found = RecurrenceText.read(text, root=day("2026-12-24"), zone=BERLIN, kind=TimeKind.DAYS).unzoned()
    assert found.splitlines() == [
        "DTSTART;VALUE=DATE:20261223",
        "RRULE:FREQ=DAILY;UNTIL=20261230",
        "RDATE;VALUE=DATE:20270105",
        "EXDATE;VALUE=DATE:20261225,20261226",
    ]
    assert RecurrenceText.read(found, root=day("2026-12-24"), zone=APIA, kind=TimeKind.DAYS).unzoned() == found


def test_both_halves_of_split_days_are_the_whole():
    text = RecurrenceText.read("RRULE:FREQ=DAILY;COUNT=9", root=day("2026-12-24"), zone=BERLIN, kind=TimeKind.DAYS)
    assert text.ended_before(day("2026-12-27")) == "RRULE:FREQ=DAILY;UNTIL=20261226"
    assert text.begun_at(day("2026-12-27")) == "RRULE:FREQ=DAILY;COUNT=6"


def test_times_become_days_and_days_times():
    nine = datetime.fromisoformat("2026-12-24T09:00")
    text = "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270107T080000Z\nRDATE:20261229T173000\nEXDATE:20261231T090000"
    to_days = Shift(nine, day("2026-12-25"), turns=True)
    moved = RecurrenceText.read(text, root=nine, zone=BERLIN).moved(to_days, TimeKind.DAYS, BERLIN)
    assert moved.splitlines() == [
        "RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20270108",
        "RDATE;VALUE=DATE:20261230",
        "EXDATE;VALUE=DATE:20270101",
    ]
    back = Shift(day("2026-12-25"), datetime.fromisoformat("2026-12-24T08:15"), turns=True)
    assert RecurrenceText.read(moved, root=day("2026-12-25"), zone=BERLIN, kind=TimeKind.DAYS).moved(
        back, TimeKind.TIMED, BERLIN
    ).splitlines() == [
        "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270107",
        "RDATE:20261229T081500",
        "EXDATE:20261231T081500",
    ]


def test_all_day_meets_closures_of_its_day_and_no_hours():
    new_york = ZoneInfo("America/New_York")
    shut = ClosedSpan.of_days("Strike", (date(2026, 12, 23), date(2026, 12, 23)), (None, None))
    hours = {
        weekday: [(datetime.fromisoformat("2026-01-01T09:00").time(), time_kinds.MIDNIGHT)] for weekday in range(5)
    }
    place = OpeningTimes(new_york, hours, [shut])
    spans = {
        text: (resolve(day(text), BERLIN), resolve(day(text) + DAY, BERLIN)) for text in ("2026-12-23", "2026-12-24")
    }
    assert [place.why_days_closed(*span, BERLIN) for span in spans.values()] == ["Strike", ""]
    series = days("2026-12-22", "RRULE:FREQ=WEEKLY;BYDAY=TU,WE")
    found = ScheduledTimes(day("2026-12-23"), *spans["2026-12-23"])
    moved = decide(place, series, OnClosure.MOVE, found)
    assert (moved.start, moved.end, moved.effect) == (*spans["2026-12-24"], ClosureEffect.MOVED)


def told(advance, *, window=None, start="2026-12-24", now="2026-12-01"):
    begin = resolve(day(start), BERLIN)
    until = time_kinds.finish(day(start), DAY, BERLIN, TimeKind.DAYS)
    notice = Notice(begin, advance, begin, BERLIN, window or Window(), 1800, until)
    found = due(notice, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    return [f"{at.astimezone(BERLIN):%d %H:%M}" for at in (found.at, found.useful_until)]


def test_all_day_can_be_told_of_until_it_is_over():
    morning = Window(
        datetime.fromisoformat("2026-01-01T08:00").time(), datetime.fromisoformat("2026-01-01T20:00").time(), BERLIN
    )
    assert told(0, window=morning) == ["24 08:00", "25 00:00"]
    assert told(86_400, window=morning) == ["23 08:00", "25 00:00"]
    assert told(0) == ["24 00:00", "25 00:00"]
    assert told(-2 * 86_400, window=morning) == ["26 08:00", "26 08:15"]


def test_every_day_begins_once_in_every_zone():
    for zone in map(ZoneInfo, ZONES):
        for change in changes(zone):
            for by in range(-2, 3):
                midnight = time_kinds.midnight(change.astimezone(zone).date() + by * DAY)
                begin = resolve(midnight, zone)
                assert (time_kinds.local(begin, zone, TimeKind.DAYS), time_kinds.is_start_of_day(begin, zone)) == (
                    midnight,
                    True,
                ), zone
                assert wall(begin - MINUTE, zone).date() < midnight.date() == wall(begin, zone).date(), zone
                end = time_kinds.finish(midnight, 2 * DAY, zone, TimeKind.DAYS)
                assert time_kinds.length(begin, end, zone, TimeKind.DAYS) == 2 * DAY, zone
