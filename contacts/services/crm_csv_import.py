"""Import of the older contact service's CSV file: contacts are made, or changed, by their UUID."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import tenancy
from config.kernel.errors import PunctualError
from contacts.engine import contact_points, crm_csv
from contacts.engine.contact_points import ContactPoint
from contacts.engine.crm_csv import BadRow, CrmContact
from contacts.engine.phones import normalise_phone
from contacts.models import Contact, ContactAddress
from contacts.services import contacts

ADDRESS = ("kind", "street", "postal_code", "city")


class RowResult(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class ImportedRow:
    """What became of the row with this number; a dismissed one says why."""

    number: int
    outcome: RowResult
    contact: str = ""
    reason: str = ""


def run(lines: Iterable[str]) -> Iterator[ImportedRow]:
    """Import a file into the current organization, row by row; a bad one is dismissed, and the others go on.

    The same file again changes nothing. A UUID that another organization has is dismissed.
    """
    region = contacts.region_of_tenant()
    for number, row in crm_csv.read(lines):
        if isinstance(row, BadRow):
            yield ImportedRow(number, RowResult.DISMISSED, reason=_problem(row))
            continue
        try:
            with transaction.atomic():
                yield ImportedRow(number, _put(row, region), contact=str(row.uuid))
        except (PunctualError, ValidationError) as error:
            yield ImportedRow(number, RowResult.DISMISSED, str(row.uuid), _words(error))


def _put(row: CrmContact, region: str) -> RowResult:
    if _is_elsewhere(row.uuid, own=tenancy.current()):
        raise ValidationError(_("Another organization has this UUID."))
    found = Contact.objects.filter(uuid=row.uuid).prefetch_related("phones", "emails", "addresses").first()
    wanted: dict[str, Any] = {**row.texts, "phones": row.phones, "emails": row.emails, "addresses": _addresses(row)}
    Contact(**row.texts).clean_fields(exclude=_others(row))
    if row.customer_id:
        wanted["customer_id"] = row.customer_id
    if found is None:
        contacts.create(uuid=row.uuid, **wanted)
        return RowResult.CREATED
    if _is_same(found, row, region):
        return RowResult.UNCHANGED
    contacts.change(found, **wanted)
    return RowResult.UPDATED


@tenancy.system()
def _is_elsewhere(number: uuid.UUID, *, own: int) -> bool:
    """Return whether a contact of another organization has a UUID."""
    return Contact.objects.unscoped().filter(uuid=number).exclude(organization_id=own).exists()


def _addresses(row: CrmContact) -> list[dict[str, str]]:
    if not row.address:
        return []
    fields = [field for field in ContactAddress._meta.concrete_fields if field.name in ADDRESS]
    for field in fields:
        field.clean(row.address[field.name], None)
    return [row.address]


def _others(row: CrmContact) -> set[str]:
    return {field.name for field in Contact._meta.concrete_fields} - row.texts.keys()


def _is_same(found: Contact, row: CrmContact, region: str) -> bool:
    """Return whether a contact is as the row has it."""
    address = [{name: getattr(each, name) for name in ADDRESS} for each in found.addresses.all()]
    phones = [ContactPoint(normalise_phone(each.value, region), each.kind) for each in row.phones]
    return (
        all(getattr(found, name) == text for name, text in row.texts.items())
        and row.customer_id in (None, found.customer_id)
        and contact_points.merge(phones, {}) == [ContactPoint(each.number, each.kind) for each in found.phones.all()]
        and row.emails == [ContactPoint(each.address, each.kind) for each in found.emails.all()]
        and ([row.address] if row.address else []) == address
    )


def _problem(row: BadRow) -> str:
    if str(row) == "uuid":
        return _("“%(value)s” is no UUID.") % {"value": row.value[:60]}
    return _("“%(value)s” is no customer id.") % {"value": row.value[:60]}


def _words(error: PunctualError | ValidationError) -> str:
    if isinstance(error, PunctualError):
        return error.message
    if hasattr(error, "error_dict"):
        return "; ".join(f"{name}: {' '.join(told)}" for name, told in error.message_dict.items())
    return " ".join(error.messages)
