"""Contacts, written in the admin."""

import pytest
from django.test import Client

from accounts import tenancy
from contacts.models import ContactPhone
from tests import factories
from tests.clients import supporter_of

ADD = "/admin/contacts/contact/add/"


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.staff)
    return client


def form(*numbers, **fields):
    phones = {f"phones-{place}-number": number for place, number in enumerate(numbers)}
    places = {f"phones-{place}-position": place for place in range(len(numbers))}
    rows = {"phones-TOTAL_FORMS": len(numbers), "phones-INITIAL_FORMS": 0}
    none = {"emails-TOTAL_FORMS": 0, "emails-INITIAL_FORMS": 0}
    return {"first_name": "Ana", "last_name": "Lopez", **rows, **none, **phones, **places, **fields}


def numbers(world):
    with tenancy.tenant(world.organization.pk):
        return list(ContactPhone.objects.values_list("number", flat=True))


@pytest.mark.parametrize("typed", ["(518) 555-0161", "+1 (518) 555-0161", "518.555.0161"])
def test_number_is_kept_in_its_international_form(desk, world, typed):
    assert desk.post(ADD, form(typed)).status_code == 302
    assert numbers(world) == ["+15185550161"]


def test_impossible_number_is_an_error_of_its_field(desk, world):
    response = desk.post(ADD, form("12"))
    (errors,) = response.context["inline_admin_formsets"][0].formset.errors
    assert errors["number"][0].startswith("“12” is no possible phone number")
    assert numbers(world) == []


def test_same_number_twice_is_an_error_of_the_form(desk, world):
    response = desk.post(ADD, form("(518) 555-0161", "+15185550161"))
    assert response.status_code == 200
    assert numbers(world) == []


def test_changed_number_is_written_out(desk, world):
    contact = factories.contact(world)
    with tenancy.tenant(world.organization.pk):
        row = contact.phones.get()
    given = {"phones-INITIAL_FORMS": 1, "phones-0-id": row.pk, "phones-0-contact": contact.pk}
    desk.post(f"/admin/contacts/contact/{contact.pk}/change/", form("518 555 0162", **given))
    assert numbers(world) == ["+15185550162"]


def test_supporter_writes_numbers_of_the_organizations_region(world, other, clock):
    response = supporter_of(other).post(ADD, form("06 12 34 56 78"))
    assert response.status_code == 302, response.context["errors"]
    assert numbers(other) == ["+33612345678"]


def test_number_on_its_own_page_is_written_out(desk, world):
    contact = factories.contact(world, phone="")
    data = {"contact": contact.pk, "number": "(518) 555-0161", "position": 0}
    assert desk.post("/admin/contacts/contactphone/add/", data).status_code == 302
    assert numbers(world) == ["+15185550161"]
