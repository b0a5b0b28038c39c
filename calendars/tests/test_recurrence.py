"""When series happen."""

import random
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from calendars.engine import recurrence
from calendars.engine.recurrence import parse, resolve
from calendars.errors import BadRule

local = datetime.fromisoformat
PARIS = ZoneInfo("Europe/Paris")
ROOT = local("2026-11-23T09:00")  # a Monday
FAR = local("2040-01-01T00:00")


def of(text="", root=ROOT, zone=PARIS, **named):
    return parse(root=root, zone=zone, text=text, **named)


def days(series, number=20, after=ROOT, until=FAR):
    return [start.strftime("%m-%d") for start in islice(series.between(after, until), number)]


def random_rule(chance):
    """Return a rule that dateutil understands as RFC 5545 does."""
    frequency = chance.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
    parts = {"FREQ": frequency, "INTERVAL": chance.randint(1, 4), "WKST": chance.choice(["MO", "SU", "TH"])}
    ordinal = chance.choice(["", "1", "-1", "2"]) if frequency in ("YEARLY", "MONTHLY") else ""
    choices = {
        "BYMONTH": lambda: chance.randint(1, 12),
        "BYMONTHDAY": lambda: chance.choice([1, 13, 31, -1, -3]),
        "BYYEARDAY": lambda: chance.choice([1, 100, 366, -1, -40]),
        "BYWEEKNO": lambda: chance.choice([1, 20, 53, -1]),
        "BYDAY": lambda: ordinal + chance.choice(["MO", "WE", "SU"]),
        "BYHOUR": lambda: f"{chance.randint(0, 11)},{chance.randint(12, 23)}",
        "BYSETPOS": lambda: chance.choice([1, -1, 2]),
    }
    if frequency != "YEARLY":
        del choices["BYWEEKNO"]
    if frequency in ("HOURLY", "MINUTELY"):
        parts["INTERVAL"] = 1  # dateutil refuses some pairs of interval and hours
    for name in chance.sample(sorted(choices), chance.randint(0, 3)):
        parts[name] = choices[name]()
    return ";".join(f"{name}={value}" for name, value in parts.items())


@pytest.mark.parametrize("seed", range(10))
def test_random_rules_agree_with_dateutil(seed):
    chance = random.Random(seed)
    for text in (random_rule(chance) for _ in range(100)):
        span = timedelta(days=20 if "HOURLY" in text or "MINUTELY" in text else 1500)
        found = list(islice(of(text).between(ROOT, ROOT + span), 40))
        # dateutil walks to the year 9999 where nothing matches, so it is asked only for as many.
        assert found == list(islice(rrulestr(text, dtstart=ROOT).xafter(ROOT), len(found))), text


def test_named_rule_counts_its_root():
    series = of(frequency="WEEKLY", params="count:10;byweekday:0,1,2,3,4")
    assert days(series) == ["11-24", "11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03", "12-04"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param("byweekday: MO, TU", ["11-24", "11-30", "12-01"], id="spaces"),
        pytest.param('"byweekday:MO(-1)"', ["11-30", "12-28", "01-25"], id="quotes and ordinal"),
        pytest.param("bymonthday:-1;", ["11-30", "12-31", "01-31"], id="negative, trailing semicolon"),
        pytest.param("bymonthday:31", ["12-31", "01-31", "03-31"], id="short months are skipped"),
        pytest.param("interval:2", ["01-23", "03-23", "05-23"], id="interval"),
        pytest.param("byweekday:0,1,2,3,4;bysetpos:-1", ["11-30", "12-31", "01-29"], id="last weekday"),
    ],
)
def test_monthly_parameters(params, expected):
    assert days(of(frequency="MONTHLY", params=params), 3) == expected


@pytest.mark.parametrize(
    "params",
    [
        "interval:0",
        "interval:-1",
        "byweekday:__import__('os')",
        "count",
        "foo:1",
        "bymonth:13",
        "count:1;count:2",
        "bymonthday:0",
    ],
)
def test_bad_parameters_are_refused(params):
    with pytest.raises(BadRule):
        of(frequency="DAILY", params=params)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RRULE:FREQ=DAILY;UNTIL=20261125T080000Z", ["11-24", "11-25"], id="until in UTC"),
        pytest.param("RRULE:FREQ=DAILY;UNTIL=20261125T075959Z", ["11-24"], id="until a second earlier"),
        pytest.param("RRULE:FREQ=DAILY;UNTIL=20261125", ["11-24", "11-25"], id="until a date"),
        pytest.param("FREQ=DAILY;COUNT=3\nEXDATE:20261124T090000", ["11-25"], id="an excluded one is counted"),
        pytest.param("FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261124", ["11-25"], id="excluded day"),
        pytest.param("RDATE:20261130T080000Z,20261201T090000", ["11-30", "12-01"], id="dates only"),
        pytest.param("RDATE;TZID=America/New_York:20261201T030000", ["12-01"], id="date in another zone"),
        pytest.param("RRULE:FREQ=DAI\r\n LY;COUNT=2", ["11-24"], id="folded line"),
        pytest.param("FREQ=DAILY;COUNT=1", [], id="the root only"),
    ],
)
def test_recurrence_text(text, expected):
    assert days(of(text), 5) == expected


def test_dates_without_rule_join_the_named_rule():
    series = of("EXDATE:20261124T090000", frequency="DAILY", params="count:3")
    assert days(series) == ["11-25"]


def test_root_outside_its_rule_is_still_the_first():
    assert days(of("FREQ=WEEKLY;BYDAY=TU;COUNT=3")) == ["11-24", "12-01"]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_rule_that_never_matches_ends(text):
    assert days(of(text)) == []


@pytest.mark.parametrize("text", ["FREQ=SECONDLY;BYSETPOS=5", "FREQ=SECONDLY;COUNT=900000000;BYHOUR=3"])
def test_hostile_rule_is_given_up(text):
    with pytest.raises(BadRule):
        list(of(text).between(ROOT, FAR))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param(local("2026-03-29T02:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="missing hour"),
        pytest.param(local("2026-10-25T02:30"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="first of two"),
        pytest.param(local("2026-07-01T09:00"), datetime(2026, 7, 1, 7, 0, tzinfo=UTC), id="summer"),
    ],
)
def test_wall_clock_becomes_an_instant(clock, expected):
    assert resolve(clock, PARIS) == expected


@pytest.mark.parametrize(
    ("text", "until", "ended"),
    [
        ("FREQ=DAILY;COUNT=3", local("2026-11-25T09:00"), True),
        ("FREQ=DAILY;COUNT=3", local("2026-11-24T09:00"), False),
        ("FREQ=DAILY;UNTIL=20261125", local("2026-11-26T00:00"), True),
        ("FREQ=DAILY", FAR, False),
        ("RDATE:20261201T090000", local("2026-12-01T09:00"), True),
    ],
)
def test_series_knows_its_end(text, until, ended):
    assert of(text).ended(until) is ended


def test_zone_of_a_date_line_must_exist():
    with pytest.raises(BadRule, match="IANA"):
        of("RDATE;TZID=Mars/Olympus:20261201T030000")


def test_wall_is_naive():
    assert recurrence.wall(datetime(2026, 7, 1, 7, tzinfo=UTC), PARIS) == local("2026-07-01T09:00")
