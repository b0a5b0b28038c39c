"""Contacts with their phone numbers and e-mail addresses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import Organization
from config.kernel.errors import ExternalIdTaken, PunctualError
from contacts.engine.phones import normalise_phone
from contacts.errors import BadEmail, EmptyContact
from contacts.models import Contact, ContactEmail, ContactPhone


@transaction.atomic
def create(
    *, first_name: str = "", last_name: str = "", phones: Iterable[str] = (), emails: Iterable[str] = (), **fields: Any
) -> Contact:
    """Create a contact; its first phone and e-mail address are preferred.

    Raises `BadPhone`, `BadEmail`, `EmptyContact` and `ExternalIdTaken`.
    """
    _check_external_id(fields.get("external_id", ""))
    made = Contact.objects.create(first_name=first_name, last_name=last_name, **fields)
    _replace_phones(made, phones)
    _replace_emails(made, emails)
    check_content(made)
    return made


@transaction.atomic
def create_many(wanted: Sequence[Mapping[str, Any]]) -> list[Contact | PunctualError]:
    """Create contacts, a few statements for all; in place of one that cannot be made stands why not.

    Each has the fields of `create`.
    """
    region = Organization.objects.values_list("region", flat=True).get(pk=tenancy.current())
    ids = [person["external_id"] for person in wanted if person.get("external_id")]
    taken = set(Contact.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    planned = [_planned(person, region, taken) for person in wanted]
    good = [each for each in planned if isinstance(each, _PlannedContact)]
    Contact.objects.bulk_create(each.row for each in good)
    ContactPhone.objects.bulk_create(
        ContactPhone(contact=each.row, number=number, position=place)
        for each in good
        for place, number in enumerate(each.numbers)
    )
    ContactEmail.objects.bulk_create(
        ContactEmail(contact=each.row, address=address, position=place)
        for each in good
        for place, address in enumerate(each.addresses)
    )
    return [each.row if isinstance(each, _PlannedContact) else each for each in planned]


@dataclass(frozen=True)
class _PlannedContact:
    """A contact to be written."""

    row: Contact
    numbers: list[str]
    addresses: list[str]


def _planned(person: Mapping[str, Any], region: str, taken: set[str]) -> _PlannedContact | PunctualError:
    own = dict(person)
    phones, emails = own.pop("phones", ()), own.pop("emails", ())
    if own.get("external_id") in taken:
        return ExternalIdTaken(field="external_id")
    try:
        numbers = list(dict.fromkeys(normalise_phone(text, region) for text in phones))
        planned = _PlannedContact(Contact(**own), numbers, list(dict.fromkeys(map(_address, emails))))
    except PunctualError as error:
        return error
    if own.get("external_id"):
        taken.add(own["external_id"])
    return planned


@transaction.atomic
def change(
    contact: Contact, *, phones: Iterable[str] | None = None, emails: Iterable[str] | None = None, **fields: Any
) -> Contact:
    """Change a contact; given phones and addresses replace the old ones.

    Raises `BadPhone`, `BadEmail`, `EmptyContact` and `ExternalIdTaken`.
    """
    _check_external_id(fields.get("external_id", ""), own=contact.pk)
    if not fields:
        # Nothing else would lock it: two concurrent replacements of its phones would both keep theirs.
        Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    for name, value in fields.items():
        setattr(contact, name, value)
    contact.save(update_fields=list(fields))
    if phones is not None:
        _replace_phones(contact, phones)
    if emails is not None:
        _replace_emails(contact, emails)
    check_content(contact)
    return Contact.objects.get(pk=contact.pk)


def _check_external_id(external_id: str, *, own: int | None = None) -> None:
    if external_id and Contact.objects.filter(external_id=external_id).exclude(pk=own).exists():
        raise ExternalIdTaken(field="external_id")


def check_content(contact: Contact) -> None:
    """Raise `EmptyContact` for one of whom nothing is known by which to find or reach them."""
    is_named = any(name.strip() for name in (contact.first_name, contact.last_name, contact.external_id))
    if not is_named and not contact.phones.exists() and not contact.emails.exists():
        raise EmptyContact(field="first_name")


def _replace_phones(contact: Contact, texts: Iterable[str]) -> None:
    numbers = list(dict.fromkeys(phone_of_tenant(text) for text in texts))
    contact.phones.all().delete()
    rows = [ContactPhone(contact=contact, number=number, position=place) for place, number in enumerate(numbers)]
    ContactPhone.objects.bulk_create(rows)


def _replace_emails(contact: Contact, texts: Iterable[str]) -> None:
    addresses = list(dict.fromkeys(_address(text) for text in texts))
    contact.emails.all().delete()
    rows = [ContactEmail(contact=contact, address=address, position=place) for place, address in enumerate(addresses)]
    ContactEmail.objects.bulk_create(rows)


def phone_of_tenant(text: str) -> str:
    """Return a number as E.164, read in the current organization's region; raises `BadPhone`."""
    region = Organization.objects.values_list("region", flat=True).get(pk=tenancy.current())
    return normalise_phone(text, region)


def _address(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(_("“%(address)s” is no e-mail address.") % {"address": address[:60]}, field="emails") from None
    return address
