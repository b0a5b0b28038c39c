"""The examples of RFC 5545 3.8.5.3, in New York; where the RFC prints a beginning only, so does the table."""

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence.recurrence_set import parse

NEW_YORK = ZoneInfo("America/New_York")
START = "1997-09-02T09:00"
MONTHS = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13), strict=True))
FOREVER = timedelta(days=40 * 366)


def printed(text):
    """Return the days of a table like `1997 Sep 2-4,9 Oct 1`, as month days in order."""
    found, year, month = [], 0, 0
    for word in text.split():
        if word in MONTHS:
            month = MONTHS[word]
        elif len(word) == 4 and word.isdigit():
            year = int(word)
        else:
            for part in word.split(","):
                first, _, last = part.partition("-")
                found += [f"{year}-{month:02}-{day:02}" for day in range(int(first), int(last or first) + 1)]
    return found


def occurrences(text, root=START):
    start = datetime.fromisoformat(root)
    series = parse(root=start, zone=NEW_YORK, text=text)
    yield start
    yield from series.between(start, start + FOREVER)


TUESDAYS = "1997 Sep 2,9,16,23,30 Oct 7,14,21,28 Nov 4"
EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", START, "1997 Sep 2-11", True),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", START, "1997 Sep 2-30 Oct 1-31 Nov 1-30 Dec 1-23", True),
    (
        "FREQ=DAILY;INTERVAL=2",
        START,
        "1997 Sep 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 Oct 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 Nov 1,3,5",
        False,
    ),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", START, "1997 Sep 2,12,22 Oct 2,12", True),
    (
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998-01-01T09:00",
        "1998 Jan 1-31 1999 Jan 1-31 2000 Jan 1-31",
        True,
    ),
    (
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        "1998-01-01T09:00",
        "1998 Jan 1-31 1999 Jan 1-31 2000 Jan 1-31",
        True,
    ),
    ("FREQ=WEEKLY;COUNT=10", START, TUESDAYS, True),
    (
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        START,
        "1997 Sep 2,9,16,23,30 Oct 7,14,21,28 Nov 4,11,18,25 Dec 2,9,16,23",
        True,
    ),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", START, "1997 Sep 2,16,30 Oct 14,28 Nov 11,25 Dec 9,23 1998 Jan 6,20", False),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", START, "1997 Sep 2,4,9,11,16,18,23,25,30 Oct 2", True),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", START, "1997 Sep 2,4,9,11,16,18,23,25,30 Oct 2", True),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09-01T09:00",
        "1997 Sep 1,3,5,15,17,19,29 Oct 1,3,13,15,17,27,29,31 Nov 10,12,14,24,26,28 Dec 8,10,12,22",
        True,
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", START, "1997 Sep 2,4,16,18,30 Oct 2,14,16", True),
    (
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09-05T09:00",
        "1997 Sep 5 Oct 3 Nov 7 Dec 5 1998 Jan 2 Feb 6 Mar 6 Apr 3 May 1 Jun 5",
        True,
    ),
    (
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09-05T09:00",
        "1997 Sep 5 Oct 3 Nov 7 Dec 5",
        True,
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09-07T09:00",
        "1997 Sep 7,28 Nov 2,30 1998 Jan 4,25 Mar 1,29 May 3,31",
        True,
    ),
    (
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09-22T09:00",
        "1997 Sep 22 Oct 20 Nov 17 Dec 22 1998 Jan 19 Feb 16",
        True,
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28T09:00",
        "1997 Sep 28 Oct 29 Nov 28 Dec 29 1998 Jan 29 Feb 26",
        False,
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        START,
        "1997 Sep 2,15 Oct 2,15 Nov 2,15 Dec 2,15 1998 Jan 2,15",
        True,
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09-30T09:00",
        "1997 Sep 30 Oct 1,31 Nov 1,30 Dec 1,31 1998 Jan 1,31 Feb 1",
        True,
    ),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-10T09:00",
        "1997 Sep 10-15 1999 Mar 10-13",
        True,
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        START,
        "1997 Sep 2,9,16,23,30 Nov 4,11,18,25 1998 Jan 6,13,20,27 Mar 3,10,17,24,31",
        False,
    ),
    (
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06-10T09:00",
        "1997 Jun 10 Jul 10 1998 Jun 10 Jul 10 1999 Jun 10 Jul 10 2000 Jun 10 Jul 10 2001 Jun 10 Jul 10",
        True,
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03-10T09:00",
        "1997 Mar 10 1999 Jan 10 Feb 10 Mar 10 2001 Jan 10 Feb 10 Mar 10 2003 Jan 10 Feb 10 Mar 10",
        True,
    ),
    (
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01-01T09:00",
        "1997 Jan 1 Apr 10 Jul 19 2000 Jan 1 Apr 9 Jul 18 2003 Jan 1 Apr 10 Jul 19 2006 Jan 1",
        True,
    ),
    ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", "1997 May 19 1998 May 18 1999 May 17", False),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", "1997 May 12 1998 May 11 1999 May 17", False),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03-13T09:00",
        "1997 Mar 13,20,27 1998 Mar 5,12,19,26 1999 Mar 4,11,18,25",
        False,
    ),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06-05T09:00",
        "1997 Jun 5,12,19,26 Jul 3,10,17,24,31 Aug 7,14,21,28 1998 Jun 4,11,18,25 Jul 2,9,16,23,30 Aug 6,13,20,27 "
        "1999 Jun 3,10,17,24 Jul 1,8,15,22,29 Aug 5,12,19,26",
        False,
    ),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09-13T09:00",
        "1997 Sep 13 Oct 11 Nov 8 Dec 13 1998 Jan 10 Feb 7 Mar 7 Apr 11 May 9 Jun 13",
        False,
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11-05T09:00",
        "1996 Nov 5 2000 Nov 7 2004 Nov 2",
        False,
    ),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04T09:00", "1997 Sep 4 Oct 7 Nov 6", True),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09-29T09:00",
        "1997 Sep 29 Oct 30 Nov 27 Dec 30 1998 Jan 29 Feb 26 Mar 30",
        False,
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997-08-05T09:00",
        "1997 Aug 5,10,19,24",
        True,
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00", "1997 Aug 5,17,19,31", True),
    (
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01-15T09:00",
        "2007 Jan 15,30 Feb 15 Mar 15,30",
        True,
    ),
]


@pytest.mark.parametrize(("rule", "root", "table", "is_whole"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_example_on_days(rule, root, table, is_whole):
    wanted = [f"{day}T09:00:00" for day in printed(table)]
    found = [at.isoformat() for at in islice(occurrences("RRULE:" + rule, root), len(wanted) + is_whole)]
    assert found == wanted


def test_friday_the_13th_excludes_its_start():
    root = datetime.fromisoformat(START)
    series = parse(
        root=root,
        zone=NEW_YORK,
        text="EXDATE;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    )
    found = islice(series.between(root, root + FOREVER), 5)
    assert root in series.excluded
    assert [f"{at:%Y-%m-%d}" for at in found] == printed("1998 Feb 13 Mar 13 Nov 13 1999 Aug 13 2000 Oct 13")


THIRDS = [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 20, 40)]
TIMES = [
    ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", ["2 09:00", "2 12:00", "2 15:00"], True),
    ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", ["2 09:00", "2 09:15", "2 09:30", "2 09:45", "2 10:00", "2 10:15"], True),
    ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", ["2 09:00", "2 10:30", "2 12:00", "2 13:30"], True),
    (
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        [f"{day} {at}" for day in (2, 3) for at in THIRDS],
        False,
    ),
    (
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        [f"{day} {at}" for day in (2, 3) for at in THIRDS],
        False,
    ),
]


@pytest.mark.parametrize(("rule", "wanted", "is_whole"), TIMES, ids=[row[0] for row in TIMES])
def test_example_within_days(rule, wanted, is_whole):
    found = islice(occurrences("RRULE:" + rule), len(wanted) + is_whole)
    assert [f"{at.day} {at:%H:%M}" for at in found] == wanted
