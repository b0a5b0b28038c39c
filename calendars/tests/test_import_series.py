"""Series of files: their first occurrences, excluded ones, and changes of single ones."""

import pytest

from calendars.models import CalendarImport, Event
from calendars.tests.imports import import_file
from calendars.tests.test_ical_components import calendar
from calendars.tests.test_ical_components import event as vevent
from calendars.tests.test_import_calendar import DAILY, ONCE, ZONE, at, starts, take

pytestmark = pytest.mark.django_db


def occurrence(day, *lines, **kwargs):
    """Return a component that changes the occurrence of a December day at nine."""
    return vevent(f"RECURRENCE-ID;TZID={ZONE}:202612{day:02}T090000", *lines, **kwargs)


def moved(day, hour, *lines):
    return occurrence(day, f"DTSTART;TZID={ZONE}:202612{day:02}T{hour:02}0000", "DURATION:PT30M", *lines)


def off(day):
    return occurrence(day, f"DTSTART;TZID={ZONE}:202612{day:02}T090000", "STATUS:CANCELLED")


def excluded(*days, **kwargs):
    values = ",".join(f"202612{day:02}T090000" for day in days)
    return vevent(*DAILY, f"EXDATE;TZID={ZONE}:{values}", **kwargs)


def mornings(*days):
    return [at(day, 14) for day in days]


@pytest.mark.parametrize("first", [[excluded(1)], [vevent(*DAILY), off(1)]])
def test_a_first_occurrence_that_does_not_take_place_is_a_cancelled_root(inside, clock, first):
    take(inside, *first)
    root = Event.objects.get(parent_event=None)
    assert (root.local_start, root.recurrence, root.is_called_off) == ("20261201T090000", DAILY[2], True)
    assert starts() == mornings(2, 3, 4, 5)
    assert set(take(inside, *first)) == {"unchanged"}


def test_a_change_of_the_second_stays_where_the_first_is_excluded(inside, clock):
    assert take(inside, excluded(1), moved(2, 11, "SUMMARY:Daily"), off(3)) == ["created", "changed", "cancelled"]
    assert starts() == [at(2, 16), *mornings(4, 5)]


def test_count_counts_the_excluded_first_ones(inside, clock):
    take(inside, excluded(1, 2, 3))
    assert starts() == mornings(4, 5)


def test_a_date_before_the_second_does_not_move_the_series(inside, clock):
    weekly = (DAILY[0], DAILY[1], "RRULE:FREQ=WEEKLY;COUNT=3", f"RDATE;TZID={ZONE}:20261203T090000")
    take(inside, vevent(*weekly, f"EXDATE;TZID={ZONE}:20261201T090000"))
    assert starts() == mornings(3, 8, 15)


def test_a_first_occurrence_at_another_time_is_a_root_moved_alone(inside, clock):
    file = [vevent(*DAILY), moved(1, 12, "SUMMARY:Daily")]
    assert take(inside, *file) == ["created", "changed"]
    root = Event.objects.get(parent_event=None)
    assert (root.start, root.recurrence) == (at(1, 17), f"DTSTART:20261201T090000\n{DAILY[2]}")
    assert starts() == [at(1, 17), *mornings(2, 3, 4, 5)]
    assert take(inside, *file) == ["unchanged", "unchanged"]


@pytest.mark.parametrize("change", [["DURATION:PT2H", "SUMMARY:Daily"], ["DURATION:PT30M", "SUMMARY:Welcome"]])
def test_a_first_occurrence_with_other_words_or_length_stands_alone(inside, clock, change):
    first = occurrence(1, f"DTSTART;TZID={ZONE}:20261201T120000", *change)
    assert take(inside, vevent(*DAILY), first) == ["created", "created"]
    root, alone = Event.objects.filter(parent_event=None).order_by("pk")
    assert (root.is_called_off, alone.uid, alone.title) == (True, "a@x/20261201T140000", change[1][8:])
    assert starts() == [at(1, 17), *mornings(2, 3, 4, 5)]
    assert {child.title for child in root.children.all()} == {"Daily"}
    assert take(inside, vevent(*DAILY), first) == ["unchanged", "unchanged"]


@pytest.mark.parametrize(
    ("change", "result", "found"),
    [
        (off(1), "cancelled", mornings(2, 3, 4, 5)),
        (moved(1, 12, "SUMMARY:Daily"), "changed", [at(1, 17), *mornings(2, 3, 4, 5)]),
        (moved(1, 12, "SUMMARY:Welcome"), "created", [at(1, 17), *mornings(2, 3, 4, 5)]),
    ],
)
def test_a_later_file_changes_the_first_occurrence_alone(inside, clock, change, result, found):
    take(inside, vevent(*DAILY))
    assert take(inside, change) == [result]
    assert starts() == found
    assert take(inside, change) == ["unchanged"]


def test_an_excluded_occurrence_stays_away_where_its_change_is_older(inside, clock):
    master = excluded(1, 3)
    master.insert(1, "SEQUENCE:2")
    old, new = moved(3, 11, "SEQUENCE:1"), moved(3, 11, "SEQUENCE:3")
    assert take(inside, master, old) == ["created", "skipped"]
    assert starts() == mornings(2, 4, 5)
    assert take(inside, master, new) == ["unchanged", "changed"]
    assert starts() == [at(2, 14), at(3, 16), *mornings(4, 5)]


def test_a_first_occurrence_that_is_changed_after_it_was_excluded_takes_place(inside, clock):
    assert take(inside, excluded(1), moved(1, 11, "SEQUENCE:1", "SUMMARY:Daily")) == ["created", "changed"]
    assert starts() == [at(1, 16), *mornings(2, 3, 4, 5)]


def following(day, *lines):
    return vevent(f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID={ZONE}:202612{day:02}T090000", *lines)


LATER = (f"DTSTART;TZID={ZONE}:20261203T110000", "DURATION:PT1H", "SUMMARY:Later")


def test_this_and_following_begin_a_series_of_their_own(inside, clock):
    file = [vevent(*DAILY), following(3, *LATER), moved(4, 15, "SUMMARY:Moved")]
    assert take(inside, *file) == ["created", "created", "changed"]
    old, new = Event.objects.filter(parent_event=None).order_by("start")
    assert (old.uid, new.uid, new.title, new.recurrence) == (
        "a@x",
        "a@x/20261203T140000",
        "Later",
        "RRULE:FREQ=DAILY;COUNT=3",
    )
    assert starts() == [at(1, 14), at(2, 14), at(3, 16), at(4, 20), at(5, 16)]
    assert take(inside, *file) == ["unchanged", "unchanged", "unchanged"]


def test_this_and_following_of_the_first_are_the_whole_series(inside, clock):
    assert take(inside, vevent(*DAILY), following(1, f"DTSTART;TZID={ZONE}:20261201T100000", *LATER[1:])) == ["created"]
    assert starts() == [at(day, 15) for day in range(1, 6)]
    assert Event.objects.get(parent_event=None).title == "Later"


def test_this_and_following_can_be_cancelled(inside, clock):
    take(inside, vevent(*DAILY), following(3, LATER[0], "STATUS:CANCELLED"))
    assert starts() == mornings(1, 2)


def test_this_and_following_that_the_rule_forbids_are_told(inside, clock):
    monthly = (*DAILY[:2], "RRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=3")
    change = vevent(
        f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID={ZONE}:20270105T090000", f"DTSTART;TZID={ZONE}:20270106T090000"
    )
    assert take(inside, vevent(*monthly), change) == ["created", "skipped"]


def test_an_occurrence_without_its_series_is_an_event(inside, clock):
    assert take(inside, moved(3, 11, "SUMMARY:Guest")) == ["created"]
    event = Event.objects.get()
    assert (event.title, event.start, event.uid) == ("Guest", at(3, 16), "a@x/20261203T140000")
    assert take(inside, moved(3, 11, "SUMMARY:Guest")) == ["unchanged"]


def test_a_series_that_comes_later_leaves_its_occurrence_alone(inside, clock):
    take(inside, moved(3, 11, "SUMMARY:Guest"))
    assert take(inside, vevent(*DAILY)) == ["created"]
    assert starts() == [at(1, 14), at(2, 14), at(3, 16), *mornings(4, 5)]


def test_a_day_takes_out_the_occurrence_of_that_day(inside, clock):
    take(inside, vevent(*DAILY, "EXDATE;VALUE=DATE:20261202,20261204"))
    assert starts() == mornings(1, 3, 5)


def test_a_day_adds_an_occurrence_at_the_time_of_the_first(inside, clock):
    take(inside, vevent(*DAILY[:2], "RDATE;VALUE=DATE:20261207"))
    assert starts() == mornings(1, 7)


def test_a_period_keeps_its_length(inside, clock):
    take(inside, vevent(*DAILY[:2], "RDATE;VALUE=PERIOD:20261207T140000Z/PT2H,20261208T140000Z/20261208T153000Z"))
    spans = Event.objects.filter(parent_event__isnull=False).order_by("start").values_list("start", "end")
    assert list(spans) == [(at(7, 14), at(7, 16)), (at(8, 14), at(8, 15, 30))]


def test_an_empty_rule_costs_the_rule(inside, clock):
    assert take(inside, vevent(*ONCE, "RRULE:")) == ["created"]
    assert not Event.objects.get().is_series


def test_a_change_of_an_occurrence_that_a_newer_series_has_not_any_more_is_dropped(inside, clock):
    shorter = [line.replace("COUNT=5", "COUNT=3") for line in DAILY]
    assert take(inside, vevent(*shorter, "SEQUENCE:2"), moved(4, 11, "SEQUENCE:1")) == ["created", "skipped"]
    assert starts() == mornings(1, 2, 3)


def test_each_change_of_all_that_follow_begins_a_series(inside, clock):
    third = (f"DTSTART;TZID={ZONE}:20261204T130000", "DURATION:PT1H", "SUMMARY:Latest")
    file = [vevent(*DAILY), following(3, *LATER), following(4, *third)]
    assert take(inside, *file) == ["created"] * 3
    assert starts() == [at(1, 14), at(2, 14), at(3, 16), at(4, 18), at(5, 18)]
    uids = Event.objects.filter(parent_event=None).order_by("start").values_list("uid", flat=True)
    assert list(uids) == ["a@x", "a@x/20261203T140000", "a@x/20261204T140000"]
    assert take(inside, *file) == ["unchanged"] * 3


BROKEN = [
    ["BEGIN:VEVENT\x00", "END:VEVENT\x00"],
    vevent(*ONCE, "X:a\x00b"),
    vevent(*ONCE, "X:a\udce9b", uid="\udce9"),
    vevent(*ONCE, "RDATE;VALUE=TIME:083000", uid="time"),
    vevent(*ONCE, "RDATE;VALUE=PERIOD:x", uid="period"),
]


def bring(world, content):
    """Import a file of bytes, and return what became of each component."""
    return [each.result for each in import_file(content, world.calendar)]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_no_column_can_hold_costs_its_component(inside, clock, broken):
    good = vevent(f"DTSTART;TZID={ZONE}:20261201T090000", "SUMMARY:Müller", uid="good")
    lines = calendar(broken, good)
    assert bring(inside, "\n".join(lines).encode(errors="surrogateescape")) == ["skipped", "created"]
    assert (CalendarImport.objects.get().components.count(), Event.objects.get().title) == (2, "Müller")


def test_a_character_that_a_fold_tears_apart_is_whole(inside, clock):
    content = "\n".join(calendar(vevent(*ONCE[:2], "COMMENT:Ä", "SUMMARY:Kontrolle für"))).encode()
    assert bring(inside, content.replace(b"\xc3\xbc", b"\xc3\n \xbc")) == ["created"]
    assert Event.objects.get().title == "Kontrolle für"
