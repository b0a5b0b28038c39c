"""Export of all personal data of one contact, from all apps."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import tenancy
from accounts.models import Organization
from accounts.services import audit
from contacts.engine import personal_data_files
from contacts.engine.personal_data_files import ExportTable as ExportTable
from contacts.models import Contact, ContactEmail, ContactPhone
from contacts.signals import personal_data_wanted


@dataclass(frozen=True)
class DataSubject:
    """A contact with its phone numbers and e-mail addresses; `own` are those that no other contact has."""

    contact: Contact
    addresses: frozenset[str]
    own: frozenset[str]


@dataclass(frozen=True)
class PersonalData:
    """The personal data of a contact at an instant (UTC)."""

    contact: Contact
    organization: str
    at: datetime
    tables: list[ExportTable]

    def as_json(self) -> str:
        """Return one document."""
        head = {"organization": self.organization, "contact": self.contact.pk, "exported_at": self.at.isoformat()}
        tables = {table.name: [dict(row) for row in table.rows] for table in self.tables}
        return json.dumps({**head, "tables": tables}, ensure_ascii=False, indent=2)

    def as_zip(self) -> bytes:
        """Return an archive with a CSV file a table."""
        return personal_data_files.as_zip(self.tables)

    def name(self, suffix: str) -> str:
        """Return a file name that does not tell who it is about."""
        return f"contact-{self.contact.pk}.{suffix}"


def data_subject(contact: Contact) -> DataSubject:
    """Return a contact with its addresses; what a family shares is nobody's own."""
    numbers = set(contact.phones.values_list("number", flat=True))
    mails = set(contact.emails.values_list("address", flat=True))
    others = ContactPhone.objects.filter(number__in=numbers).exclude(contact=contact)
    elsewhere = ContactEmail.objects.filter(address__in=mails).exclude(contact=contact)
    shared = set(others.values_list("number", flat=True)) | set(elsewhere.values_list("address", flat=True))
    return DataSubject(contact, frozenset(numbers | mails), frozenset((numbers | mails) - shared))


def table(name: str, rows: QuerySet[Any], columns: str) -> ExportTable:
    """Return some columns (names separated by spaces) of rows, oldest first."""
    names = columns.split()
    found = rows.order_by("pk").values(*names)
    return ExportTable(
        name, names, [{key: personal_data_files.json_value(value) for key, value in row.items()} for row in found]
    )


def collect(contact: Contact, *, now: datetime) -> PersonalData:
    """Return the personal data of a contact from all apps; records the export in the audit trail."""
    with tenancy.tenant(contact.organization_id):
        whom = data_subject(contact)
        tables = _own_tables(contact)
        answers: Any = personal_data_wanted.send(Contact, person=whom)
        for _, answer in answers:
            tables += answer
        organization = Organization.objects.get(pk=contact.organization_id)
        audit.record("export", contact, rows=sum(len(table.rows) for table in tables))
    return PersonalData(contact, organization.name, now, tables)


def _own_tables(contact: Contact) -> list[ExportTable]:
    fields = (
        "id uuid core_user_uuid customer_id title first_name middle_name last_name suffix contact_type_id "
        "contact_type__name customer_type company notes siteprofile_uuids workflowlevel1_uuids workflowlevel2_uuids "
        "language time_zone external_id created_at"
    )
    parts = "kind street house_number postal_code city country position"
    return [
        table("contact", Contact.objects.filter(pk=contact.pk), fields),
        table("phones", contact.phones.all(), "number kind position"),
        table("emails", contact.emails.all(), "address kind position"),
        table("addresses", contact.addresses.all(), parts),
    ]
