"""Staff book visits on the desk and in the admin: what is taken is told with what is free, and one form books once."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from appointments.engine.states import VisitStatus
from appointments.models import Appointment, AppointmentType, Provider, ScheduleEntry
from appointments.tests.visiting import NEW_YORK, press
from tests import factories
from tests.parity.forms import fields_of

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF, WEEK = timedelta(minutes=30), timedelta(weeks=1)
ADD = "/visits/add/"


@pytest.fixture
def ana(inside):
    made = Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)
    ScheduleEntry.objects.create(provider=made, weekday=1, begins="08:00", ends="12:00")
    return made


@pytest.fixture
def form(desk, inside, ana):
    """Return the fields of the desk's form, filled in for 09:00."""
    patient = factories.contact(inside, phone="+12125550123")
    given = fields_of(desk.get(ADD))
    given |= {"patient": "+12125550123", "provider": ana.pk, "day": "2026-11-24", "clock": "09:00", "minutes": "30"}
    return {**given, "calendar": inside.calendar.pk, "title": "Braces", "expected": patient.pk}


def made():
    rows = Appointment.objects.filter(title="Braces").order_by("starts_at")
    return [(row.starts_at.astimezone(NEW_YORK).strftime("%m-%d %H:%M"), row.overlap_reason) for row in rows]


def test_form_that_is_sent_twice_books_once(desk, form, ana):
    first, second = desk.post(ADD, form), desk.post(ADD, form)
    visit = Appointment.objects.get()
    assert (first["Location"], second["Location"]) == (f"/visits/{visit.pk}", f"/visits/{visit.pk}")
    assert (visit.provider, visit.contact_id, visit.event.alarms.count()) == (ana, form["expected"], 0)


def test_taken_time_is_told_with_who_has_it_and_what_is_free(desk, form, book, ana):
    there = book(provider=ana)
    answer = desk.post(ADD, form)
    page = answer.content.decode()
    assert (answer.status_code, f'href="/visits/{there.pk}"' in page, made()) == (409, True, [])
    free = re.findall(r'name="free" value="([^"]+)"', page)
    assert free == [f"2026-11-24T{hour}:00-05:00" for hour in ("08:15", "08:30", "09:30")]
    assert desk.post(ADD, {**form, "free": free[2]}).status_code == 302
    assert made() == [("11-24 09:30", "")]


def test_visit_overlaps_on_purpose_with_a_reason_that_its_page_shows(desk, form, book, ana):
    book(provider=ana)
    answer = desk.post(ADD, {**form, "overlap_reason": "emergency"}, follow=True)
    assert made() == [("11-24 09:00", "emergency")]
    assert "<dd>emergency</dd>" in answer.content.decode()


def test_series_is_decided_one_by_one(desk, form, book, ana):
    for week in (0, 1, 2):
        book(provider=ana, starts_at=NINE + week * WEEK)
    series = {**form, "repeats": "weekly", "times": "4"}
    page = desk.post(ADD, series).content.decode()
    names = sorted(set(re.findall(r'name="(at_[^"]+)"', page)))
    assert names == [f"at_{(NINE + week * WEEK).isoformat()}" for week in (0, 1, 2)]
    move = re.findall(rf'name="{re.escape(names[1])}" value="(move [^"]+)"', page)[-1]
    chosen = {names[0]: "skip", names[1]: move, names[2]: "overlap", "overlap_reason": "family"}
    assert desk.post(ADD, {**series, **chosen}).status_code == 302
    assert made() == [("11-24 09:00", ""), ("12-01 09:30", ""), ("12-08 09:00", "family"), ("12-15 09:00", "")]
    assert Appointment.objects.filter(title="Braces").earliest("starts_at").status == VisitStatus.CANCELLED


def test_overlap_without_a_reason_stays_refused(desk, form, book, ana):
    book(provider=ana)
    name = f"at_{NINE.isoformat()}"
    assert desk.post(ADD, {**form, "repeats": "weekly", "times": "2", name: "overlap"}).status_code == 409
    assert made() == []


def test_type_says_how_long_it_takes(desk, form):
    kind = AppointmentType.objects.create(name="Surgery", duration=45)
    desk.post(ADD, {**form, "minutes": "", "appointment_type": kind.pk})
    visit = Appointment.objects.get()
    assert (visit.ends_at - visit.starts_at, visit.appointment_type) == (timedelta(minutes=45), kind)


def test_page_of_a_visit_moves_it_to_a_free_time_and_changes_who_treats(desk, book, ana, inside):
    book(provider=ana)
    visit = book(provider=ana, starts_at=NINE + 2 * HALF, title="Braces")
    refused = press(desk, visit, "move", clock="09:00")
    free = re.findall(r'name="free" value="([^"]+)"', refused.content.decode())
    assert (refused.status_code, len(free)) == (409, 3)
    press(desk, visit, "move", clock="09:00", free=free[0])
    assert made() == [("11-24 08:15", "")]
    bo = Provider.objects.create(name="Dr. Bo")
    press(desk, visit, "staff", provider=bo.pk)
    visit.refresh_from_db()
    assert visit.provider == bo
    press(desk, visit, "move", clock="09:00")
    assert press(desk, visit, "staff", provider=ana.pk).status_code == 409
    press(desk, visit, "staff", provider=ana.pk, overlap_reason="family")
    assert made() == [("11-24 09:00", "family")]


def test_page_of_a_visit_warns_of_the_patients_other_visit(desk, book):
    book()
    page = desk.get(f"/visits/{book(starts_at=NINE + HALF / 2).pk}/").content.decode()
    assert "The patient has another visit then, from Tue 24 Nov 2026, 09:00 until 09:30." in page


def test_restored_visit_asks_why_it_may_overlap(desk, book, ana):
    visit = book(provider=ana, title="Braces")
    press(desk, visit, "cancel")
    book(provider=ana)
    assert press(desk, visit, "restore").status_code == 409
    assert press(desk, visit, "restore", overlap_reason="family").status_code == 302
    assert made() == [("11-24 09:00", "family")]


def test_admin_offers_free_times_and_takes_a_reason(client, inside, book, ana):
    client.force_login(inside.owner)
    other = book(provider=ana)
    page = reverse("admin:appointments_appointment_add")
    given = fields_of(client.get(page))
    given |= {"contact": other.contact_id, "into": inside.calendar.pk, "provider": ana.pk, "title": "Braces"}
    given |= {"starts_at_0": "2026-11-24", "starts_at_1": "09:00", "ends_at_0": "2026-11-24", "ends_at_1": "09:30"}
    refused = client.post(page, given).content.decode()
    assert "Dr. Ana is booked then" in refused
    assert re.findall(r'<option value="(2026[^"]+)"', refused) == [
        f"2026-11-24T{hour}:00-05:00" for hour in ("08:15", "08:30", "09:30")
    ]
    assert client.post(page, {**given, "free": "2026-11-24T08:30:00-05:00"}).status_code == 302
    told = client.post(page, {**given, "overlap_reason": "emergency"}, follow=True).content.decode()
    assert made() == [("11-24 08:30", ""), ("11-24 09:00", "emergency")]
    assert "The patient has another visit then" in told


def test_reader_books_nothing(world, clock, client):
    client.force_login(world.viewer)
    assert client.get(ADD).status_code == 403
