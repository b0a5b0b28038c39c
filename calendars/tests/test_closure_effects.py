"""Closures and the series that meet them: made on them, and overtaken by them."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from calendars import tasks
from calendars.models import Alarm, Event, OpeningHours
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.closures import closure_effects, closure_queue, closure_requests, closure_updates
from calendars.services.series import expansion, series_edits
from calendars.tests.closed import ZONE, close, course, shut, waiting
from contacts.services import erasure
from notifications.models import StaffItem
from tests import factories

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
PLAIN = [("03 09", True, "", ""), ("07 09", True, "", ""), ("10 09", True, "", ""), ("14 09", True, "", "")]
KEPT = [PLAIN[0], ("07 09", True, "Outing", ""), *PLAIN[2:]]
SKIPPED = [PLAIN[0], ("07 09", False, "Outing", "skipped"), *PLAIN[2:]]
MOVED = [PLAIN[0], ("08 09", True, "Outing", "moved"), *PLAIN[2:]]
COURSES = pytest.mark.parametrize(
    ("wish", "expected", "reminded", "told"),
    [
        ("keep", KEPT, ["02 09", "06 09", "09 09", "13 09"], 1),
        ("skip", SKIPPED, ["02 09", "09 09", "13 09"], 0),
        ("move", MOVED, ["02 09", "07 09", "09 09", "13 09"], 0),
    ],
)


@COURSES
def test_series_meets_a_closure_that_stands(daily, wish, expected, reminded, told):
    close()
    root = daily(wish)
    assert (course(root), waiting(root)) == (expected, reminded)
    assert StaffItem.objects.count() == told


@COURSES
def test_closure_overtakes_a_series_that_is_made_already(daily, clock, wish, expected, reminded, told):
    root = daily(wish)
    assert (course(root), waiting(root)) == (PLAIN, ["02 09", "06 09", "09 09", "13 09"])
    shut(clock)
    assert (course(root), waiting(root)) == (expected, reminded)
    assert StaffItem.objects.count() == told


@COURSES
def test_series_is_as_before_when_the_closure_is_taken_away(daily, clock, wish, expected, reminded, told):
    made = close()
    root = daily(wish)
    made.delete()
    assert closure_updates.evaluate_closure(made, now=clock.at) == 1
    assert (course(root), waiting(root)) == (PLAIN, ["02 09", "06 09", "09 09", "13 09"])


@pytest.mark.parametrize("wish", ["keep", "skip", "move"])
def test_to_look_again_changes_nothing(daily, clock, wish):
    close()
    root = daily(wish)
    before = list(Event.objects.order_by("pk").values()), list(Alarm.objects.order_by("pk").values())
    assert closure_effects.evaluate(now=clock.at) == 0
    assert (list(Event.objects.order_by("pk").values()), list(Alarm.objects.order_by("pk").values())) == before
    assert sum(StaffItem.objects.values_list("count", flat=True)) == (wish == "keep")
    assert root.children.count() == 4


def test_moved_and_skipped_occurrences_keep_their_identity(daily, clock):
    close()
    moved, skipped = daily("move"), daily("skip")
    for root in (moved, skipped):
        assert list(root.children.order_by("recurrence_id").values_list("recurrence_id", flat=True)) == [
            "20261203T090000",
            "20261207T090000",
            "20261210T090000",
            "20261214T090000",
        ]
    clock.forward(days=3)
    assert expansion.expand(now=clock.at) == 0


def test_nobody_is_told_twice_of_a_day(daily, clock):
    daily("keep")
    daily("keep")
    shut(clock)
    item = StaffItem.objects.get()
    assert (item.kind, item.count, item.summary) == (
        "warning",
        2,
        "On Mon 07 Dec 2026 it is closed (“Outing”), but visits stand there: look whether they take place",
    )


def test_staff_call_whoever_was_reminded_of_a_skipped_visit(daily, clock):
    root = daily("skip")
    reminder = Alarm.objects.filter(event__parent_event=root, event__recurrence_id="20261207T090000")
    reminder.update(status=5, state="delivered")
    shut(clock)
    item = StaffItem.objects.get()
    assert (item.kind, item.contact, item.summary) == (
        "too_late",
        root.contact,
        "“Visit” on Mon 07 Dec 2026 is skipped (“Outing”), but its reminder has left",
    )
    assert (reminder.get().status, reminder.get().state) == (5, "delivered")


def test_what_was_moved_by_hand_stays_where_it_is(daily, clock):
    root = daily("move")
    child = root.children.get(recurrence_id="20261210T090000")
    series_edits.change(child, now=clock.at, start=local("2026-12-07T15:00"))
    shut(clock)
    child.refresh_from_db()
    assert (child.start, child.closure, child.closure_effect) == (
        local("2026-12-07T15:00").replace(tzinfo=ZONE),
        "Outing",
        "",
    )
    assert child.warnings == ["It falls on “Outing”."]


def test_moved_child_that_was_moved_on_by_hand_stays(daily, clock):
    made = close()
    root = daily("move")
    child = root.children.get(recurrence_id="20261207T090000")
    series_edits.change(child, now=clock.at, start=local("2026-12-09T11:00"))
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    assert course(root)[1] == ("09 11", True, "", "")


def test_skipped_child_that_was_cancelled_by_hand_stays_cancelled(daily, clock):
    made = close()
    root = daily("skip")
    events.cancel(root.children.get(recurrence_id="20261207T090000"), reason="by_hand", now=clock.at)
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    assert course(root)[1] == ("07 09", False, "Outing", "")


def test_cancelled_series_does_not_come_back_with_the_closure_gone(daily, clock):
    made = close()
    root = daily("skip")
    events.cancel(root, reason="by_hand", now=clock.at)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert [row[1] for row in course(root)] == [False] * 4
    assert waiting(root) == []


def test_series_that_goes_on_from_a_moved_occurrence_comes_back_with_the_closure_gone(daily, clock):
    made = close()
    root = daily("move")
    child = root.children.get(recurrence_id="20261207T090000")
    assert series_edits.split(child, now=clock.at).start == local("2026-12-08T09:00").replace(tzinfo=ZONE)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    child.refresh_from_db()
    assert (child.start, child.closure, child.closure_effect) == (
        local("2026-12-07T09:00").replace(tzinfo=ZONE),
        "",
        "",
    )
    assert child.children.order_by("start").first().start == local("2026-12-10T09:00").replace(tzinfo=ZONE)


def test_who_left_does_not_come_back_with_the_closure_gone(daily, clock, patient):
    made = close()
    root = daily("skip")
    erasure.erase(patient, by=None, now=clock.at)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert [row[1] for row in course(root)] == [False] * 4


def test_one_occurrence_may_take_place_all_the_same(daily, clock):
    close()
    root = daily("move")
    series_edits.change(root.children.get(recurrence_id="20261207T090000"), now=clock.at, on_closure="keep")
    assert course(root) == KEPT


def test_series_learns_what_to_do_afterwards(daily, clock):
    close()
    root = daily("keep")
    series_edits.change(root, now=clock.at, on_closure="skip")
    assert course(root) == SKIPPED
    series_edits.change(root, now=clock.at, on_closure="move")
    assert (course(root), waiting(root)) == (MOVED, ["02 09", "07 09", "09 09", "13 09"])


def test_series_that_moves_is_judged_anew(daily, clock):
    close()
    root = daily("skip")
    series_edits.change(root, now=clock.at, start=local("2026-11-30T10:30"))
    assert [row[:2] for row in course(root)] == [("03 10", True), ("07 10", False), ("10 10", True), ("14 10", True)]
    assert root.children.get(closure="Outing").recurrence_id == "20261207T103000"
    assert waiting(root) == ["02 10", "09 10", "13 10"]


def test_reminder_added_meanwhile_comes_with_an_occurrence_that_takes_place_again(daily, remind, clock):
    made = close()
    root = daily("skip")
    remind(root, advance_notice=3600)
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    assert waiting(root) == ["02 09", "03 08", "06 09", "07 08", "09 09", "10 08", "13 09", "14 08"]


def test_reminder_changed_meanwhile_is_that_of_an_occurrence_that_takes_place_again(daily, clock):
    root = daily("skip")
    made = shut(clock)
    alarms.change(Alarm.objects.get(event=root), now=clock.at, advance_notice=3600)
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    assert waiting(root) == ["03 08", "07 08", "10 08", "14 08"]


def test_skipped_occurrence_that_the_series_gave_up_does_not_come_back(daily, clock):
    made = close()
    root = daily("skip")
    series_edits.change(root, now=clock.at, recurrence="RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3")
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert [row[0] for row in course(root) if row[1]] == ["03 09", "10 09"]


def test_occurrence_that_is_made_as_skipped_has_no_reminder_that_waits(make, remind, clock):
    root = make(recurrence="RRULE:FREQ=WEEKLY", start=local("2026-11-30T09:00"), on_closure="skip")
    remind(root)
    close("2027-01-18")
    clock.forward(days=30)
    expansion.expand(now=clock.at)
    alarm = Alarm.objects.get(event__recurrence_id="20270118T090000")
    assert (alarm.status, alarm.state, alarm.reason) == (3, "cancelled", "closed")


def test_single_visit_on_a_closed_day_is_made_with_a_warning(make, clock):
    close("2026-11-25")
    assert make(start=local("2026-11-25T09:00")).warnings == ["It falls on “Outing”."]
    assert StaffItem.objects.count() == 0


def test_hours_only_warn(make, inside):
    OpeningHours.objects.create(weekday=0, opens="08:00", closes="12:00")
    event = make(start=local("2026-11-30T12:00"), recurrence="RRULE:FREQ=WEEKLY;COUNT=2", on_closure="skip")
    assert event.warnings == ["It lies outside the opening hours."]
    assert course(event) == [("07 12", True, "outside the opening hours", "")]
    assert StaffItem.objects.count() == 0


def test_hours_of_a_clinic_take_the_place_of_the_organizations(make, inside):
    OpeningHours.objects.create(weekday=0, opens="08:00", closes="12:00")
    OpeningHours.objects.create(weekday=0, opens="13:00", closes="18:00", clinic=inside.clinic)
    found = [make(start=local(f"2026-11-30T{hour}:00")).warnings for hour in ("09", "14")]
    assert found == [["It lies outside the opening hours."], []]


def test_public_holidays_count_once_the_organization_chose_a_country(make, inside, clock):
    christmas = local("2026-12-25T09:00")
    assert make(start=christmas).warnings == []
    inside.organization.public_holidays = "US"
    inside.organization.save()
    assert make(start=christmas).warnings == ["It falls on “Christmas Day”."]
    assert closure_effects.evaluate(now=clock.at) == 1
    assert StaffItem.objects.get().summary.startswith("On Fri 25 Dec 2026 it is closed (“Christmas Day”)")


def test_region_that_is_known_no_more_stops_nothing(make, inside):
    inside.organization.public_holidays = "XX"
    inside.organization.save()
    assert make().warnings == []


def test_other_clinics_closures_do_not_count(daily, clock, inside, other):
    with tenancy.tenant(other.organization.pk):
        shut(clock)
    assert course(daily("skip")) == PLAIN


def test_what_is_over_stays_as_it_was(daily, clock):
    root = daily("skip")
    clock.set(clock.at + timedelta(days=15))
    shut(clock)
    assert course(root) == PLAIN
    assert date(2026, 12, 8) == clock.at.date()


def test_closing_many_series_costs_a_constant_number_of_queries(make, clock, django_assert_num_queries):
    for number in range(3):
        make(start=local(f"2026-11-30T{10 + number}:00"), recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    close()
    with django_assert_num_queries(16):
        assert closure_effects.evaluate(now=clock.at) == 3


@pytest.mark.parametrize("wish", ["skip", "move"])
def test_carrying_many_out_costs_as_many_queries_as_one(make, remind, clock, wish, django_assert_num_queries):
    def series_at(hours):
        for hour in hours:
            remind(make(start=local(f"2026-11-30T{hour}:00"), recurrence="RRULE:FREQ=WEEKLY;COUNT=2", on_closure=wish))

    series_at(["10"])
    made = close()
    with CaptureQueriesContext(connection) as one:
        assert closure_effects.evaluate(now=clock.at) == 1
    made.delete()
    assert closure_effects.evaluate(now=clock.at) == 1
    series_at(["12", "14", "16"])
    close()
    with django_assert_num_queries(len(one)):
        assert closure_effects.evaluate(now=clock.at) == 4


def test_worker_judges_an_organization_in_bounded_pieces(make, clock, inside, monkeypatch):
    rows = [make(start=local(f"2026-12-07T{hour}:00")) for hour in ("10", "12", "14")]
    close()
    monkeypatch.setattr(closure_queue, "BATCH", 1)
    closure_requests.request()
    turns = []
    while closure_queue.work(inside.organization.pk, seconds=0):
        turns.append([Event.objects.get(pk=row.pk).closure for row in rows])
    assert turns == [["", "", ""], ["Outing", "", ""], ["Outing", "Outing", ""], ["Outing"] * 3]


def test_worker_judges_every_organization(world, other, clock):
    for clinic, name in ((world, "Outing"), (other, "Sortie")):
        factories.event(clinic, start=local("2026-12-07T12:00").replace(tzinfo=ZONE))
        with tenancy.tenant(clinic.organization.pk):
            close(name=name)
    tasks.close_all()
    tasks.resume()
    assert list(Event.objects.unscoped().order_by("pk").values_list("closure", flat=True)) == ["Outing", "Sortie"]
