"""Contacts, written in the admin."""

import pytest
from django.test import Client

from accounts import tenancy
from contacts.models import Contact, ContactPhone, ContactType
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
    none = {f"{rows}-{part}_FORMS": 0 for rows in ("emails", "addresses") for part in ("TOTAL", "INITIAL")}
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


def test_contact_gets_the_next_customer_id_and_its_addresses(desk, world):
    address = {
        "addresses-TOTAL_FORMS": 1,
        "addresses-0-kind": "home",
        "addresses-0-street": "Ring",
        "phones-0-kind": "fax",
    }
    more = {"title": "mrs", "workflowlevel2_uuids": "a,b", "siteprofile_uuids": "", "addresses-0-position": 0}
    for number in (10001, 10002):
        assert desk.post(ADD, form("(518) 555-0161", **address, **more)).status_code == 302
        with tenancy.tenant(world.organization.pk):
            row = Contact.objects.latest("pk")
            assert (row.customer_id, row.title, row.workflowlevel2_uuids) == (number, "mrs", ["a", "b"])
            assert [(each.kind, each.street) for each in row.addresses.all()] == [("home", "Ring")]
            assert row.phones.get().kind == "fax"


def test_customer_id_that_is_taken_is_an_error_of_the_form(desk, world):
    factories.contact(world, customer_id=7)
    assert desk.post(ADD, form(customer_id=7)).status_code == 200
    with tenancy.tenant(world.organization.pk):
        assert Contact.objects.count() == 1


def test_global_type_is_shown_and_not_changed(desk, world):
    with tenancy.tenant(world.organization.pk):
        row = ContactType.objects.get(name="Customer")
    page = f"/admin/contacts/contacttype/{row.pk}"
    assert desk.get(f"{page}/change/").status_code == 200
    assert desk.post(f"{page}/change/", {"name": "Mine"}).status_code == 403
    assert desk.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    listed = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    desk.post("/admin/contacts/contacttype/", listed)
    with tenancy.tenant(world.organization.pk):
        assert ContactType.objects.filter(name="Customer").exists()
