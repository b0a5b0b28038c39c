"""iCalendar files that tell of the events of visits, and what happens when they are taken back."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection

from appointments.models import Appointment
from appointments.services import visits
from calendars.models import Event
from calendars.tests.imports import finished
from tests import factories
from tests.parity.entry_points import UID, ZONE

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, tzinfo=ZONE)


@pytest.fixture
def send(inside, api, clock):
    """Return a function that sends one event of a file, and returns the number of the import."""

    def send(start, *lines, title="X-ray"):
        told = [f"UID:{UID}", "DTSTAMP:20261120T000000Z", f"SUMMARY:{title}", *lines]
        told += [f"DTSTART;TZID=America/New_York:{start:%Y%m%dT%H%M%S}", "DURATION:PT30M"]
        text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", *told, "END:VEVENT"])
        upload = BytesIO(f"{text}\r\nEND:VCALENDAR\r\n".encode())
        upload.name = "visit.ics"
        answer = api.post(f"/rest-api/calendar/{inside.calendar.pk}/import/", {"file": upload}, format="multipart")
        return finished(api, answer).json()["id"]

    return send


@pytest.fixture
def book(inside, clock):
    """Return a function that books Ana's visit, 09:00 in New York."""

    def book(**fields):
        return visits.book(
            contact=factories.contact(inside), calendar=inside.calendar, starts_at=NINE,
            ends_at=NINE + timedelta(minutes=30), title="Check-up", uid=UID, now=clock.at, **fields,
        )  # fmt: skip

    return book


def test_undo_takes_a_visit_along(book, send, api, inside):
    visit = book()
    number = send(NINE + timedelta(hours=2))
    visit.refresh_from_db()
    assert (visit.title, visit.starts_at) == ("X-ray", NINE + timedelta(hours=2))
    (told,) = api.post(f"/rest-api/calendar/{inside.calendar.pk}/imports/{number}/undo/").json()
    visit.refresh_from_db()
    assert (told["kept"], visit.title, visit.starts_at) == ("", "Check-up", NINE)
    connection.check_constraints()


def test_occurrence_that_a_file_makes_ahead_of_its_series_is_a_visit(book, send):
    book(recurrence="RRULE:FREQ=WEEKLY;COUNT=40")
    far = NINE + timedelta(weeks=30)
    assert not Event.objects.filter(start__gte=far - timedelta(days=1)).exists()
    send(far + timedelta(hours=1), f"RECURRENCE-ID;TZID=America/New_York:{far:%Y%m%dT%H%M%S}")
    early = Event.objects.get(start__gte=far - timedelta(days=1))
    visit = Appointment.objects.get(event=early)
    assert (visit.starts_at, visit.title) == (early.start, "X-ray")
    connection.check_constraints()
