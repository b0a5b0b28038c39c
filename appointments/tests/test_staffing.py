"""Providers, operatories, schedules, blockouts and types over REST, and visits that name them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import tenancy
from appointments.errors import ProviderMayNot
from appointments.models import Appointment, AppointmentType, Operatory, Provider, ScheduleEntry
from appointments.services import new_visits, visit_types, visits
from calendars.engine.states import Reach
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(inside):
    return Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)


def link(row):
    return reverse(f"{row._meta.model_name}-detail", args=[row.pk])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "provider"),
        ({"provider": True, "operatory": True, "weekday": 0, "begins": "08:00", "ends": "12:00"}, "provider"),
        ({"provider": True, "begins": "08:00", "ends": "12:00"}, "weekday"),
        ({"provider": True, "weekday": 0, "day": "2026-12-01", "begins": "08:00", "ends": "12:00"}, "weekday"),
        ({"provider": True, "weekday": 0}, "begins"),
        ({"provider": True, "weekday": 0, "begins": "08:00"}, "ends"),
        ({"provider": True, "weekday": 0, "begins": "12:00", "ends": "08:00"}, "ends"),
        ({"operatory": True, "clinic": True, "weekday": 0, "begins": "08:00", "ends": "12:00"}, "clinic"),
    ],
)
def test_schedule_entry_that_says_nothing_clear_is_refused_at_its_field(api, inside, ana, sent, field):
    rows = {"provider": ana, "operatory": Operatory.objects.create(name="1", clinic=inside.clinic)}
    rows["clinic"] = inside.clinic
    body = {name: link(rows[name]) if value is True else value for name, value in sent.items()}
    answer = api.post("/rest-api/schedule-entry/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json())[0]) == (400, field)


def test_day_without_hours_is_a_day_off(api, ana):
    body = {"provider": link(ana), "day": "2026-12-24"}
    answer = api.post("/rest-api/schedule-entry/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["begins"]) == (201, None)


@pytest.mark.parametrize(
    "row",
    [
        {"weekday": 0, "begins": "08:00"},
        {"weekday": 0, "begins": "09:00", "ends": "08:00"},
        {"weekday": 0},
        {"begins": "08:00", "ends": "09:00"},
    ],
)
def test_the_table_refuses_what_the_form_would(ana, row):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduleEntry.objects.create(provider=ana, **row)


def test_type_takes_the_providers_that_are_sent_in_place_of_the_old(api, inside, ana):
    bo = Provider.objects.create(name="Dr. Bo")
    body = {"name": "Cleaning", "duration": 45, "providers": [link(ana)]}
    made = api.post("/rest-api/appointment-type/", body, content_type="application/json").json()
    row = AppointmentType.objects.get()
    before = row.updated_in
    answer = api.patch(
        f"/rest-api/appointment-type/{row.pk}/", {"providers": [link(bo)]}, content_type="application/json"
    )
    row.refresh_from_db()
    assert (made["duration"], list(row.providers.all())) == (45, [bo])
    assert answer.json()["providers"] == [f"http://testserver{link(bo)}"]
    assert row.updated_in >= before
    assert api.patch(f"/rest-api/appointment-type/{row.pk}/", {"duration": 50}, content_type="application/json").json()[
        "providers"
    ]


def test_visit_lasts_as_long_as_its_type_says(book, ana):
    kind = AppointmentType.objects.create(name="Cleaning", duration=45)
    made = book(provider=ana, appointment_type=kind, ends_at=None)
    assert (made.ends_at - made.starts_at, made.provider) == (timedelta(minutes=45), ana)


def test_provider_does_only_visits_of_types_that_they_may_do(book, ana):
    bo = Provider.objects.create(name="Dr. Bo")
    kind = visit_types.create(name="Cleaning", providers=[bo])
    with pytest.raises(ProviderMayNot):
        book(provider=ana, appointment_type=kind)
    made = book(provider=bo, appointment_type=kind)
    with pytest.raises(ProviderMayNot):
        visits.change(made, now=NOW, provider=ana)
    given = {"contact": made.contact, "calendar": made.event.calendar, "starts_at": made.starts_at + timedelta(days=1)}
    one, other = new_visits.book_many(
        [{**given, "provider": ana, "appointment_type": kind}, {**given, "provider": bo, "appointment_type": kind}],
        now=NOW,
    )
    assert (type(one), one.field, other.provider) == (ProviderMayNot, "provider", bo)


def test_occurrences_have_the_provider_of_their_series(book, inside, ana):
    room, kind = Operatory.objects.create(name="1", clinic=inside.clinic), AppointmentType.objects.create(name="Check")
    root = book(recurrence="RRULE:FREQ=WEEKLY;COUNT=4", provider=ana, operatory=room, appointment_type=kind)
    rows = Appointment.objects.order_by("starts_at")
    assert set(rows.values_list("provider", "operatory", "appointment_type")) == {(ana.pk, room.pk, kind.pk)}
    assert rows.count() == 4
    bo = Provider.objects.create(name="Dr. Bo")
    visits.change(rows[2], now=NOW, reach=Reach.FOLLOWING, provider=bo)
    assert list(rows.values_list("provider__name", flat=True)) == ["Dr. Ana", "Dr. Ana", "Dr. Bo", "Dr. Bo"]
    visits.change(root, now=NOW, provider=None)
    assert list(rows.values_list("provider__name", flat=True)) == [None, "Dr. Ana", "Dr. Bo", "Dr. Bo"]


def test_another_clinics_provider_is_nobody(api, world, other, inside, book):
    with tenancy.tenant(other.organization.pk):
        theirs = Provider.objects.create(name="Dr. Bo")
    visit = book()
    answer = api.patch(
        f"/rest-api/appointment/{visit.pk}/", {"provider": link(theirs)}, content_type="application/json"
    )
    assert (answer.status_code, list(answer.json())[0]) == (400, "provider")
