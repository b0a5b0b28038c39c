"""The day at a glance, its numbers and its number of queries."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import Membership
from appointments.models import AppointmentType
from calendars.models import Alarm
from config.kernel.http import security_headers
from notifications.models import StaffItem
from tests import admin_rows
from tests.factories import NOW


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.staff)
    return client


def item(world, key="k"):
    with tenancy.tenant(world.organization.pk):
        return StaffItem.objects.create(
            kind="failed", code="not_sent", values={"recipient": f"Look at {key}"}, dedup_key=key
        )


def test_stranger_sees_the_front_door_and_no_data(client, world, clock):
    admin_rows.create_rows(world)
    page = client.get("/").content.decode()
    assert "Sign in" in page
    assert "Lopez" not in page


def test_day_is_counted_on_the_clinics_wall_clock(desk, world):
    # NOW is Monday 04:00 in New York: 19 hours later is still Monday there, 21 hours later is Tuesday.
    for hours in (3, 19, 21, 45):
        admin_rows.create_rows(world, f"h{hours}", hours=hours)
    days = desk.get("/").context["desk"].days
    assert [(day.title, day.total) for day in days] == [("Today", 2), ("Tomorrow", 1)]
    assert [visit.clock for visit in days[0].visits] == ["07:00", "23:00"]


def test_visit_shows_what_became_of_its_reminder_and_the_answer(desk, world):
    admin_rows.create_rows(world)
    Alarm.objects.unscoped().update(state="delivered", result=1)
    (visit,) = desk.get("/").context["desk"].days[0].visits
    assert (visit.reminder.text, visit.reminder.tone) == ("SMS delivered", "success")
    assert visit.answer.text == "Yes, will come"


def test_visit_has_the_colour_of_its_type(desk, world):
    visit = admin_rows.create_rows(world)
    with tenancy.tenant(world.organization.pk):
        visit.appointment_type = AppointmentType.objects.create(name="Surgery", colour="#1e88e5")
        visit.save()
    assert '<circle cx="5" cy="5" r="5" fill="#1e88e5"/>' in desk.get("/").content.decode()


@pytest.mark.parametrize("address", ["/", "/admin/"])
def test_number_of_queries_does_not_grow(desk, world, address):
    admin_rows.create_rows(world)
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for number in range(6):
        admin_rows.create_rows(world, f"n{number}")
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(many) == len(few)


def test_other_organizations_day_is_not_shown(desk, world, other):
    admin_rows.create_rows(other)
    glance = desk.get("/").context["desk"]
    assert (glance.days[0].total, glance.open_items, glance.deliveries) == (0, 0, [])


def test_thing_is_done_by_whoever_pressed(desk, world):
    row = item(world)
    assert desk.post(f"/things/{row.pk}/done/").headers["Location"] == "/"
    with tenancy.tenant(world.organization.pk):
        row.refresh_from_db()
    assert (row.done_by, row.done_at) == (world.staff, NOW)


def test_another_organizations_thing_does_not_exist(desk, world, other):
    foreign, absent = item(other).pk, 10**9
    answers = [desk.post(f"/things/{pk}/done/") for pk in (foreign, absent)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    with tenancy.tenant(other.organization.pk):
        assert StaffItem.objects.get().done_at is None


def test_viewer_sees_no_button_and_may_not_press_it(world, clock):
    row, client = item(world), Client()
    client.force_login(world.viewer)
    assert "Mark as done" not in client.get("/").content.decode()
    assert client.post(f"/things/{row.pk}/done/").status_code == 403


def test_pressing_needs_the_token_of_the_page(world, clock):
    row, client = item(world), Client(enforce_csrf_checks=True)
    client.force_login(world.staff)
    response = client.post(f"/things/{row.pk}/done/")
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_strangers_press_leads_to_the_sign_in_page(client, world, clock):
    assert client.post(f"/things/{item(world).pk}/done/").headers["Location"] == "/accounts/login/?next=/"


def test_page_survives_a_strict_policy(desk, clock):
    response = desk.get("/")
    page = response.content.decode()
    assert response["Content-Security-Policy"] == security_headers.STRICT
    assert "style=" not in page
    assert "<style" not in page
    assert "<script>" not in page


def test_dashboard_counts_the_same_visits(desk, world):
    admin_rows.create_rows(world)
    assert desk.get("/admin/").context["desk"].days[0].total == 1


def test_visit_of_a_thousand_is_counted_not_listed(desk, world, monkeypatch):
    monkeypatch.setattr("appointments.web.view_models.day_view.ROWS", 2)
    for number in range(3):
        admin_rows.create_rows(world, f"n{number}", hours=3 + number)
    day = desk.get("/").context["desk"].days[0]
    assert (len(day.visits), day.total) == (2, 3)


def test_next_reminder_is_shown_while_it_waits(desk, world):
    visit = admin_rows.create_rows(world)
    with tenancy.tenant(world.organization.pk):
        Alarm.objects.filter(event=visit.event).update(due_at=visit.starts_at - timedelta(hours=1))
    (shown,) = desk.get("/").context["desk"].days[0].visits
    assert shown.reminder.text == "SMS Mon 06:00"


def test_member_of_two_organizations_changes_between_them(desk, world, other):
    assert "Change" not in desk.get("/").content.decode()
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.staff, role="staff")
    desk.post("/organization/", {"organization": other.organization.uuid})
    response = desk.get("/")
    assert response.context["principal"].organization == other.organization
    assert "Change" in response.content.decode()


def test_nobody_changes_to_a_strangers_organization(desk, world, other):
    answers = [desk.post("/organization/", {"organization": uuid}) for uuid in (other.organization.uuid, uuid4(), "x")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert desk.get("/").context["principal"].organization == world.organization
