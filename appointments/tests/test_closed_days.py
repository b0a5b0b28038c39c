"""Visits of series on closed days."""

from datetime import date, datetime

import pytest

from appointments.models import Appointment
from appointments.services import booking
from calendars.models import Closure
from calendars.services import closing
from tests import factories

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
DAY = date(2026, 12, 7)


def test_visits_follow_their_events(inside, clock):
    made = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    visit = booking.book(
        contact=factories.contact(inside), calendar=inside.calendar, starts_at=local("2026-11-30T09:00"),
        now=clock.at, recurrence="RRULE:FREQ=WEEKLY;COUNT=3", on_closure="skip",
    )  # fmt: skip
    of_child = Appointment.objects.get(event__recurrence_id="20261207T090000")
    assert (visit.status, of_child.status) == ("scheduled", "cancelled")
    made.delete()
    closing.apply_closure(made, now=clock.at)
    of_child.refresh_from_db()
    assert of_child.status == "scheduled"
    again = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    closing.apply_closure(again, now=clock.at)
    of_child.refresh_from_db()
    assert of_child.status == "cancelled"


def test_visit_moves_with_its_event(inside, clock):
    booking.book(
        contact=factories.contact(inside), calendar=inside.calendar, starts_at=local("2026-11-30T09:00"),
        now=clock.at, recurrence="RRULE:FREQ=WEEKLY;COUNT=2", on_closure="move",
    )  # fmt: skip
    made = Closure.objects.create(name="Outing", first_day=DAY, last_day=DAY)
    closing.apply_closure(made, now=clock.at)
    visit = Appointment.objects.get(event__recurrence_id="20261207T090000")
    assert (visit.status, visit.starts_at.day, visit.event.warnings) == (
        "scheduled", 8, ["It was moved because of “Outing”."],
    )  # fmt: skip
