"""Visits in the admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts import tenancy
from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.services import visits
from calendars.models import Alarm, Event
from tests import factories
from tests.factories import NOW


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.staff)
    return client


@pytest.fixture
def visit(inside, clock):
    contact = factories.contact(inside)
    return visits.book(
        contact=contact,
        calendar=inside.calendar,
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, minutes=30),
        title="Check-up",
        now=NOW,
    )


def form(world, **fields):
    return {
        "contact": "",
        "into": world.calendar.pk,
        "starts_at_0": "2026-11-25",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-11-25",
        "ends_at_1": "09:30",
        "title": "Cleaning",
        **fields,
    }


def rows(world):
    with tenancy.tenant(world.organization.pk):
        return list(Appointment.objects.select_related("event"))


def test_visit_is_booked_with_its_event(desk, world):
    contact = factories.contact(world)
    assert desk.post("/admin/appointments/appointment/add/", form(world, contact=contact.pk)).status_code == 302
    (row,) = rows(world)
    assert row.starts_at == row.event.start == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert (row.clinic_id, row.event.contact_id) == (world.clinic.pk, contact.pk)


def test_end_before_start_is_an_error_of_the_form(desk, world):
    data = form(world, contact=factories.contact(world).pk, ends_at_1="08:00")
    response = desk.post("/admin/appointments/appointment/add/", data)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert rows(world) == []


def test_foreign_patient_and_calendar_are_no_choice(desk, world, other):
    data = form(world, contact=factories.contact(other).pk, into=other.calendar.pk)
    response = desk.post("/admin/appointments/appointment/add/", data)
    assert set(response.context["adminform"].form.errors) == {"contact", "into"}


def test_moved_visit_takes_its_event_along(desk, visit, world):
    desk.post(f"/admin/appointments/appointment/{visit.pk}/change/", form(world, title="Moved"))
    (row,) = rows(world)
    assert row.starts_at == row.event.start == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert row.title == "Moved"


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("confirm", VisitStatus.CONFIRMED),
        ("cancel", VisitStatus.CANCELLED),
        ("arrive", VisitStatus.ARRIVED),
        ("seat", VisitStatus.IN_CHAIR),
        ("complete", VisitStatus.COMPLETED),
        ("no_show", VisitStatus.NO_SHOW),
    ],
)
def test_verb_on_a_visit(desk, visit, world, clock, verb, status):
    clock.set(visit.starts_at)
    desk.force_login(world.staff)
    desk.post(f"/admin/appointments/appointment/{visit.pk}/do/{verb}/")
    assert rows(world)[0].status == status


def test_cancelled_visit_is_not_confirmed(desk, visit, world):
    desk.post(f"/admin/appointments/appointment/{visit.pk}/do/cancel/")
    response = desk.post(f"/admin/appointments/appointment/{visit.pk}/do/confirm/")
    assert get_messages(response.wsgi_request)._queued_messages[-1].level_tag == "error"
    assert rows(world)[0].status == VisitStatus.CANCELLED


def test_deleted_visit_leaves_no_event(desk, visit, world):
    desk.post(f"/admin/appointments/appointment/{visit.pk}/delete/", {"post": "yes"})
    assert rows(world) == []
    with tenancy.tenant(world.organization.pk):
        assert not Event.objects.exists()


def test_numbers_of_the_day_lead_to_lists_of_as_many(desk, inside, other):
    contact = factories.contact(inside)
    states = [
        VisitStatus.SCHEDULED,
        VisitStatus.SCHEDULED,
        VisitStatus.CONFIRMED,
        VisitStatus.NO_SHOW,
        VisitStatus.CANCELLED,
    ]
    for hours, status in [*((place + 6, status) for place, status in enumerate(states)), (40, VisitStatus.CONFIRMED)]:
        start = NOW + timedelta(hours=hours)
        row = visits.book(contact=contact, calendar=inside.calendar, starts_at=start, ends_at=None, now=NOW)
        Appointment.objects.filter(pk=row.pk).update(status=status)
    context = desk.get("/admin/").context
    today, lists = context["desk"].days[0], context["lists"]
    found = {name: desk.get(address).context["cl"].result_count for name, address in lists.items()}
    assert found == {"total": 4, "confirmed": 1, "waiting": 2}
    assert found == {name: getattr(today, name) for name in found}


def test_booking_form_preselects_what_there_is_only_one_of(desk, world):
    form = desk.get("/admin/appointments/appointment/add/").context["adminform"].form
    assert (form.initial["into"], form.initial["reminder_text"]) == (world.calendar.pk, world.sms_template.pk)


def test_visit_is_booked_with_its_reminder(desk, world):
    chosen = {"reminder": 86_400, "reminder_text": world.sms_template.pk}
    data = form(world, contact=factories.contact(world).pk, **chosen)
    assert desk.post("/admin/appointments/appointment/add/", data).status_code == 302
    with tenancy.tenant(world.organization.pk):
        alarm = Alarm.objects.get(event__appointment__title="Cleaning")
    assert (alarm.method, alarm.sms_template_id) == (2, world.sms_template.pk)
    assert alarm.due_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_reminder_without_its_text_is_an_error_of_the_field(desk, world):
    data = form(world, contact=factories.contact(world).pk, reminder=86_400)
    response = desk.post("/admin/appointments/appointment/add/", data)
    assert list(response.context["adminform"].form.errors) == ["reminder_text"]
    assert rows(world) == []


def test_reminder_is_offered_only_where_there_is_a_text(desk, world):
    assert 'name="reminder"' in desk.get("/admin/appointments/appointment/add/").content.decode()
    with tenancy.tenant(world.organization.pk):
        world.sms_template.delete()
    assert 'name="reminder"' not in desk.get("/admin/appointments/appointment/add/").content.decode()
