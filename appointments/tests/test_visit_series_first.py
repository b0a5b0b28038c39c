"""What is changed of the first visit of a series alone is its own: later ones have what the series has."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import Clinic
from appointments.models import Appointment, AppointmentType, Operatory, Provider
from appointments.services import visit_edits, visit_rows, visits
from calendars.engine.states import Reach
from calendars.services.series import expansion
from contacts.services.personal_data_export import DataSubject
from contacts.signals import person_erased
from tests import factories

LATER, HOUR = timedelta(weeks=8), timedelta(hours=1)
ONE, TWO = UUID(int=1), UUID(int=2)
WEEKLY = "RRULE:FREQ=WEEKLY"


@pytest.fixture
def usual(inside):
    """Return what a series is booked with."""
    staff = Provider.objects.create(name="Dr. Ann"), Operatory.objects.create(name="Room 1", clinic=inside.clinic)
    kind = AppointmentType.objects.create(name="Check-up", duration=30)
    return {
        **dict(zip(("provider", "operatory", "appointment_type"), (*staff, kind), strict=True)),
        "clinic": inside.clinic,
        "owner_uuid": ONE,
        "type_names": ["Teeth"],
        "address": "Main Street 1",
        "siteprofile_uuid": ONE,
        "named_contact_uuid": ONE,
        "invitee_uuids": [ONE, TWO],
        "workflowlevel2_uuids": [ONE],
        "summary": "Every week",
    }


@pytest.fixture
def others(inside):
    """Return for each field another value."""
    return {
        "clinic": Clinic.objects.create(number=2, name="Other", time_zone="America/New_York"),
        "provider": None,
        "operatory": Operatory.objects.create(name="Room 2", clinic=inside.clinic),
        "appointment_type": AppointmentType.objects.create(name="Cleaning", duration=30),
        "owner_uuid": TWO,
        "type_names": None,
        "address": "",
        "siteprofile_uuid": None,
        "named_contact_uuid": TWO,
        "invitee_uuids": [],
        "workflowlevel2_uuids": None,
        "summary": "",
    }


def values(name):
    """Return the values of a field in all visits in order, each the other than the one before."""
    found = [getattr(row, name) for row in Appointment.objects.order_by("starts_at")]
    return [value for place, value in enumerate(found) if place == 0 or value != found[place - 1]]


def change(visit, clock, reach, **fields):
    return visits.change(Appointment.objects.get(pk=visit.pk), now=clock.at, reach=reach, **fields)


def test_later_visits_begin_with_all_fields_that_edits_know():
    assert {*visit_rows.OF_FIRST} == {*visit_edits.OF_SERIES, *visit_edits.OF_ONE} - {"external_id"}
    assert {*visit_rows.OF_FIRST.values()} <= {field.attname for field in Appointment._meta.concrete_fields}


@pytest.mark.parametrize("name", visit_rows.OF_FIRST)
def test_field_of_the_first_visit_alone_is_no_one_elses(book, clock, usual, others, name):
    visit = book(recurrence=WEEKLY, **usual)
    change(visit, clock, Reach.THIS, **{name: others[name]})
    change(visit, clock, Reach.THIS, **{name: usual[name]})
    change(visit, clock, Reach.THIS, **{name: others[name]})
    assert expansion.expand(now=clock.at + LATER) > 0
    assert values(name) == [others[name], usual[name]]


@pytest.mark.parametrize("name", visit_edits.OF_SERIES)
def test_field_of_all_is_that_of_later_visits(book, clock, usual, others, name):
    visit = book(recurrence=WEEKLY, **usual)
    change(visit, clock, Reach.THIS, **{name: others[name]}, address="")
    change(visit, clock, Reach.ALL, **{name: usual[name]})
    expansion.expand(now=clock.at + LATER)
    assert (values(name), values("address")) == ([usual[name]], ["", "Main Street 1"])


@pytest.mark.parametrize("name", visit_rows.OF_FIRST)
def test_visit_that_begins_another_series_has_its_own_fields_alone(book, clock, usual, others, name):
    visit = book(recurrence=WEEKLY, **usual)
    second = Appointment.objects.order_by("starts_at")[1]
    change(second, clock, Reach.THIS, **{name: others[name]})
    change(second, clock, Reach.FOLLOWING, ends_at=second.ends_at + HOUR)
    expansion.expand(now=clock.at + LATER)
    assert values(name) == [usual[name], others[name], usual[name]]
    assert Appointment.objects.get(pk=visit.pk).series_fields is None


def test_details_that_come_with_an_edit_of_the_following_are_of_one_visit(book, clock, usual):
    book(recurrence=WEEKLY, **usual)
    second = Appointment.objects.order_by("starts_at")[1]
    change(second, clock, Reach.FOLLOWING, address="Other Street 2", starts_at=second.starts_at + HOUR)
    expansion.expand(now=clock.at + LATER)
    assert values("address") == ["Main Street 1", "Other Street 2", "Main Street 1"]


def test_meeting_of_which_the_first_alone_gets_a_patient_stays_nobodys(inside, clock, book):
    meeting = book(contact=None, recurrence=WEEKLY)
    change(meeting, clock, Reach.THIS, contact=factories.contact(inside, phone="+15551230000"))
    expansion.expand(now=clock.at + LATER)
    assert [person is None for person in values("contact")] == [False, True]


def test_erased_patients_series_notes_nothing(book, clock, usual, world):
    visit = book(recurrence=WEEKLY, **usual)
    change(visit, clock, Reach.THIS, address="Other Street 2")
    person = DataSubject(visit.contact, frozenset(), frozenset())
    person_erased.send(type(visit.contact), person=person, token="x", now=clock.at)
    assert Appointment.objects.get(pk=visit.pk).series_fields is None
