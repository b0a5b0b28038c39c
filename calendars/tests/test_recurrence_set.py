"""When series happen."""

import contextlib
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence import recurrence_set, rule_occurrences
from calendars.engine.recurrence.recurrence_set import checked, parse, resolve
from calendars.errors import BadRule

local = datetime.fromisoformat
PARIS = ZoneInfo("Europe/Paris")
ROOT = local("2026-11-23T09:00")  # a Monday
FAR = local("2040-01-01T00:00")


def of(text="", root=ROOT, zone=PARIS, **named):
    return parse(root=root, zone=zone, text=text, **named)


def days(series, number=20, after=ROOT, until=FAR):
    return [start.strftime("%m-%d") for start in islice(series.between(after, until), number)]


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
        pytest.param("RDATE:20261201T090000\nRDATE:20261203T090000", ["12-01", "12-03"], id="several date lines"),
        pytest.param("RDATE;VALUE=DATE:20261201", ["12-01"], id="a date is at the series' time"),
        pytest.param("FREQ=DAILY;COUNT=4\nEXDATE:20261124T090000\nEXDATE:20261125T080000Z", ["11-26"], id="exceptions"),
        pytest.param("FREQ=DAILY;COUNT=2\nFREQ=WEEKLY;COUNT=2", ["11-24", "11-30"], id="two rules"),
        pytest.param("RDATE:20261201T090000\nDTSTART:20261130T090000", ["12-01"], id="another start"),
        pytest.param("FREQ=DAILY;COUNT=1", [], id="the root only"),
        pytest.param("FREQ=YEARLY;BYDAY=20MO;BYMONTHDAY=17", ["05-17"] * 3, id="counted in the year, on a month day"),
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


HOSTILE = [
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=31;BYMINUTE=" + ",".join(map(str, range(60))),
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=6",
    "FREQ=YEARLY;INTERVAL=97;BYYEARDAY=366;BYMONTH=1",
    "FREQ=YEARLY;BYEASTER=0;BYMONTH=7",
    "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1,3",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
]


@pytest.mark.parametrize(
    "text", [*HOSTILE, "FREQ=SECONDLY", "FREQ=SECONDLY;INTERVAL=59;COUNT=900000000", "FREQ=MINUTELY;BYSECOND=1,2"]
)
def test_hostile_rule_is_refused_at_once(text):
    root = local("1970-01-01T00:00")
    began = time.process_time()
    with pytest.raises(BadRule):
        checked(of(text, root=root))
    assert time.process_time() - began < 1  # what is not bounded takes minutes


@pytest.mark.parametrize("text", [*HOSTILE, "FREQ=SECONDLY;COUNT=900000000;BYHOUR=3", "FREQ=DAILY;COUNT=1000000000"])
def test_hostile_rule_from_1970_is_bounded(text):
    root = local("1970-01-01T00:00")
    began = time.process_time()
    with contextlib.suppress(BadRule):
        assert len(list(islice(of(text, root=root).between(ROOT, FAR), 1000))) in (0, 1000)
    assert time.process_time() - began < 1  # what is not bounded takes minutes


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;COUNT=1000",
        "FREQ=SECONDLY;INTERVAL=60",
        "FREQ=DAILY;COUNT=1",
        "RDATE:20261201T090000",
    ],
)
def test_rare_and_dense_rules_may_be_stored(text):
    assert checked(of(text)).root == ROOT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FREQ=DAILY;COUNT=2;UNTIL=20261201", "COUNT and UNTIL"),
        ("FREQ=WEEKLY;BYDAY=2MO", "count weekdays"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=2MO", "plain weekdays"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO"),
        ("FREQ=DAILY;BYYEARDAY=3", "no BYYEARDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "no BYMONTHDAY"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("EXRULE:FREQ=DAILY", "withdrawn"),
        ("RDATE;VALUE=BINARY:20261201", "BINARY"),
        ("RDATE;VALUE=DATE:20261201T090000", "no DATE"),
        ("EXDATE;VALUE=PERIOD:20261201T090000/PT1H", "PERIOD"),
        ("EXDATE:20261201T090000/PT1H", "no value for EXDATE"),
        ("RDATE;VALUE=PERIOD:20261201T090000", "no value for RDATE"),
        ("RDATE;VALUE=PERIOD:20261201T090000/20261201T090000", "no length"),
        ("RDATE:20261301T090000", "does not exist"),
        ("SUMMARY:Visit", "neither"),
    ],
)
def test_what_the_standard_forbids_is_refused_with_its_reason(text, reason):
    with pytest.raises(BadRule, match=reason):
        of(text)


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("20261201T090000/PT90M", "2026-12-01T09:30+00:00"),
        ("20261201T080000Z/20261201T093000Z", "2026-12-01T09:30+00:00"),
        ("20261201T090000/P1DT1H", "2026-12-02T09:00+00:00"),
        ("20270327T090000/P1D", "2027-03-28T07:00+00:00"),
        ("20261201T090000/P1W", "2026-12-08T08:00+00:00"),
    ],
)
def test_period_has_a_length_of_its_own(value, end):
    series = of("RDATE;VALUE=PERIOD:" + value)
    (start,) = series.extra
    assert series.ends == {start: local(end)}


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
    assert recurrence_set.wall(datetime(2026, 7, 1, 7, tzinfo=UTC), PARIS) == local("2026-07-01T09:00")


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TH",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=TU",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=-1",
        "FREQ=HOURLY;INTERVAL=7;BYMINUTE=0,30",
        "FREQ=MINUTELY;INTERVAL=50;BYDAY=FR;BYHOUR=9,10",
        "FREQ=MONTHLY;BYDAY=-1FR",
    ],
)
def test_count_in_closed_form_equals_counting(text):
    series = of(text)
    all_of_it = list(series.between(ROOT, ROOT + timedelta(days=500)))
    for number in (1, 2, 3, len(all_of_it) // 2, len(all_of_it)):
        counted = of(f"{text};COUNT={number + 1}")
        last = all_of_it[number - 1]
        assert list(counted.between(last - timedelta(days=20), FAR)) == [
            at for at in all_of_it[:number] if at > last - timedelta(days=20)
        ]
        assert (counted.ended(last - timedelta(seconds=1)), counted.ended(last)) == (False, True)


def test_walk_is_given_up_when_it_has_looked_at_enough(monkeypatch):
    monkeypatch.setattr(rule_occurrences, "BUDGET", 1000)
    far = of("FREQ=MINUTELY;INTERVAL=7;BYHOUR=3;BYMINUTE=1")
    with pytest.raises(BadRule, match="reaches too far"):
        list(far.between(ROOT, FAR))
    assert far.has(ROOT.replace(hour=3, minute=1)) is False


def test_count_of_what_repeats_itself_is_not_walked(monkeypatch):
    monkeypatch.setattr(rule_occurrences, "BUDGET", 50)
    series = of("FREQ=HOURLY;INTERVAL=7;COUNT=1000000")
    after = ROOT + timedelta(hours=7 * 5000)
    assert next(series.between(after, FAR)) == after + timedelta(hours=7)


def test_times_that_are_one_instant_happen_once():
    spring = of("FREQ=MINUTELY;INTERVAL=30", root=local("2026-03-29T01:00"))
    found = list(islice(spring.between(spring.root, FAR), 4))
    assert found == [local(f"2026-03-29T{at}") for at in ("01:30", "03:00", "03:30", "04:00")]


def test_missing_time_stays_where_nothing_else_is_at_its_instant():
    spring = of("FREQ=HOURLY;INTERVAL=24", root=local("2026-03-28T02:30"))
    assert next(spring.between(spring.root, FAR)) == local("2026-03-29T02:30")
    without = of("FREQ=HOURLY\nEXDATE:20260329T030000", root=local("2026-03-29T01:00"))
    assert next(without.between(without.root, FAR)) == local("2026-03-29T02:00")


def test_hour_that_comes_twice_happens_once():
    autumn = of("FREQ=HOURLY", root=local("2026-10-25T01:00"))
    found = [resolve(start, PARIS) for start in islice(autumn.between(autumn.root, FAR), 3)]
    assert [f"{at:%H:%M}" for at in found] == ["00:00", "02:00", "03:00"]


@pytest.mark.parametrize("at", ["2026-11-24T09:00", "2026-11-24T09:01"])
def test_series_knows_whether_it_happens_at_a_time(at):
    assert of("FREQ=DAILY").has(local(at)) is at.endswith("09:00")


def test_series_is_read_once_for_all_who_look_at_it():
    assert of("FREQ=YEARLY") is of("FREQ=YEARLY")
    assert of("FREQ=YEARLY") is not of("FREQ=YEARLY", last=datetime(2030, 1, 1, tzinfo=UTC))
    dates = "RDATE:" + ",".join(f"20270101T{minute:06d}" for minute in range(40))
    assert of(dates) == of(dates)
    assert of(dates) is not of(dates)  # long ones are not kept in memory
