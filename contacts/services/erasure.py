"""Erase personal data of a contact; delivery records stay without it."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import tenancy
from accounts.models import User
from accounts.services import audit
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone, Erasure
from contacts.services import admin_log, personal_data_export
from contacts.services.personal_data_export import DataSubject
from contacts.signals import person_erased, person_leaving

# The columns of a contact that say who it is: blank, and null, when it is erased.
TEXTS = (
    *("title", "first_name", "middle_name", "last_name", "suffix", "company", "notes", "customer_type"),
    *("language", "time_zone", "external_id"),
)
FACTS = ("customer_id", "core_user_uuid", "contact_type_id", "siteprofile_uuids", "workflowlevel2_uuids")


@transaction.atomic
def erase(contact: Contact, *, by: User | None, now: datetime) -> Erasure:
    """Erase the personal data of a contact in all apps; a second call erases what arrived since.

    What is planned is cancelled first. Counts, times, states, attempt numbers and provider ids stay, and so do
    suppressions: they are the record that a number must not be written to. Raises `MessageUnderWay`.
    """
    with tenancy.tenant(contact.organization_id):
        # Not FOR UPDATE: messages that refer to the contact check their key while others hold their rows.
        row = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
        whom = personal_data_export.data_subject(row)
        person_leaving.send(Contact, person=whom, now=now)
        erasure, is_new = Erasure.objects.get_or_create(
            contact=row, defaults={"token": _token(), "erased_at": now, "erased_by": by}
        )
        counts = _blank(whom, erasure.token, now=now) | _blank_contact(row)
        if is_new:
            erasure.counts = counts
            erasure.save(update_fields=["counts"])
        audit.record("erase", row, counts=counts)
    return erasure


def _blank(whom: DataSubject, token: str, *, now: datetime) -> dict[str, int]:
    """Let the other apps erase their data; return rows by table."""
    counts: dict[str, int] = {}
    answers: Any = person_erased.send(Contact, person=whom, token=token, now=now)
    for _, answer in answers:
        counts |= answer
    return counts


def _token() -> str:
    """Return what stands in place of the recipient: random, so that nothing leads back; fits a phone's 16 places."""
    return f"erased-{secrets.token_hex(8)}"[:16]


def _blank_contact(contact: Contact) -> dict[str, int]:
    phones, emails = ContactPhone.objects.filter(contact=contact), ContactEmail.objects.filter(contact=contact)
    for rows in (Contact.objects.filter(pk=contact.pk), phones, emails):
        admin_log.anonymise_entries(rows)
    addresses = ContactAddress.objects.filter(contact=contact)
    admin_log.anonymise_entries(addresses)
    counts = {"phones": phones.delete()[0], "emails": emails.delete()[0], "addresses": addresses.delete()[0]}
    nothing: dict[str, Any] = {**dict.fromkeys(TEXTS, ""), **dict.fromkeys(FACTS), "workflowlevel1_uuids": []}
    # Other programs know the person by it.
    Contact.objects.filter(pk=contact.pk).update(**nothing, uuid=uuid.uuid4())
    return counts
