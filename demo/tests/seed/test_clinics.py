import json
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import tenancy
from accounts.models import Membership, Organization, User
from accounts.services import keys
from appointments.models import Appointment, AppointmentType, Provider
from calendars.models import Alarm, Calendar, Event
from calendars.services.alarms import alarm_queueing
from contacts.models import Contact
from demo.seed import clinics
from notifications.models import Delivery
from surveys.models import Survey
from tests.factories import NOW, PASSWORD
from tests.saved_rows import SavedRows

pytestmark = pytest.mark.django_db


FIRST = SavedRows(lambda: SimpleNamespace(known=clinics.seed(now=NOW)))


@pytest.fixture
def first(clock):
    """Return what demo.json holds after the first start, at NOW."""
    return FIRST.restore().known


def clinic(name="Riverside Dental"):
    return tenancy.tenant(Organization.objects.get(name=name).pk)


def test_two_clinics_in_two_zones_are_made(first):
    zones = dict(Organization.objects.values_list("name", "time_zone"))
    assert zones == {"Riverside Dental": "America/New_York", "Clinique du Lac": "Europe/Paris"}
    assert [entry["name"] for entry in first["clinics"]] == ["Riverside Dental", "Clinique du Lac"]
    with clinic("Clinique du Lac"):
        assert Contact.objects.count() == 12
        assert (Provider.objects.count(), AppointmentType.objects.count()) == (1, 4)
        assert sorted(Membership.objects.values_list("role", flat=True)) == ["owner", "staff", "viewer"]


def test_its_sign_ins_work(first):
    entry = first["clinics"][0]
    assert User.objects.get(username=entry["username"]).check_password(entry["password"])
    assert User.objects.get(username="admin").check_password(first["admin"]["password"])
    assert str(keys.find(entry["api_key"], now=NOW).organization.uuid) == entry["organization_uuid"]


def test_administrator_works_for_the_first_clinic_anew_after_each_start(first, clock):
    clock.forward(hours=7)
    clinics.seed(now=clock.at)
    clock.forward(hours=7)
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    page = client.get("/admin/").content.decode()
    assert "Support access to Riverside Dental" in page
    assert "Switch to Clinique du Lac" in page
    assert [row["name"] for row in client.get("/rest-api/organization/").json()["results"]] == ["Riverside Dental"]


def test_a_second_start_keeps_what_is_there(first):
    with clinic():
        before = Contact.objects.count(), Event.objects.exclude(recurrence="").count()
    again = clinics.seed(now=NOW + timedelta(hours=1), known=first)
    assert again == first
    with clinic():
        assert (Contact.objects.count(), Event.objects.exclude(recurrence="").count()) == before


def test_a_clinic_has_one_sealed_survey_after_every_start(first):
    clinics.seed(now=NOW, known=first)
    with clinic():
        sealed = Survey.objects.get()
        assert [row.branchings.count() for row in sealed.sections.all()] == [1, 2, 0]
        assert sealed.sections.first().branchings.get().goto == sealed.sections.all()[1]


def test_lost_sign_ins_are_replaced(first):
    second = clinics.seed(now=NOW)
    assert first["clinics"][0]["password"] != second["clinics"][0]["password"]
    assert keys.find(first["clinics"][0]["api_key"], now=NOW + timedelta(seconds=1)) is None


@pytest.mark.parametrize("hour", [0, 6, 12, 18, 23])
def test_reminders_are_due_at_every_start_whatever_the_hour(clock, hour):
    clock.set(NOW.replace(hour=hour))
    clinics.seed(now=clock.at)
    alarm_queueing.plan()
    with clinic():
        due = Delivery.objects.filter(channel="sms", state="scheduled", due_at__lte=clock.at)
        assert due.count() == 4
        assert all(delivery.useful_until > clock.at + timedelta(hours=1) for delivery in due)


def test_each_start_brings_new_reminders_to_patients_who_wait_for_nothing(first, clock):
    for start in range(1, 4):
        clock.forward(minutes=10 * start)
        clinics.seed(now=clock.at)
    alarm_queueing.plan()
    with clinic():
        recipients = list(Delivery.objects.filter(channel="sms").values_list("recipient", flat=True))
    assert len(recipients) == len(set(recipients)) == 16


def test_visits_do_not_overlap(first, clock):
    for _ in range(2):
        clock.forward(hours=2)
        clinics.seed(now=clock.at)
    with clinic():
        spans = sorted(Appointment.objects.values_list("starts_at", "ends_at"))
    assert all(earlier[1] <= later[0] for earlier, later in zip(spans, spans[1:], strict=False))


def test_series_recur_weekly_and_monthly(first):
    with clinic():
        weekly = Appointment.objects.get(external_id="demo-weekly").event
        assert weekly.children.count() >= 4
        assert Alarm.objects.filter(event__parent_event=weekly).count() >= 4
        assert Appointment.objects.filter(event__parent_event=weekly).count() == weekly.children.count()
        assert Appointment.objects.get(external_id="demo-monthly").event.children.exists()


def test_removing_the_demo_leaves_others_alone(first, other):
    clinics.remove()
    assert list(Organization.objects.values_list("name", flat=True)) == ["Lakeside"]
    assert User.objects.get(username="lakeside-owner").check_password(PASSWORD)
    assert not Appointment.objects.unscoped().exists()


def test_the_command_writes_the_sign_ins_for_their_owner_only(clock, tmp_path):
    file = tmp_path / "data" / "demo.json"
    call_command("seed_demo", "--write", str(file), "--patience", "0")
    first = json.loads(file.read_text())
    assert set(first) == {"url", "simulator", "admin", "clinics"}
    assert set(first["clinics"][0]) == {"name", "organization_uuid", "username", "password", "api_key"}
    assert file.stat().st_mode & 0o777 == 0o600
    call_command("seed_demo", "--write", str(file), "--patience", "0")
    assert json.loads(file.read_text()) == first


def test_the_command_resets(clock, tmp_path):
    file = tmp_path / "demo.json"
    call_command("seed_demo", "--write", str(file), "--patience", "0")
    before = json.loads(file.read_text())["clinics"][0]["organization_uuid"]
    call_command("seed_demo", "--write", str(file), "--patience", "0", "--reset")
    assert json.loads(file.read_text())["clinics"][0]["organization_uuid"] != before


def test_a_simulator_that_does_not_answer_is_told(clock, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="does not answer at http://127.0.0.1:1"):
        call_command("seed_demo", "--patience", "0.1")


NEW_YORK, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
# What a visit of one start is called, beside those that are made once.
FRESH = "^demo-[0-9a-f]{8}-"
# `make soak` asks for every hour.
HOURS = range(24) if os.environ.get("EVERY_HOUR") else (7, 16)
MOMENTS = [datetime(2026, 11, 22, hour, 15, tzinfo=NEW_YORK) for hour in HOURS] + [
    datetime(2026, 12, 31, 23, 59, 59, 500_000, tzinfo=NEW_YORK),
    datetime(2027, 3, 14, 12, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
    datetime(2028, 2, 29, 23, 30, tzinfo=PARIS),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%d %b %H:%M %Z}")
def test_demo_is_the_same_at_any_hour(clock, moment):
    clock.set(moment)
    clinics.seed(now=moment)
    assert alarm_queueing.plan() == 10
    for organization in Organization.objects.all():
        with tenancy.tenant(organization.pk):
            visits = Appointment.objects.order_by("starts_at")
            soon = visits.filter(starts_at__gt=moment, external_id__regex=FRESH)
            # Last week's, the two series for some months, and four that are reminded now.
            assert (visits.count(), visits.filter(starts_at__lt=moment).count(), soon.count()) == (15, 4, 4)
            assert {alarm.state for visit in soon for alarm in visit.event.alarms.all()} == {"queued"}


def test_reminders_leave_at_once_when_the_next_days_are_full(first):
    alarm_queueing.plan()
    with clinic():
        calendar = Calendar.objects.get()
        Event.objects.create(
            title="Full",
            start=NOW,
            end=NOW + timedelta(days=3),
            time_zone="UTC",
            calendar=calendar,
            creator=calendar.user,
        )
    clinics.seed(now=NOW, known=first)
    alarm_queueing.plan()
    with clinic():
        fresh = Appointment.objects.filter(starts_at__gt=NOW + timedelta(days=3), external_id__regex=FRESH)
        assert {alarm.state for visit in fresh for alarm in visit.event.alarms.all()} == {"queued"}
        assert fresh.count() == 4
