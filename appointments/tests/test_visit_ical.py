import re

import pytest
from rest_framework.test import APIClient

from appointments.services import visits
from calendars.models import Event
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(inside, clock):
    inside.clinic.address = "1 Main Street; Springfield"
    inside.clinic.save()
    contact = factories.contact(inside, first_name="Zebra", last_name="Fish")
    return visits.book(
        contact=contact,
        calendar=inside.calendar,
        starts_at=NOW,
        now=NOW,
        title="Check",
        description="ill",
        recurrence="RRULE:FREQ=DAILY;COUNT=3",
    )


def file(api, visit):
    answer = api.get(f"/rest-api/appointment/{visit.pk}/ics/", HTTP_ACCEPT="text/calendar")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer["Content-Disposition"] == f'attachment; filename="appointment-{visit.pk}.ics"'
    text = answer.content.decode()
    return text[text.index("BEGIN:VEVENT") :].split("\r\n"), text


def test_a_visit_is_a_file_without_its_patient(api, visit, inside):
    lines, text = file(api, visit)
    assert "METHOD:PUBLISH\r\n" in text
    assert lines[5:11] == [
        "DTSTART;TZID=America/New_York:20261123T040000",
        "DTEND;TZID=America/New_York:20261123T050000",
        "SUMMARY:Check",
        "LOCATION:Riverside\\, 1 Main Street\\; Springfield",
        "STATUS:CONFIRMED",
        "END:VEVENT",
    ]
    assert not re.search("zebra|fish|ill\\b|RRULE", text, re.IGNORECASE)


def test_each_visit_of_a_series_has_its_own_uid_and_keeps_it(api, visit, inside):
    child = Event.objects.filter(parent_event=visit.event).first().appointment
    before = [file(api, each)[0][1] for each in (visit, child)]
    assert before[0] != before[1]
    visits.move(child, starts_at=NOW.replace(day=28), now=NOW)
    lines, _ = file(api, child)
    assert (lines[1], lines[4]) == (before[1], "SEQUENCE:1")


def test_a_cancelled_visit_says_so(api, visit, inside):
    visits.cancel(visit, reason="x", now=NOW)
    assert "STATUS:CANCELLED" in file(api, visit)[0]


def test_the_pages_of_a_visit_lead_to_its_file(client, visit, inside):
    client.force_login(inside.owner)
    for page in (f"/admin/appointments/appointment/{visit.pk}/change/", f"/visits/{visit.pk}/"):
        assert f'href="/rest-api/appointment/{visit.pk}/ics/"' in client.get(page).content.decode()


def test_strangers_get_no_file(visit, stranger_api, inside):
    address = f"/rest-api/appointment/{visit.pk}/ics/"
    assert [stranger_api.get(address).status_code, APIClient().get(address).status_code] == [404, 401]
