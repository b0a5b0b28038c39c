"""Contacts with their phone numbers, e-mail and postal addresses."""

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
from contacts.engine import contact_points
from contacts.engine.contact_points import ContactPoint
from contacts.engine.phones import normalise_phone
from contacts.errors import BadEmail, CustomerIdTaken, EmptyContact
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone
from contacts.services import customer_ids

Points = Iterable[str | ContactPoint]
# The columns of `ContactAddress`.
Addresses = Iterable[Mapping[str, str]]


@transaction.atomic
def create(
    *,
    phones: Points = (),
    emails: Points = (),
    addresses: Addresses = (),
    customer_id: int | None = None,
    may_be_empty: bool = False,
    **fields: Any,
) -> Contact:
    """Create a contact; its first phone and e-mail address are preferred, and it gets the next customer id.

    `may_be_empty` is for the older interface, which needs no name. Raises `BadPhone`, `BadEmail`, `EmptyContact`,
    `CustomerIdTaken` and `ExternalIdTaken`.
    """
    _check_external_id(fields.get("external_id", ""))
    if customer_id:
        customer_ids.check_free(customer_id)
    made = Contact.objects.create(customer_id=customer_id or customer_ids.reserve(1)[0], **fields)
    ContactPhone.objects.bulk_create(_phones(made, phones, region_of_tenant()))
    ContactEmail.objects.bulk_create(_emails(made, emails))
    ContactAddress.objects.bulk_create(_addresses(made, addresses))
    if not may_be_empty:
        check_content(made)
    return made


@transaction.atomic
def create_many(wanted: Sequence[Mapping[str, Any]]) -> list[Contact | PunctualError]:
    """Create contacts, a few statements for all; in place of one that cannot be made stands why not.

    Each has the fields of `create`.
    """
    batch = _ContactBatch(region_of_tenant(), _taken("external_id", wanted), _taken("customer_id", wanted))
    planned = [batch.plan(person) for person in wanted]
    good = [each for each in planned if isinstance(each, _PlannedContact)]
    rows = [each.row for each in good]
    assign_customer_ids(rows)
    Contact.objects.bulk_create(rows)
    ContactPhone.objects.bulk_create(phone for each in good for phone in each.phones)
    ContactEmail.objects.bulk_create(email for each in good for email in each.emails)
    ContactAddress.objects.bulk_create(address for each in good for address in each.addresses)
    return [each.row if isinstance(each, _PlannedContact) else each for each in planned]


def assign_customer_ids(rows: Iterable[Contact]) -> None:
    """Give the next customer ids to contacts that are to be written and have none."""
    without = [row for row in rows if not row.customer_id]
    for row, number in zip(without, customer_ids.reserve(len(without)), strict=True):
        row.customer_id = number


def _taken(name: str, wanted: Iterable[Mapping[str, Any]]) -> set[Any]:
    """Return which of the values that are wanted in a column other contacts have."""
    values = {person[name] for person in wanted if person.get(name)}
    return set(Contact.objects.filter(**{f"{name}__in": values}).values_list(name, flat=True)) if values else set()


@dataclass(frozen=True)
class _PlannedContact:
    """A contact to be written, with its numbers and addresses."""

    row: Contact
    phones: list[ContactPhone]
    emails: list[ContactEmail]
    addresses: list[ContactAddress]


@dataclass(frozen=True)
class _ContactBatch:
    """What the contacts of one batch are read with: the region of numbers, and the ids that are taken."""

    region: str
    external_ids: set[str]
    customer_ids: set[int]

    def plan(self, person: Mapping[str, Any]) -> _PlannedContact | PunctualError:
        """Return a contact to be written, or why it cannot be; its ids are taken from then on."""
        own = dict(person)
        phones, emails, addresses = (own.pop(name, ()) for name in ("phones", "emails", "addresses"))
        if own.get("external_id") in self.external_ids:
            return ExternalIdTaken(field="external_id")
        if own.get("customer_id") in self.customer_ids:
            return CustomerIdTaken(field="customer_id")
        row = Contact(**own)
        try:
            planned = _PlannedContact(
                row, _phones(row, phones, self.region), _emails(row, emails), _addresses(row, addresses)
            )
        except PunctualError as error:
            return error
        self.external_ids.update({row.external_id} - {""})
        self.customer_ids.update({row.customer_id} if row.customer_id else ())
        return planned


@transaction.atomic
def change(
    contact: Contact,
    *,
    phones: Points | None = None,
    emails: Points | None = None,
    addresses: Addresses | None = None,
    may_be_empty: bool = False,
    **fields: Any,
) -> Contact:
    """Change a contact; given phones and addresses replace the old ones, and keep their kind where none is given.

    An empty `customer_id` leaves the one that it has, or gives it the next one. Raises `BadPhone`, `BadEmail`,
    `EmptyContact`, `CustomerIdTaken` and `ExternalIdTaken`.
    """
    _check_external_id(fields.get("external_id", ""), own=contact.pk)
    if "customer_id" in fields:
        fields["customer_id"] = _changed_customer_id(contact, fields["customer_id"])
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
    if addresses is not None:
        wanted = _addresses(contact, addresses)
        contact.addresses.all().delete()
        ContactAddress.objects.bulk_create(wanted)
    if not may_be_empty:
        check_content(contact)
    return Contact.objects.get(pk=contact.pk)


def _changed_customer_id(contact: Contact, wanted: int | None) -> int:
    if wanted:
        customer_ids.check_free(wanted, own=contact.pk)
    return wanted or contact.customer_id or customer_ids.reserve(1)[0]


def _check_external_id(external_id: str, *, own: int | None = None) -> None:
    if external_id and Contact.objects.filter(external_id=external_id).exclude(pk=own).exists():
        raise ExternalIdTaken(field="external_id")


def check_content(contact: Contact) -> None:
    """Raise `EmptyContact` for one of whom nothing is known by which to find or reach them."""
    names = (contact.first_name, contact.middle_name, contact.last_name, contact.company, contact.external_id)
    is_named = any(name.strip() for name in names)
    if not is_named and not contact.phones.exists() and not contact.emails.exists():
        raise EmptyContact(field="first_name")


def _replace_phones(contact: Contact, phones: Points) -> None:
    known = dict(contact.phones.values_list("number", "kind"))
    wanted = _phones(contact, phones, region_of_tenant(), known)
    contact.phones.all().delete()
    ContactPhone.objects.bulk_create(wanted)


def _replace_emails(contact: Contact, emails: Points) -> None:
    known = dict(contact.emails.values_list("address", "kind"))
    wanted = _emails(contact, emails, known)
    contact.emails.all().delete()
    ContactEmail.objects.bulk_create(wanted)


def _phones(
    contact: Contact, phones: Points, region: str, known: Mapping[str, str] | None = None
) -> list[ContactPhone]:
    points = [ContactPoint(normalise_phone(each.value, region), each.kind) for each in contact_points.of(phones)]
    return [
        ContactPhone(contact=contact, number=point.value, kind=point.kind, position=place)
        for place, point in enumerate(contact_points.merge(points, known or {}))
    ]


def _emails(contact: Contact, emails: Points, known: Mapping[str, str] | None = None) -> list[ContactEmail]:
    points = [ContactPoint(_email(each.value), each.kind) for each in contact_points.of(emails)]
    return [
        ContactEmail(contact=contact, address=point.value, kind=point.kind, position=place)
        for place, point in enumerate(contact_points.merge(points, known or {}))
    ]


def _addresses(contact: Contact, addresses: Addresses) -> list[ContactAddress]:
    filled = [address for address in addresses if any(value for name, value in address.items() if name != "kind")]
    return [ContactAddress(contact=contact, position=place, **address) for place, address in enumerate(filled)]


def region_of_tenant() -> str:
    """Return the ISO 3166 region in which the current organization's numbers are read."""
    return Organization.objects.values_list("region", flat=True).get(pk=tenancy.current())


def phone_of_tenant(text: str) -> str:
    """Return a number as E.164, read in the current organization's region; raises `BadPhone`."""
    return normalise_phone(text, region_of_tenant())


def _email(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(_("“%(address)s” is no e-mail address.") % {"address": address[:60]}, field="emails") from None
    return address
