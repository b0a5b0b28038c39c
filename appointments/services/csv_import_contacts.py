"""Patients of imported visits: matched by id, else by name and number; created and updated in bulk."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from appointments.engine.csv_visits import CsvPatient
from contacts.models import Contact, ContactEmail, ContactPhone
from contacts.services import contacts

TEXTS = ("first_name", "last_name", "language", "time_zone")
ContactKey = tuple[str, ...]


def key_of(person: CsvPatient, visit_id: str) -> ContactKey:
    """Return what tells a patient apart: their id, else name with number, or name with address, else the visit."""
    if person.external_id:
        return ("id", person.external_id)
    name = f"{person.first_name} {person.last_name}".strip().casefold()
    if person.phone:
        return ("phone", name, person.phone)
    if person.email:
        return ("email", name, person.email.casefold())
    return ("visit", visit_id)


@dataclass
class BatchContacts:
    """The contacts that some rows can mean, as they stand in the database, with their numbers and addresses."""

    by_key: dict[ContactKey, Contact] = field(default_factory=dict)
    phones: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    emails: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def find(self, person: CsvPatient, visit_id: str) -> Contact | None:
        """Return the contact of a row, None when they are new here."""
        if found := self.by_key.get(key_of(person, visit_id)):
            return found
        # Somebody entered by hand, who now turns out to have an id.
        known = self.by_key.get(key_of(_without_id(person), visit_id)) if person.external_id else None
        return known if known and not known.external_id else None

    def changes(self, contact: Contact, person: CsvPatient) -> list[str]:
        """Name what a row knows better about a contact; a default only fills a gap."""
        wanted = [name for name in TEXTS if getattr(person, name) not in ("", getattr(contact, name))]
        if person.external_id and not contact.external_id:
            wanted.append("external_id")
        if _is_new(person.phone, self.phones[contact.pk], is_default=person.is_default_phone):
            wanted.append("phone")
        if _is_new(person.email, self.emails[contact.pk], is_default=person.is_default_email):
            wanted.append("email")
        return wanted


def load_contacts(persons: Iterable[CsvPatient], extra: Iterable[Contact]) -> BatchContacts:
    """Look up the contacts of a batch in a few queries; `extra` are contacts that visits here already have."""
    contacts = {
        row.pk: row for row in [*Contact.objects.filter(pk__in=_matching_ids(list(persons))).order_by("-pk"), *extra]
    }
    people = BatchContacts()
    for contact_id, number in _addresses(ContactPhone, contacts, "number"):
        people.phones[contact_id].append(number)
    for contact_id, address in _addresses(ContactEmail, contacts, "address"):
        people.emails[contact_id].append(address)
    for contact in contacts.values():
        _register(people, contact)
    return people


def create_contacts(wanted: dict[ContactKey, CsvPatient], people: BatchContacts) -> int:
    """Make the contacts of some keys, with number and address; return how many."""
    rows = [
        Contact(
            external_id=person.external_id,
            first_name=person.first_name,
            last_name=person.last_name,
            language=person.language,
            time_zone=person.time_zone,
        )
        for person in wanted.values()
    ]
    contacts.assign_customer_ids(rows)
    made = Contact.objects.bulk_create(rows)
    pairs = list(zip(made, wanted.values(), strict=True))
    ContactPhone.objects.bulk_create(
        ContactPhone(contact=contact, number=person.phone) for contact, person in pairs if person.phone
    )
    ContactEmail.objects.bulk_create(
        ContactEmail(contact=contact, address=person.email) for contact, person in pairs if person.email
    )
    for key, contact, person in zip(wanted, made, wanted.values(), strict=True):
        people.by_key[key] = contact
        people.phones[contact.pk] = [person.phone] if person.phone else []
        people.emails[contact.pk] = [person.email] if person.email else []
    return len(made)


def update_contact(contact: Contact, person: CsvPatient, changes: list[str], people: BatchContacts) -> None:
    """Write what `People.changes` named; a new number or address comes before the older ones."""
    columns = [name for name in changes if name not in ("phone", "email")]
    for name in columns:
        setattr(contact, name, getattr(person, name))
    if columns:
        contact.save(update_fields=columns)
    if "phone" in changes:
        ContactPhone.objects.filter(contact=contact).update(position=F("position") + 1)
        ContactPhone.objects.create(contact=contact, number=person.phone)
        people.phones[contact.pk].insert(0, person.phone)
    if "email" in changes:
        ContactEmail.objects.filter(contact=contact).update(position=F("position") + 1)
        ContactEmail.objects.create(contact=contact, address=person.email)
        people.emails[contact.pk].insert(0, person.email)


def _matching_ids(persons: list[CsvPatient]) -> set[int]:
    """Return the ids of the contacts that some rows can mean, each index asked for itself."""
    ids = {person.external_id for person in persons if person.external_id}
    numbers = {person.phone for person in persons if person.phone}
    # A number is the stronger sign; addresses matter to those without.
    addresses = {person.email for person in persons if person.email and not person.phone}
    found = set(Contact.objects.filter(external_id__in=ids).values_list("pk", flat=True)) if ids else set()
    if numbers:
        found.update(ContactPhone.objects.filter(number__in=numbers).values_list("contact_id", flat=True))
    if addresses:
        found.update(ContactEmail.objects.filter(address__in=addresses).values_list("contact_id", flat=True))
    return found


def _is_new(text: str, known: list[str], *, is_default: bool) -> bool:
    return bool(text) and text not in known and not (is_default and known)


def _without_id(person: CsvPatient) -> CsvPatient:
    return CsvPatient(first_name=person.first_name, last_name=person.last_name, phone=person.phone, email=person.email)


def _addresses(
    model: type[ContactPhone] | type[ContactEmail], contacts: dict[int, Contact], column: str
) -> Iterable[tuple[int, str]]:
    rows: Any = model._default_manager.filter(contact_id__in=list(contacts)).order_by("position", "pk")
    found: Iterable[tuple[int, str]] = rows.values_list("contact_id", column)
    return found


def _register(people: BatchContacts, contact: Contact) -> None:
    name = f"{contact.first_name} {contact.last_name}".strip().casefold()
    if contact.external_id:
        people.by_key[("id", contact.external_id)] = contact
    for number in people.phones[contact.pk]:
        people.by_key[("phone", name, number)] = contact
    for address in people.emails[contact.pk]:
        people.by_key[("email", name, address.casefold())] = contact
