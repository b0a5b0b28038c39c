from datetime import UTC, datetime

import pytest

from calendars.engine.icalendar import component_blocks, event_reader
from calendars.engine.icalendar.file_index import build_index
from calendars.engine.icalendar.parsed_event import ParsedEvent, SkippedComponent


def event(*lines, uid="a@x"):
    return ["BEGIN:VEVENT", *([f"UID:{uid}"] if uid else []), *lines, "END:VEVENT"]


def calendar(*components, head=()):
    return ["BEGIN:VCALENDAR", *head, *(line for lines in components for line in lines), "END:VCALENDAR"]


def read(lines, zone="Europe/Paris"):
    return list(event_reader.read(lines, time_zone=zone, index=build_index(lines)))


def one(*lines, zone="Europe/Paris", head=()):
    (found,) = read(calendar(event(*lines), head=head), zone)
    return found


def test_a_zoned_event_is_read():
    found = one("SEQUENCE:3", "SUMMARY:Check\\, up", "DTSTART;TZID=Europe/Paris:20261201T090000", "DURATION:PT45M")
    assert (found.uid, found.sequence, found.title, found.time_zone) == ("a@x", 3, "Check, up", "Europe/Paris")
    assert (found.start, found.end) == (datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 8, 45, tzinfo=UTC))
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("US-Eastern", "US/Eastern"),
        ("Romance Standard Time", "Europe/Paris"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
    ],
)
def test_zones_of_other_programs_are_known(name, zone):
    assert one(f'DTSTART;TZID="{name}":20261201T090000', zone="Asia/Tokyo").time_zone == zone


def test_the_file_names_the_zone_of_floating_times():
    found = one("DTSTART:20261201T090000", head=["X-WR-TIMEZONE:America/New_York"])
    assert (found.time_zone, found.start.hour) == ("America/New_York", 14)


def test_a_zone_definition_names_its_place():
    zone = ["BEGIN:VTIMEZONE", "TZID:Ours", "X-LIC-LOCATION:Asia/Tokyo", "END:VTIMEZONE"]
    (found,) = read(calendar(zone, event("DTSTART;TZID=Ours:20261201T090000")))
    assert (found.time_zone, found.start.hour) == ("Asia/Tokyo", 0)


def test_a_single_utc_event_hangs_on_the_calendars_clock_and_a_series_on_utc():
    assert one("DTSTART:20261201T090000Z").time_zone == "Europe/Paris"
    assert one("DTSTART:20261201T090000Z", "RRULE:FREQ=DAILY").time_zone == "UTC"


def test_a_whole_day_runs_from_midnight_to_midnight():
    found = one("DTSTART;VALUE=DATE:20261025")  # 25 hours: the clocks go back
    assert (found.start, found.end) == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))


def test_an_event_without_length_is_given_an_hour():
    found = one("DTSTART:20261201T090000Z")
    assert found.end == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert found.warnings == ("it has no length; an hour is assumed",)


def test_recurrence_becomes_lines_on_the_wall_clock():
    found = one(
        "DTSTART;TZID=Europe/Paris:20261201T090000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231",
        "EXDATE;TZID=Europe/Paris:20261208T090000",
        "EXDATE:20261215T080000Z",
        "RDATE;VALUE=PERIOD:20261203T080000Z/PT1H",
    )
    assert found.recurrence.splitlines() == [
        "RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z",
        "RDATE;VALUE=PERIOD:20261203T090000/PT3600S",
        "EXDATE:20261208T090000,20261215T090000",
    ]


def test_an_override_names_the_occurrence_that_it_replaces():
    found = one("RECURRENCE-ID;TZID=Europe/Paris:20261208T090000", "DTSTART;TZID=Europe/Paris:20261208T100000")
    assert found.recurrence_at == datetime(2026, 12, 8, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["SUMMARY:x"], "DTSTART is missing"),
        (["DTSTAR:20261201T090000"], "DTSTART is missing; the line DTSTAR may be a misspelt one"),
        (["DTSTART:20261301T090000"], "DTSTART cannot be read"),
        (["DTSTART:20261201T090000", "DTEND:20261201T1000000"], "DTEND cannot be read"),
        (["DTSTART:20261201T090000", "DTEND:20261201T080000"], "DTEND is before DTSTART"),
        (["DTSTART:20261201T090000", "RRULE:FREQ=SOMETIMES"], "RRULE cannot be read: "),
        (["DTSTART:20261201T090000", "EXRULE:FREQ=DAILY"], "EXRULE was withdrawn"),
        (["DTSTART:20261201T090000", "RECURRENCE-ID;RANGE=THISANDPRIOR:20261201T090000"], "RANGE"),
        (
            ["DTSTART;TZID=Our Office:20261201T090000"],
            "the zone “Our Office” is not known, and the file does not define",
        ),
        (["DTSTART:20261201T090000", "SUMMARY:a\x00b"], "NUL"),
        (["DTSTART:20261201T090000", "SUMMARY:a\udce9b"], "bytes that are no text"),
        (["DTSTART:20261201T090000", "RDATE;VALUE=PERIOD:20261203T080000Z/20261203T080000Z"], "has no length"),
        (["DTSTART:20261201T090000", "DTSTART:20261202T090000"], "DTSTART stands there twice"),
        (["DTSTART:20261201T090000", "DTEND:20261202T090000", "DTEND:20261203T090000"], "DTEND stands there twice"),
        (["DTSTART:20261201T090000", "DURATION:20261201T090000"], "DURATION is no duration"),
        (["DTSTART:20261201T090000", "DURATION:P99999999D"], "a time is beyond what a calendar holds"),
        (["DTSTART;TZID=Europe/Paris:00010101T000000"], "a time is beyond what a calendar holds"),
        (["DTSTART:99991231T235959Z"], "a time is beyond what a calendar holds"),
        (["DTSTART:20261201T090000", "RECURRENCE-ID:00010101T000000"], "a time is beyond what a calendar holds"),
    ],
)
def test_what_cannot_be_an_event_is_skipped_with_its_reason(lines, reason):
    found = one(*lines)
    assert isinstance(found, SkippedComponent)
    assert reason in found.reason


def test_a_broken_line_that_does_not_matter_is_a_warning():
    found = one("DTSTART:20261201T090000Z", "DURATION:PT1H", "DTSTAMP:nonsense", "no colon here")
    assert isinstance(found, ParsedEvent)
    assert [text.split(" was")[0] for text in found.warnings] == ["DTSTAMP", "a line"]


def test_one_broken_component_costs_only_itself():
    lines = calendar(
        ["BEGIN:VEVENT", "UID:open", "DTSTART:20261201T090000Z"],
        event("DTSTART:20261202T090000Z", uid="good"),
        ["BEGIN:VTODO", "UID:todo", "END:VTODO"],
    )
    broken, good, todo = read(lines)
    assert (broken.uid, broken.reason) == ("open", "END:VEVENT is missing")
    assert good.uid == "good"
    assert todo.reason == "a to-do, not an event"


def test_several_calendars_and_a_bare_event_in_one_file():
    bare = event("DTSTART:20261202T090000Z", "DURATION:PT1H", uid="bare")
    found = read([*calendar(event("DTSTART:20261201T090000Z")), *bare])
    assert [entry.uid for entry in found] == ["a@x", "bare"]
    assert found[1].warnings == ("it stands outside of any VCALENDAR",)


def test_an_event_without_uid_gets_a_lasting_one():
    lines = calendar(event("DTSTART:20261201T090000Z", "DTSTAMP:20260101T000000Z", uid=""))
    later = [line.replace("20260101T", "20260202T") for line in lines]
    (first,), (second,) = read(lines), read(later)
    assert first.uid.startswith("hash-")
    assert first.uid == second.uid


def test_answers_and_cancellations_are_told_apart():
    reply = calendar(event("SUMMARY:x"), head=["METHOD:REPLY"])
    cancel = calendar(event("SEQUENCE:2"), head=["METHOD:CANCEL"])
    (answered,), (cancelled,) = read(reply), read(cancel)
    assert answered.reason == "an answer to an invitation, not an event"
    assert (cancelled.is_cancelled, cancelled.sequence) == (True, 2)


def test_folded_lines_are_joined():
    assert list(component_blocks.unfold(["SUM", " MARY:a", "", "B:c"])) == [(1, "SUMMARY:a"), (4, "B:c")]


def test_a_file_in_windows_1252_is_read():
    for raw, name in ((b"M\xc3\xbcller", "utf-8-sig"), (b"\xef\xbb\xbfa", "utf-8-sig"), (b"M\xfcller", "cp1252")):
        assert component_blocks.detect_encoding([b"a", raw]) == name
