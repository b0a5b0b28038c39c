"""Contacts and their numbers."""

import threading

import pytest
from django.db import connection

from accounts import tenancy
from contacts.engine.phones import normalise_phone
from contacts.errors import BadEmail, BadPhone
from contacts.models import Contact
from contacts.services import contacts
from tests import factories
from tests.time_limits import HANG


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        pytest.param("12223334444", "US", "+12223334444", id="possible, not valid"),
        pytest.param("(212) 555-0100", "US", "+12125550100", id="national"),
        pytest.param("06 12 34 56 78", "FR", "+33612345678", id="national, France"),
        pytest.param("12125550100", "FR", "+12125550100", id="country code without plus, abroad"),
        pytest.param("+34 650 784 355", "US", "+34650784355", id="international"),
        pytest.param("1-800-FLOWERS", "US", "+18003569377", id="letters"),
    ],
)
def test_numbers_become_e164(text, region, expected):
    assert normalise_phone(text, region) == expected


@pytest.mark.parametrize("text", ["", "12", "no", "+1 212 555 0100 ext. 5", "1" * 40, "+12125550100\r\nX"])
def test_impossible_numbers_are_refused(text):
    with pytest.raises(BadPhone):
        normalise_phone(text, "US")


def test_contact_keeps_the_order_of_its_numbers(inside):
    made = contacts.create(
        first_name="Ana", phones=["2125550101", "+12125550100", "2125550101"], emails=["a@b.example"]
    )
    assert [phone.number for phone in made.phones.all()] == ["+12125550101", "+12125550100"]
    assert [email.address for email in made.emails.all()] == ["a@b.example"]


def test_bad_address_makes_no_contact(inside):
    with pytest.raises(BadEmail):
        contacts.create(first_name="Ana", emails=["nobody"])
    assert not Contact.objects.exists()


@pytest.mark.slow
def test_of_several_who_replace_the_phones_at_once_the_last_is_obeyed(committed):
    world = factories.world("Riverside")
    contact = factories.contact(world)
    start = threading.Barrier(8)

    def replace(number):
        start.wait()
        try:
            with tenancy.tenant(world.organization.pk):
                contacts.change(contact, phones=[f"+1555123400{number}"])
        finally:
            connection.close()

    crowd = [threading.Thread(target=replace, args=(number,)) for number in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=HANG)
    with tenancy.tenant(world.organization.pk):
        assert contact.phones.count() == 1
