"""Contacts and how to reach them."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts import tenancy
from accounts.models import Organization
from contacts.engine.phones import normalise_phone
from contacts.errors import BadEmail
from contacts.models import Contact, ContactEmail, ContactPhone


@transaction.atomic
def create(
    *, first_name: str = "", last_name: str = "", phones: Iterable[str] = (), emails: Iterable[str] = (), **fields: Any
) -> Contact:
    """Make a contact of the current organization; the first phone and address are written to first."""
    numbers = list(dict.fromkeys(phone_of_tenant(text) for text in phones))
    addresses = list(dict.fromkeys(_address(text) for text in emails))
    made = Contact.objects.create(first_name=first_name, last_name=last_name, **fields)
    ContactPhone.objects.bulk_create(
        ContactPhone(contact=made, number=number, position=place) for place, number in enumerate(numbers)
    )
    ContactEmail.objects.bulk_create(
        ContactEmail(contact=made, address=address, position=place) for place, address in enumerate(addresses)
    )
    return made


def phone_of_tenant(text: str) -> str:
    """Return a number as E.164, read in the current organization's region; raises `BadPhone`."""
    region = Organization.objects.values_list("region", flat=True).get(pk=tenancy.current())
    return normalise_phone(text, region)


def _address(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(f"“{address[:60]}” is no e-mail address.", field="emails") from None
    return address
