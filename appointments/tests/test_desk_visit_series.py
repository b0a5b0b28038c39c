"""The page of a visit that is part of a series: how far its forms reach."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.models import Appointment
from appointments.tests.visiting import NEW_YORK, WEEKLY, course, occurrences, press


@pytest.mark.parametrize(
    ("reach", "hours"),
    [("this", [9, 9, 11, 9]), ("following", [9, 9, 11, 11]), ("all", [11, 11, 11, 11])],
)
def test_move_reaches_as_far_as_chosen(book, desk, reach, hours):
    third = occurrences(book(recurrence=WEEKLY))[2]
    assert press(desk, third, "move", day="2026-12-08", reach=reach).status_code == 302
    days = ("24", "01", "08", "15")
    assert course() == [(f"{day} {hour:02}:00", "scheduled") for day, hour in zip(days, hours, strict=True)]
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize(("reach", "left"), [("this", [0, 1, 3]), ("following", [0, 1]), ("all", [])])
def test_cancellation_reaches_as_far_as_chosen(book, desk, reach, left):
    third = occurrences(book(recurrence=WEEKLY))[2]
    assert press(desk, third, "cancel", reach=reach).status_code == 302
    assert [number for number, (_, status) in enumerate(course()) if status == "scheduled"] == left
    assert Appointment.objects.filter(event__cancelled_at__isnull=False).count() == 4 - len(left)


@pytest.mark.parametrize("do", ["move", "cancel"])
def test_all_leaves_alone_what_has_been(book, desk, world, clock, do):
    third = occurrences(book(recurrence=WEEKLY))[2]
    clock.forward(days=9)  # two have been
    desk.force_login(world.staff)
    assert press(desk, third, do, day="2026-12-08", reach="all").status_code == 302
    assert course()[:2] == [("24 09:00", "scheduled"), ("01 09:00", "scheduled")]
    assert course()[2:] == (
        [("08 11:00", "scheduled"), ("15 11:00", "scheduled")]
        if do == "move"
        else [("08 09:00", "cancelled"), ("15 09:00", "cancelled")]
    )


def test_all_goes_on_where_the_first_visit_alone_was_cancelled(book, desk):
    first, *others = occurrences(book(recurrence=WEEKLY))
    press(desk, first, "cancel", reach="this")
    assert press(desk, others[1], "move", day="2026-12-08", reach="all").status_code == 302
    assert course() == [("24 09:00", "cancelled"), *[(f"{day} 11:00", "scheduled") for day in ("01", "08", "15")]]


def test_all_begins_with_the_first_to_come_that_still_takes_place(book, desk, world, clock):
    _, second, _, fourth = occurrences(book(recurrence=WEEKLY))
    press(desk, second, "cancel", reach="this")
    clock.forward(days=2)
    desk.force_login(world.staff)
    assert press(desk, fourth, "move", day="2026-12-15", reach="all").status_code == 302
    assert course() == [
        ("24 09:00", "scheduled"),
        ("01 09:00", "cancelled"),
        ("08 11:00", "scheduled"),
        ("15 11:00", "scheduled"),
    ]


def test_visit_that_has_begun_changes_alone(book, desk, world, clock):
    first = occurrences(book(recurrence=WEEKLY))[0]
    clock.forward(days=9)
    desk.force_login(world.staff)
    assert "How far" not in desk.get(f"/visits/{first.pk}/").content.decode()
    press(desk, first, "move", reach="all")
    assert course() == [("24 11:00", "scheduled"), *[(f"{day} 09:00", "scheduled") for day in ("01", "08", "15")]]


def test_same_time_splits_no_series(book, desk):
    third = occurrences(book(recurrence=WEEKLY))[2]
    press(desk, third, "move", day="2026-12-08", clock="09:00", reach="following")
    third.refresh_from_db()
    assert third.event.parent_event_id
    assert "It stands there already" in desk.get(f"/visits/{third.pk}/").content.decode()


def test_rule_that_names_days_says_the_way_out(book, desk):
    visit = book(recurrence="RRULE:FREQ=MONTHLY;BYDAY=4TU;COUNT=3")
    answer = press(desk, visit, "move", day="2026-11-25", reach="all")
    assert answer.status_code == 400
    assert "The rule names days or hours that do not move along" in answer.content.decode()
    assert course()[0] == ("24 09:00", "scheduled")


@pytest.mark.parametrize(("reach", "words"), [("following", "change this occurrence or all"), ("all", "another rule")])
def test_series_that_cannot_be_split_says_so(book, desk, world, clock, reach, words):
    book(recurrence="RRULE:FREQ=WEEKLY;INTERVAL=2\nRDATE:20261202T090000")
    clock.forward(days=3)
    desk.force_login(world.staff)
    extra = Appointment.objects.get(starts_at=datetime(2026, 12, 2, 9, tzinfo=NEW_YORK))
    before = course()
    answer = press(desk, extra, "move", day="2026-12-02", reach=reach)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert course() == before


def test_last_visit_of_a_series_goes_a_day_later_with_all(book, desk):
    third = occurrences(
        book(recurrence="RRULE:FREQ=WEEKLY", end_recurring_period=datetime(2026, 12, 8, 15, tzinfo=UTC))
    )[2]
    before = [row.starts_at for row in occurrences(third)]
    assert press(desk, third, "move", day="2026-12-09", reach="all").status_code == 302
    moved = [row.starts_at for row in occurrences(third)]
    assert {later - earlier for later, earlier in zip(moved, before, strict=True)} == {timedelta(hours=26)}
