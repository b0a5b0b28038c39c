"""Types of an organization's contacts: it makes and changes its own, and has those that are global."""

from django.db import transaction

from contacts.errors import GlobalType
from contacts.models import ContactType


@transaction.atomic
def create(*, name: str) -> ContactType:
    """Make a type of the organization's own."""
    return ContactType.objects.create(name=name)


@transaction.atomic
def rename(row: ContactType, *, name: str) -> ContactType:
    """Rename a type; raises `GlobalType` for what every organization has."""
    check_own(row)
    row.name = name
    row.save(update_fields=["name"])
    return row


@transaction.atomic
def delete(row: ContactType) -> None:
    """Delete a type, and leave its contacts without one; raises `GlobalType` for what every organization has."""
    check_own(row)
    row.delete()


def check_own(row: ContactType) -> None:
    """Raise `GlobalType` for a type that is not the organization's own."""
    if row.is_global:
        raise GlobalType
