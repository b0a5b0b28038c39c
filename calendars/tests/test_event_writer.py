from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.icalendar import content_lines, event_reader, event_writer, series_lines
from calendars.engine.icalendar.event_writer import EventRow, ExportStyle, WrittenEvent
from calendars.engine.icalendar.file_index import build_index
from calendars.engine.icalendar.series_lines import SeriesDefinition
from calendars.engine.recurrence import recurrence_set

ZONE = "Europe/Paris"
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in Paris
CHANGED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STYLE = ExportStyle("clinic.example", described=True)


def row(pk=7, **fields):
    given = {
        "uid": "",
        "title": "Check, up",
        "description": "Line\nand; more",
        "start": START,
        "end": START + timedelta(minutes=45),
        "time_zone": ZONE,
        "version": 1,
        "changed_at": CHANGED,
        "cancelled_at": None,
        "calendar_id": 1,
        "parent_id": None,
        "recurrence_id": "",
        "recurrence": "",
        "frequency": None,
        "params": None,
        "last": None,
        "stopped": False,
        "reached": None,
    }
    return EventRow(pk, **{**given, **fields})


def child(day, **fields):
    """Return the child of a December day at nine, as the rule makes it."""
    start = fields.pop("start", START + timedelta(days=day - 1))
    identity = f"202612{day:02}T090000"
    return row(
        pk=100 + day, parent_id=7, recurrence_id=identity, start=start, end=start + timedelta(minutes=45), **fields
    )


def told(*children, style=STYLE, **fields):
    return "".join(event_writer.write_calendar([WrittenEvent(row(**fields), children)], style))


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def lines(text, name):
    return [line for line in unfolded(text) if line.partition(":")[0].partition(";")[0] == name]


@pytest.mark.parametrize(("text", "lines"), [("a" * 75, 1), ("a" * 76, 2), ("ü" * 37, 1), ("ü" * 38, 2), ("", 1)])
def test_a_line_is_folded_beyond_75_octets(text, lines):
    told = content_lines.content_line(text)
    assert (told.count("\r\n"), told.replace("\r\n ", "")) == (lines, text + "\r\n")


def test_an_event_is_written_to_the_letter():
    text = told()
    assert text[: text.index("BEGIN:VTIMEZONE")] == content_lines.CALENDAR_BEGIN
    assert text[text.index("BEGIN:VEVENT") :].split("\r\n") == [
        "BEGIN:VEVENT",
        "UID:event-7@clinic.example",
        "DTSTAMP:20261123T090000Z",
        "LAST-MODIFIED:20261123T090000Z",
        "SEQUENCE:0",
        "DTSTART;TZID=Europe/Paris:20261201T090000",
        "DTEND;TZID=Europe/Paris:20261201T094500",
        "SUMMARY:Check\\, up",
        "DESCRIPTION:Line\\nand\\; more",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_busy_calendar_tells_no_word():
    text = told(uid="zebra@x", style=ExportStyle("clinic.example", busy=True))
    assert lines(text, "SUMMARY") + lines(text, "UID") == ["SUMMARY:Busy", "UID:event-7@clinic.example"]
    assert not lines(text, "DESCRIPTION")


def test_the_description_is_left_out_where_it_is_not_wanted():
    text = told(style=ExportStyle("clinic.example"))
    assert lines(text, "SUMMARY") == ["SUMMARY:Check\\, up"]
    assert not lines(text, "DESCRIPTION")


def test_long_lines_are_folded_between_characters():
    text = told(title="Ä" * 100)
    physical = text.split("\r\n")
    assert max(len(line.encode()) for line in physical) <= 75
    assert lines(text, "SUMMARY") == [f"SUMMARY:{'Ä' * 100}"]


def test_no_control_character_and_no_line_of_its_own_leaves():
    text = told(title="a\r\nEND:VEVENT\x00\x0b", uid="x\nBEGIN:VALARM")
    assert lines(text, "SUMMARY") == ["SUMMARY:a\\nEND:VEVENT"]
    assert lines(text, "UID") == ["UID:x\\nBEGIN:VALARM"]
    assert [line for line in unfolded(text) if line.startswith(("END:VEVENT", "BEGIN:VALARM"))] == ["END:VEVENT"]


def test_a_time_in_the_hour_that_comes_twice_is_written_in_utc():
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Paris, for the second time
    assert content_lines.date_line("DTSTART", second, ZONE) == "DTSTART:20261025T013000Z\r\n"
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert content_lines.date_line("DTSTART", first, ZONE) == "DTSTART;TZID=Europe/Paris:20261025T023000\r\n"


def test_each_zone_is_defined_once_and_utc_never():
    shown = [WrittenEvent(row(pk)) for pk in (1, 2)] + [WrittenEvent(row(3, time_zone="UTC"))]
    text = "".join(event_writer.write_calendar(shown, STYLE))
    assert lines(text, "TZID") == ["TZID:Europe/Paris"]
    assert lines(text, "DTSTART")[-1] == "DTSTART:20261201T080000Z"


def test_a_series_is_its_rule():
    text = told(recurrence="RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=TU\nEXDATE:20261208T090000")
    assert lines(text, "RRULE") == ["RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=TU"]
    assert lines(text, "EXDATE") == ["EXDATE;TZID=Europe/Paris:20261208T090000"]


def test_a_named_rule_is_told_as_an_rrule_with_its_last_day():
    last = datetime(2026, 12, 31, 12, 0, tzinfo=UTC)
    text = told(frequency="MONTHLY", params="byweekday:TU(1),FR(-1);interval:2", last=last)
    assert lines(text, "RRULE") == ["RRULE:FREQ=MONTHLY;INTERVAL=2;UNTIL=20261231T120000Z;BYDAY=1TU,-1FR"]


def test_a_rule_that_no_rrule_can_tell_is_listed():
    text = told(frequency="YEARLY", params="byeaster:0", reached=datetime(2028, 12, 1, tzinfo=UTC))
    assert lines(text, "RRULE") == []
    assert [line for line in lines(text, "RDATE") if "TZID" in line] == [
        "RDATE;TZID=Europe/Paris:20270328T090000,20280416T090000"
    ]


def test_cancelled_occurrences_are_excluded_and_raise_the_sequence():
    text = told(child(2, cancelled_at=CHANGED, version=2), recurrence="RRULE:FREQ=DAILY;COUNT=5", version=3)
    assert lines(text, "EXDATE") == ["EXDATE;TZID=Europe/Paris:20261202T090000"]
    assert lines(text, "SEQUENCE") == ["SEQUENCE:3"]


def test_an_occurrence_of_another_calendar_is_excluded_here():
    text = told(child(2, calendar_id=2, version=2), recurrence="RRULE:FREQ=DAILY;COUNT=5")
    assert lines(text, "EXDATE") == ["EXDATE;TZID=Europe/Paris:20261202T090000"]


def test_a_moved_occurrence_names_its_original_start():
    moved = child(3, start=START + timedelta(days=2, hours=2), version=2)
    text = told(moved, child(4, version=2), recurrence="RRULE:FREQ=DAILY;COUNT=5", version=2)
    assert lines(text, "RECURRENCE-ID") == ["RECURRENCE-ID;TZID=Europe/Paris:20261203T090000"]
    assert lines(text, "DTSTART")[-1] == "DTSTART;TZID=Europe/Paris:20261203T110000"
    assert lines(text, "SEQUENCE") == ["SEQUENCE:1", "SEQUENCE:2"]
    assert lines(text, "UID") == ["UID:event-7@clinic.example"] * 2


def test_a_root_that_moved_alone_is_an_exception_of_its_series():
    text = told(recurrence="DTSTART:20261130T090000\nRRULE:FREQ=DAILY;COUNT=5")
    starts = [line for line in lines(text, "DTSTART") if "2026" in line]
    assert starts == ["DTSTART;TZID=Europe/Paris:20261130T090000", "DTSTART;TZID=Europe/Paris:20261201T090000"]
    assert lines(text, "RECURRENCE-ID") == ["RECURRENCE-ID;TZID=Europe/Paris:20261130T090000"]


def test_a_series_that_was_called_off_ends_where_its_occurrences_do():
    reached = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)
    text = told(recurrence="RRULE:FREQ=DAILY", stopped=True, reached=reached)
    assert lines(text, "RRULE") == ["RRULE:FREQ=DAILY;UNTIL=20261204T080000Z"]


def test_a_series_that_is_over_by_itself_keeps_its_count():
    reached = datetime(2027, 12, 4, 8, 0, tzinfo=UTC)
    text = told(recurrence="RRULE:FREQ=DAILY;COUNT=3", stopped=True, reached=reached)
    assert lines(text, "RRULE") == ["RRULE:FREQ=DAILY;COUNT=3"]


def test_a_series_that_cannot_be_read_is_its_first_occurrence():
    text = told(recurrence="RRULE:FREQ=NEVER")
    assert lines(text, "RRULE") == []
    assert lines(text, "DTSTART")[-1] == "DTSTART;TZID=Europe/Paris:20261201T090000"


RULES = [
    "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=9",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;WKST=SU;UNTIL=20270301",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9,17\nRDATE:20261224T100000,20261231\nEXDATE;VALUE=DATE:20261225",
    "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1\nRRULE:FREQ=DAILY;UNTIL=20261205T000000Z",
    "RDATE;VALUE=PERIOD:20261203T090000Z/PT2H,20261204T090000/20261204T100000\nRDATE:20261206T120000",
]


@pytest.mark.parametrize("text", RULES)
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "UTC"])
@pytest.mark.parametrize("last", [None, datetime(2027, 1, 20, 6, 0, tzinfo=UTC)], ids=["open", "until"])
def test_what_is_written_gives_the_same_occurrences(text, zone, last):
    series = SeriesDefinition(START, zone, text, last=last)
    found = series.read()
    written = series_lines.recurrence_lines(series, without=[])
    again = recurrence_set.parse(root=found.root, zone=ZoneInfo(zone), text=written)
    end = found.root + timedelta(days=800)
    assert [*islice(again.between(found.root, end), 500)] == [*islice(found.between(found.root, end), 500)]
    assert again.ends == {at: end for at, end in found.ends.items() if last is None or end <= last}


def test_the_importer_reads_what_is_written():
    moved = child(3, start=START + timedelta(days=2, hours=2), version=2, title="Later")
    text = told(moved, recurrence="RRULE:FREQ=DAILY;COUNT=5", uid="a@x", version=4)
    master, override = event_reader.read(
        text.splitlines(), time_zone="Asia/Tokyo", index=build_index(text.splitlines())
    )
    assert (master.uid, master.sequence, master.time_zone, master.start) == ("a@x", 3, ZONE, START)
    assert (master.title, master.description) == ("Check, up", "Line\nand; more")
    assert (override.title, override.start) == ("Later", START + timedelta(days=2, hours=2))
    assert override.recurrence_at == START + timedelta(days=2)
    assert master.warnings == override.warnings == ()
