"""What is read without the parser is what the parser makes of it: `make soak` draws more events."""

import os
import random

from calendars.engine.icalendar import event_reader, plain_reader
from calendars.engine.icalendar.file_index import build_index
from calendars.tests.test_ical_components import calendar, event

DRAWN = int(os.environ.get("PLAIN_EVENTS", "600"))
ESCAPED = ["\\n", "\\N", "\\,", "\\;", "\\\\"]
ODD = ["\\x", "\\:", "\\", '"', ":", ";", ",", "%2C", "%3A", "ü", "\u2028", "\x0b", "\t", " ", "^n"]
TIMES = [
    "20261201T090000",
    "20261201T090000Z",
    "20260329T023000",
    "20261301T090000",
    "20261201T240000",
    "20261201",
    "20261201T0900",
    "20261201T0900001",
    "",
    "20261201t090000",
    "00000101T000000",
]
HEADS = ["", ";TZID=Europe/Paris", ";TZID=Nowhere", ";TZID=UTC", ";VALUE=DATE", ";VALUE=DATE-TIME", ";TZID=", ";X-A=b"]
SPANS = ["PT45M", "P1D", "P1DT2H", "PT", "P", "-PT5M", "P1W", "PT1H30M10S", "PT-5M", "P1DT", "1H"]
PARAMETERS = [
    "",
    ";LANGUAGE=de",
    ";CN=a@b.c",
    ";X-A=b;LANGUAGE=en",
    ';ALTREP="cid:a"',
    ";VALUE=URI",
    ";",
    ";A",
    ";A=",
    ";A=b;",
]
RULES = [
    "FREQ=DAILY;COUNT=3",
    "INTERVAL=2;FREQ=WEEKLY;BYDAY=MO,WE;WKST=SU",
    "FREQ=YEARLY",
    "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271201T090000Z",
    "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29",
    "FREQ=DAILY;UNTIL=20261231",
    "FREQ=DAILY;UNTIL=20261231T090000",
    "freq=daily;count=2",
    "FREQ=DAILY;COUNT=3;COUNT=4",
    "FREQ=DAILY;COUNT=3;",
    "FREQ=DAILY;;COUNT=3",
    "FREQ=DAILY; COUNT=3",
    "FREQ=DAILY;X-A=b",
    "FREQ=DAILY;BYDAY=XX",
    "FREQ=DAILY;COUNT=x",
    "FREQ=DAILY;UNTIL=2026",
    "FREQ=SOMETIMES",
    "FREQ=DAILY\\;COUNT=3",
    "COUNT=3",
    "",
]
ALARM = ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Away", "END:VALARM"]


def drawn(source):
    """Return the lines of an event: mostly plain, sometimes odd anywhere."""

    def text():
        return "".join(source.choice(["Zahn", " up", *ESCAPED, source.choice(ODD)]) for _ in range(source.randrange(5)))

    lines = [f"SUMMARY{_rarely(source, PARAMETERS)}:{text()}", f"DESCRIPTION:{text()}"]
    lines += [f"DTSTART{source.choice(HEADS[:2])}:{TIMES[0]}"]
    lines += [source.choice([f"DURATION:{SPANS[0]}", f"DTEND;TZID=Europe/Paris:{TIMES[0]}", "DTEND:20261201T120000Z"])]
    more = [
        f"DTSTART{source.choice(HEADS)}:{source.choice(TIMES)}",
        f"DTEND{source.choice(HEADS)}:{source.choice(TIMES)}",
        f"DURATION:{source.choice(SPANS)}",
        f"SEQUENCE:{source.choice(['3', '-1', 'x', '1.5', '', '٣'])}",
        f"PRIORITY:{source.choice(['5', 'x'])}",
        f"DTSTAMP:{source.choice(TIMES)}",
        f"CREATED:{source.choice(TIMES)}",
        f"LAST-MODIFIED;TZID=UTC:{source.choice(TIMES)}",
        f"STATUS:{source.choice(['CANCELLED', 'confirmed', ''])}",
        f"X-NOTE{source.choice(PARAMETERS)}:{text()}",
        f"X-:{text()}",
        f"LOCATION{source.choice(PARAMETERS)}:{text()}",
        f"RECURRENCE-ID{source.choice(HEADS)}:{source.choice(TIMES)}",
        f"RRULE{_rarely(source, PARAMETERS)}:{source.choice(RULES)}",
        f"EXDATE:{source.choice(TIMES)}",
        "DTSTRT:20261201",
        "summary:small",
        "GEO:x",
        "no colon",
        ":",
        "BEGIN:VALARM",
        "END:VALARM",
        "END:X",
        "UID:b@x",
        f"UID:{text()}",
    ]
    lines += source.sample(more, source.choice([0, 0, 1, 1, 2]))
    source.shuffle(lines)
    return lines + (_rarely(source, [ALARM]) or [])


def _rarely(source, values):
    return source.choice(values) if source.random() < 0.3 else type(values[0])()


def test_what_is_read_plainly_is_what_the_parser_reads(monkeypatch):
    source = random.Random(5545)
    files = [calendar(event(*drawn(source))) for _ in range(DRAWN)]
    plain = [plain_reader.read(lines[2:-2]) is not None for lines in files]
    told = [list(event_reader.read(lines, time_zone="Asia/Tokyo", index=build_index(lines))) for lines in files]
    assert DRAWN / 4 < sum(plain) < DRAWN
    monkeypatch.setattr(plain_reader, "read", lambda lines: None)
    for lines, found in zip(files, told, strict=True):
        assert found == list(event_reader.read(lines, time_zone="Asia/Tokyo", index=build_index(lines))), lines
