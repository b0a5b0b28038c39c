"""What a rule reads like."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence.description import describe, describe_named
from calendars.engine.recurrence.recurrence_set import parse

PARIS = ZoneInfo("Europe/Paris")
ROOT = datetime.fromisoformat("2026-11-24T09:00")  # a Tuesday


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20270503T070000Z", "every second Tuesday until 3 May 2027"),
        ("FREQ=WEEKLY", "every Tuesday"),
        ("FREQ=WEEKLY;COUNT=10;BYDAY=MO,TU,WE,TH,FR", "every weekday (Monday to Friday), 10 times"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,TH", "every 4 weeks on Monday and Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1", "every Monday and Friday (only the last of these in each week)"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day"),
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every third day, once"),
        ("FREQ=DAILY;BYDAY=SA,SU;BYMONTH=7,8", "every Saturday and Sunday in July and August"),
        ("FREQ=DAILY;BYHOUR=8,20;BYMINUTE=30", "every day at 08:30 and 20:30"),
        ("FREQ=DAILY;BYHOUR=8,10,12,14,16,18", "every day at 6 times of the day"),
        ("FREQ=MONTHLY", "on the 24th of every month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,-1", "on the 1st and last day of every second month"),
        ("FREQ=MONTHLY;BYDAY=2TU", "on the second Tuesday of every month"),
        ("FREQ=MONTHLY;BYDAY=1SU,-1SU", "on the first Sunday and the last Sunday of every month"),
        ("FREQ=MONTHLY;BYDAY=TU", "on each Tuesday of every month"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "on the 13th, if it is a Friday, of every month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "on the last weekday (Monday to Friday) of every month"),
        ("FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", "on the third Tuesday, Wednesday or Thursday of every month"),
        ("FREQ=YEARLY", "every year on 24 November"),
        ("FREQ=YEARLY;BYMONTH=6,7;BYMONTHDAY=10", "every year on the 10th of June and July"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=1TU", "every 4 years on the first Tuesday of November"),
        ("FREQ=YEARLY;BYDAY=20MO", "every year on the 20th Monday of the year"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "every year on the 1st of each month"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "every year in week 20 on Monday"),
        ("FREQ=YEARLY;BYYEARDAY=1,100,-1", "every year on day 1, day 100 and the last day of the year"),
        ("FREQ=YEARLY;BYEASTER=0", "every year on Easter Sunday"),
        ("FREQ=YEARLY;BYEASTER=-2,1", "every year 2 days before Easter Sunday and 1 day after Easter Sunday"),
        ("FREQ=HOURLY;INTERVAL=4", "every 4 hours"),
        ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11", "every 20 minutes from 09:00 to 11:59"),
        (
            "FREQ=HOURLY;BYMINUTE=0,30;BYHOUR=9,11;BYDAY=MO",
            "every hour on Monday in the hours 9 and 11 at minute 0 and 30",
        ),
        ("FREQ=DAILY;COUNT=3\nRDATE:20261201T090000", "every day, 3 times, also on 1 December 2026"),
        (
            "FREQ=DAILY\nEXDATE:20261201T090000\nEXDATE;VALUE=DATE:20261203",
            "every day, except on 1 December 2026 and 3 December 2026",
        ),
        ("RDATE:20261201T090000", "on 24 November 2026 and 1 December 2026"),
        ("FREQ=DAILY;COUNT=3\nFREQ=MONTHLY", "every day, 3 times and on the 24th of every month"),
    ],
)
def test_rule_reads_in_plain_words(rule, text):
    assert describe(parse(root=ROOT, zone=PARIS, text=rule)) == text


def test_end_of_the_period_ends_the_phrase():
    last = datetime(2026, 12, 24, 8, tzinfo=UTC)
    series = parse(root=ROOT, zone=PARIS, frequency="WEEKLY", params="byweekday:1,3", last=last)
    assert describe(series) == "every Tuesday and Thursday until 24 December 2026"


def test_older_parameters_read_too():
    series = parse(root=ROOT, zone=PARIS, frequency="WEEKLY", params="bymonthday:13;byweekno:20;byyearday:100")
    assert describe(series) == "every week on day 100 of the year in week 20 on the 13th of the month"


@pytest.mark.parametrize(
    ("frequency", "params", "text"),
    [
        ("MONTHLY", None, "every month"),
        ("YEARLY", "bymonth:6", "every year in June"),
        ("WEEKLY", "count:10;byweekday:0,1,2,3,4", "every weekday (Monday to Friday), 10 times"),
        ("WEEKLY", "", "every week"),
        ("DAILY", "byhour:9,11;until:20270503", "every day in the hours 9 and 11 until 3 May 2027"),
        ("HOURLY", "byminute:0,30", "every hour at minute 0 and 30"),
    ],
)
def test_named_rule_reads_without_a_start(frequency, params, text):
    assert describe_named(frequency, params) == text
