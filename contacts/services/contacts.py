"""Create and change contacts with their phone numbers, e-mail and postal addresses: one, or many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import tenancy
from accounts.models import Organization
from config.kernel.errors import ExternalIdTaken, Missing, PunctualError
from contacts.engine.phones import normalise_phone
from contacts.errors import CustomerIdTaken, EmptyContact
from contacts.models import Contact
from contacts.services import contact_parts, customer_ids
from contacts.services.contact_parts import PARTS, ContactParts

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class _ContactPlan:
    """A contact to be written: which columns of it are others than they were, and its numbers and addresses."""

    row: Contact
    columns: frozenset[str]
    parts: ContactParts


@dataclass(frozen=True)
class _TakenIds:
    """Which contact has an id that is wanted: its key, 0 for one that is not written yet."""

    external_ids: dict[str, int]
    customer_ids: dict[int, int]

    @classmethod
    def among(cls, wanted: Sequence[Fields]) -> "_TakenIds":
        """Read whose the ids are that some contacts want."""
        names = {one["external_id"] for one in wanted if one.get("external_id")}
        rows = Contact.objects.filter(external_id__in=names).values_list("external_id", "pk") if names else ()
        numbers = {one["customer_id"] for one in wanted if one.get("customer_id")}
        return cls(dict(rows), customer_ids.owners(numbers) if numbers else {})

    def check(self, fields: Fields, own: int = 0) -> None:
        """Raise `ExternalIdTaken` or `CustomerIdTaken` for an id that another contact has."""
        name, number = fields.get("external_id"), fields.get("customer_id")
        if name in self.external_ids and (not own or self.external_ids[name] != own):
            raise ExternalIdTaken(field="external_id")
        if number in self.customer_ids and (not own or self.customer_ids[number] != own):
            raise CustomerIdTaken(field="customer_id")

    def take(self, fields: Fields, own: int = 0) -> None:
        """Note that a contact gets its ids."""
        if fields.get("external_id"):
            self.external_ids[fields["external_id"]] = own
        if fields.get("customer_id"):
            self.customer_ids[fields["customer_id"]] = own


def create(*, may_be_empty: bool = False, **fields: Any) -> Contact:
    """Create a contact: with columns of its table, `phones`, `emails` and `addresses`.

    Its first phone and e-mail address are preferred, and it gets the next customer id. `may_be_empty` is for the older
    interface, which needs no name. Raises `BadPhone`, `BadEmail`, `EmptyContact`, `CustomerIdTaken` and
    `ExternalIdTaken`.
    """
    return _only(create_many([fields], may_be_empty=may_be_empty))


@transaction.atomic
def create_many(wanted: Sequence[Fields], *, may_be_empty: bool = False) -> list[Contact | PunctualError]:
    """Create contacts, a few statements for all; in place of one that cannot be made stands why not.

    Each has the fields of `create`.
    """
    ids, region = _TakenIds.among(wanted), region_of_tenant()
    planned: list[_ContactPlan | PunctualError] = []
    for fields in wanted:
        try:
            planned.append(_plan_new(fields, ids, region, may_be_empty=may_be_empty))
        except PunctualError as error:
            planned.append(error)
    good = [each for each in planned if isinstance(each, _ContactPlan)]
    rows = [each.row for each in good]
    assign_customer_ids(rows)
    Contact.objects.bulk_create(rows)
    contact_parts.insert([each.parts for each in good])
    return [each.row if isinstance(each, _ContactPlan) else each for each in planned]


def change(contact: Contact, *, may_be_empty: bool = False, **fields: Any) -> Contact:
    """Change a contact; given phones and addresses replace the old ones, and keep their kind where none is given.

    An empty `customer_id` leaves the one that it has, or gives it the next one; what says nothing new changes nothing.
    Raises `Missing` for one that is gone, `BadPhone`, `BadEmail`, `EmptyContact`, `CustomerIdTaken` and
    `ExternalIdTaken`.
    """
    return _only(change_many([(contact, fields)], may_be_empty=may_be_empty))


@transaction.atomic
def change_many(
    changes: Sequence[tuple[Contact, Fields]], *, may_be_empty: bool = False
) -> list[Contact | PunctualError]:
    """Change contacts, each once, a few statements for all, and return them as they are then.

    Each has the fields of `change`; in place of one that cannot be changed stands why not.
    """
    rows = _locked([row.pk for row, _ in changes])
    ids, region = _TakenIds.among([fields for _, fields in changes]), region_of_tenant()
    planned: list[_ContactPlan | PunctualError] = []
    for row, fields in changes:
        try:
            planned.append(_plan_change(rows.get(row.pk), fields, ids, region, may_be_empty=may_be_empty))
        except PunctualError as error:
            planned.append(error)
    good = [each for each in planned if isinstance(each, _ContactPlan)]
    changed = [each for each in good if each.columns or each.parts.says_something]
    assign_customer_ids(each.row for each in changed if "customer_id" in each.columns)
    _write(changed)
    stand = Contact.objects.in_bulk([each.row.pk for each in changed]) if changed else {}
    return [stand.get(each.row.pk, each.row) if isinstance(each, _ContactPlan) else each for each in planned]


def assign_customer_ids(rows: Iterable[Contact]) -> None:
    """Give the next customer ids to contacts that are to be written and have none."""
    without = [row for row in rows if not row.customer_id]
    for row, number in zip(without, customer_ids.reserve(len(without)), strict=True):
        row.customer_id = number


def check_content(contact: Contact, *, is_reachable: bool | None = None) -> None:
    """Raise `EmptyContact` for one of whom nothing is known by which to find or reach them.

    `is_reachable` says whether it has a number or an e-mail address, where that is known already.
    """
    names = (contact.first_name, contact.middle_name, contact.last_name, contact.company, contact.external_id)
    if any(name.strip() for name in names):
        return
    if is_reachable is None:
        is_reachable = contact.phones.exists() or contact.emails.exists()
    if not is_reachable:
        raise EmptyContact(field="first_name")


def _only(done: Sequence[Contact | PunctualError]) -> Contact:
    (found,) = done
    if isinstance(found, PunctualError):
        raise found
    return found


def _plan_new(fields: Fields, ids: _TakenIds, region: str, *, may_be_empty: bool) -> _ContactPlan:
    """Return a contact to be written; its ids are taken from then on."""
    own = {name: value for name, value in fields.items() if name not in PARTS}
    ids.check(own)
    row = Contact(**own)
    plan = _ContactPlan(row, frozenset(own), contact_parts.read(row, fields, region))
    if not may_be_empty:
        check_content(row, is_reachable=plan.parts.leave_reachable(row))
    ids.take(own)
    return plan


def _plan_change(
    row: Contact | None, fields: Fields, ids: _TakenIds, region: str, *, may_be_empty: bool
) -> _ContactPlan:
    """Put fields into a locked contact, and return what is to be written; its ids are taken from then on."""
    if row is None:
        raise Missing
    own = {name: value for name, value in fields.items() if name not in PARTS}
    if "customer_id" in own:
        own["customer_id"] = own["customer_id"] or row.customer_id
    ids.check(own, row.pk)
    columns = {name for name, value in own.items() if value != getattr(row, name)}
    if "customer_id" in own and not own["customer_id"]:
        columns.add("customer_id")  # it gets the next one
    for name in columns:
        setattr(row, name, own[name])
    plan = _ContactPlan(row, frozenset(columns), contact_parts.read(row, fields, region))
    if not may_be_empty:
        check_content(row, is_reachable=plan.parts.leave_reachable(row))
    ids.take(own, row.pk)
    return plan


def _locked(keys: list[int]) -> dict[int, Contact]:
    """Lock contacts, and return them with their numbers and addresses, by their keys."""
    rows = Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows.select_related("contact_type").prefetch_related(*PARTS)}


def _write(plans: Sequence[_ContactPlan]) -> None:
    """Write changed contacts, with all columns in which one of them is another than it was."""
    columns = sorted(frozenset[str]().union(*(each.columns for each in plans)))
    if columns:
        Contact.objects.bulk_update([each.row for each in plans if each.columns], columns)
    contact_parts.replace({each.row.pk: each.parts for each in plans if each.parts.says_something})


def region_of_tenant() -> str:
    """Return the ISO 3166 region in which the current organization's numbers are read."""
    return Organization.objects.values_list("region", flat=True).get(pk=tenancy.current())


def phone_of_tenant(text: str) -> str:
    """Return a number as E.164, read in the current organization's region; raises `BadPhone`."""
    return normalise_phone(text, region_of_tenant())
