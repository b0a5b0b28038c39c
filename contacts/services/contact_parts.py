"""Phone numbers, e-mail and postal addresses of contacts: read from what was sent, compared, and written for many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from contacts.engine import contact_points
from contacts.engine.contact_points import ContactPoint
from contacts.engine.phones import normalise_phone
from contacts.errors import BadEmail
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone

PARTS = ("phones", "emails", "addresses")
ADDRESS = ("kind", "street", "house_number", "postal_code", "city", "country")

Points = Iterable[str | ContactPoint]
# The columns of `ContactAddress`.
Addresses = Iterable[Mapping[str, str]]


@dataclass(frozen=True)
class ContactParts:
    """Numbers and addresses that a contact is to have, unsaved; None where those that it has stay."""

    phones: list[ContactPhone] | None = None
    emails: list[ContactEmail] | None = None
    addresses: list[ContactAddress] | None = None

    @property
    def says_something(self) -> bool:
        """Return whether anything is to be written."""
        return any(getattr(self, name) is not None for name in PARTS)

    def leave_reachable(self, contact: Contact) -> bool:
        """Return whether a contact has a number or an e-mail address then."""
        phones = _standing(contact, "phones") if self.phones is None else self.phones
        return bool(phones or (_standing(contact, "emails") if self.emails is None else self.emails))


def read(contact: Contact, given: Mapping[str, Any], region: str) -> ContactParts:
    """Return what `given` says of a contact's `phones`, `emails` and `addresses` that is not so already.

    What has no kind keeps the one that it has; a region is of ISO 3166. Raises `BadPhone` and `BadEmail`.
    """
    return ContactParts(
        phones=_phones(contact, given["phones"], region) if given.get("phones") is not None else None,
        emails=_emails(contact, given["emails"]) if given.get("emails") is not None else None,
        addresses=_addresses(contact, given["addresses"]) if given.get("addresses") is not None else None,
    )


def insert(many: Sequence[ContactParts]) -> None:
    """Write the numbers and addresses of new contacts, a statement a table."""
    ContactPhone.objects.bulk_create(row for parts in many for row in parts.phones or ())
    ContactEmail.objects.bulk_create(row for parts in many for row in parts.emails or ())
    ContactAddress.objects.bulk_create(row for parts in many for row in parts.addresses or ())


def replace(many: Mapping[int, ContactParts]) -> None:
    """Write the numbers and addresses of locked contacts, by their keys, in place of those that they have."""
    for name, model in zip(PARTS, (ContactPhone, ContactEmail, ContactAddress), strict=True):
        if keys := [pk for pk, parts in many.items() if getattr(parts, name) is not None]:
            model._default_manager.filter(contact__in=keys).delete()
    insert(list(many.values()))


def _standing(contact: Contact, name: str) -> list[Any]:
    return list(getattr(contact, name).all()) if contact.pk else []


def _phones(contact: Contact, given: Points, region: str) -> list[ContactPhone] | None:
    stands = [ContactPoint(row.number, row.kind) for row in _standing(contact, "phones")]
    points = [ContactPoint(normalise_phone(each.value, region), each.kind) for each in contact_points.of(given)]
    wanted = _merged(points, stands)
    if wanted == stands:
        return None
    return [
        ContactPhone(contact=contact, number=point.value, kind=point.kind, position=place)
        for place, point in enumerate(wanted)
    ]


def _emails(contact: Contact, given: Points) -> list[ContactEmail] | None:
    stands = [ContactPoint(row.address, row.kind) for row in _standing(contact, "emails")]
    wanted = _merged([ContactPoint(_email(each.value), each.kind) for each in contact_points.of(given)], stands)
    if wanted == stands:
        return None
    return [
        ContactEmail(contact=contact, address=point.value, kind=point.kind, position=place)
        for place, point in enumerate(wanted)
    ]


def _merged(points: Iterable[ContactPoint], stands: Iterable[ContactPoint]) -> list[ContactPoint]:
    return contact_points.merge(points, {point.value: point.kind for point in stands})


def _addresses(contact: Contact, given: Addresses) -> list[ContactAddress] | None:
    filled = [address for address in given if any(value for name, value in address.items() if name != "kind")]
    rows = [ContactAddress(contact=contact, position=place, **address) for place, address in enumerate(filled)]
    is_known = [_texts(row) for row in rows] == [_texts(row) for row in _standing(contact, "addresses")]
    return None if is_known else rows


def _texts(row: ContactAddress) -> list[str]:
    return [getattr(row, name) for name in ADDRESS]


def _email(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(_("“%(address)s” is no e-mail address.") % {"address": address[:60]}, field="emails") from None
    return address
