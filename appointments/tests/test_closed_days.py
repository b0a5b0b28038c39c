"""Visits of series on closed days."""

import re
from datetime import date, datetime

import pytest

from appointments.models import Appointment
from appointments.services import visits
from appointments.tests.visiting import browser, seen
from calendars.models import Closure, ClosureRun
from calendars.services.closures import closure_requests, closure_updates
from tests import factories

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
DAY = date(2026, 12, 7)


def test_visits_follow_their_events(inside, clock):
    made = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        starts_at=local("2026-11-30T09:00"),
        now=clock.at,
        recurrence="RRULE:FREQ=WEEKLY;COUNT=3",
        on_closure="skip",
    )
    of_child = Appointment.objects.get(event__recurrence_id="20261207T090000")
    assert (visit.status, of_child.status) == ("scheduled", "cancelled")
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    of_child.refresh_from_db()
    assert of_child.status == "scheduled"
    again = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    closure_updates.evaluate_closure(again, now=clock.at)
    of_child.refresh_from_db()
    assert of_child.status == "cancelled"


def test_visit_moves_with_its_event(inside, clock):
    visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        starts_at=local("2026-11-30T09:00"),
        now=clock.at,
        recurrence="RRULE:FREQ=WEEKLY;COUNT=2",
        on_closure="move",
    )
    made = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    closure_updates.evaluate_closure(made, now=clock.at)
    visit = Appointment.objects.get(event__recurrence_id="20261207T090000")
    assert (visit.status, visit.starts_at.day, visit.event.warnings) == (
        "scheduled",
        8,
        ["It was moved because of “Outing”."],
    )


@pytest.fixture
def desk(world):
    """Return a receptionist's browser."""
    return browser(world.staff)


def shown(answer):
    """Return the text of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_day_says_that_it_is_closed_and_marks_its_visits(inside, clock, desk):
    today = date(2026, 11, 23)
    Closure.objects.create(name="Outing", first_day=today, last_day=today)
    visits.book(
        contact=factories.contact(inside), calendar=inside.calendar, starts_at=local("2026-11-23T16:00"), now=clock.at
    )
    page = shown(desk.get("/"))
    assert page.count("Closed: Outing") == 1
    assert "It falls on “Outing”." in page


def test_page_of_a_visit_warns_and_tells_of_its_series(inside, clock, desk):
    Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        starts_at=local("2026-12-07T09:00"),
        now=clock.at,
        recurrence="RRULE:FREQ=WEEKLY;COUNT=3",
        on_closure="skip",
    )
    assert visit.status == "cancelled"
    page = shown(desk.get(f"/visits/{visit.pk}/"))
    assert page.count("It does not take place because of “Outing”.") == 2
    assert "On closed days, as far as it is made yet: Monday, 7 December 2026, 09:00:" in page


def test_whoever_moves_a_visit_onto_a_closed_day_is_warned_and_not_refused(inside, clock, desk):
    Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = visits.book(
        contact=factories.contact(inside), calendar=inside.calendar, starts_at=local("2026-12-01T09:00"), now=clock.at
    )
    fields = {"day": "2026-12-07", "clock": "11:00", "minutes": "30", "seen": seen(desk, visit), "do": "move"}
    page = shown(desk.post(f"/visits/{visit.pk}/", fields, follow=True))
    assert ("Moved. The reminders move along." in page, "It falls on “Outing”." in page) == (True, True)


def test_warnings_of_roots_children_and_visits_over_rest(inside, clock, api):
    Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        starts_at=local("2026-11-30T09:00"),
        now=clock.at,
        recurrence="RRULE:FREQ=WEEKLY;COUNT=2",
        on_closure="move",
    )
    child = Appointment.objects.get(event__recurrence_id="20261207T090000")
    words = ["It was moved because of “Outing”."]
    for row, expected in ((visit, []), (child, words)):
        for address in (f"/rest-api/event/{row.event_id}/", f"/rest-api/appointment/{row.pk}/"):
            assert api.get(address).json()["warnings"] == expected


def test_admin_names_the_warnings_of_events_and_visits(inside, clock, client, world):
    Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        starts_at=local("2026-12-07T09:00"),
        now=clock.at,
        recurrence="RRULE:FREQ=WEEKLY;COUNT=2",
        on_closure="skip",
    )
    client.force_login(world.manager)
    for address in (f"calendars/event/{visit.event_id}", f"appointments/appointment/{visit.pk}"):
        assert "It does not take place because of “Outing”." in shown(client.get(f"/admin/{address}/change/"))


@pytest.mark.parametrize("address", ["/", "/calendar/"])
def test_desk_says_that_closures_are_still_applied(inside, address):
    desk = browser(inside.staff)
    told = "Closures and opening hours are being applied to the events to come"
    assert told not in desk.get(address).content.decode()
    closure_requests.request()
    assert f"{told}." in desk.get(address).content.decode()
    ClosureRun.objects.update(state="running", total=12000, done=3000)
    assert f"{told}: 3,000 of 12,000 are done." in desk.get(address).content.decode()
    ClosureRun.objects.update(state="done")
    assert told not in desk.get(address).content.decode()
