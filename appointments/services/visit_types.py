"""Types of visits: make and change them with those who may do them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import transaction

from accounts import tenancy
from accounts.tracking import DatabaseTransaction
from appointments.errors import ProviderMayNot
from appointments.models import AppointmentType, Provider, TypeProvider
from config.kernel import shapes


class TypeFields(TypedDict, total=False):
    """What stands in a type; lengths are minutes."""

    name: str
    duration: int
    buffer_before: int
    buffer_after: int
    lead_time: int
    needs_operatory: bool
    colour: str
    is_active: bool


@transaction.atomic
def create(*, providers: Sequence[Provider] = (), **fields: Unpack[TypeFields]) -> AppointmentType:
    """Make a type that these providers may do; none: everybody may."""
    shapes.check(fields, TypeFields)
    made = AppointmentType.objects.create(**fields)
    _add(made, providers)
    return made


@tenancy.of_row
def change(
    row: AppointmentType, *, providers: Sequence[Provider] | None = None, **fields: Unpack[TypeFields]
) -> AppointmentType:
    """Change a type; providers that are given replace those who might do it before."""
    shapes.check(fields, TypeFields)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    if providers is not None:
        # Locked, so that of two who replace the list one waits for the other.
        AppointmentType.objects.select_for_update(no_key=True).get(pk=row.pk)
        TypeProvider.objects.filter(appointment_type=row).exclude(provider__in=providers).delete()
        _add(row, providers)
        # Its own columns may be as before; programs that keep a copy are told all the same.
        AppointmentType.objects.filter(pk=row.pk).update(updated_in=DatabaseTransaction())
    row.refresh_from_db()
    return row


def end(row: AppointmentType | None, starts_at: datetime) -> datetime | None:
    """Return when a visit of a type is over that begins then, on the clock of its start; None without a type."""
    return starts_at + timedelta(minutes=row.duration) if row else None


def check_provider(row: AppointmentType | None, provider: Provider | None) -> None:
    """Raise `ProviderMayNot` for a provider who does no visits of a type."""
    if row and provider and not may(row, provider, providers_of([row.pk])):
        raise ProviderMayNot(field="provider")


def may(row: AppointmentType | None, provider: Provider | None, allowed: Mapping[int, Collection[int]]) -> bool:
    """Return whether a provider may do visits of a type, as `providers_of` tells of it."""
    return row is None or provider is None or row.pk not in allowed or provider.pk in allowed[row.pk]


def providers_of(types: Collection[int]) -> dict[int, set[int]]:
    """Return the numbers of the providers of types, by type; one that everybody may do is not among them."""
    found: dict[int, set[int]] = {}
    if types:
        named = TypeProvider.objects.filter(appointment_type__in=types)
        for kind, provider in named.values_list("appointment_type_id", "provider_id"):
            found.setdefault(kind, set()).add(provider)
    return found


def _add(row: AppointmentType, providers: Sequence[Provider]) -> None:
    wanted = {provider.pk: provider for provider in providers}
    TypeProvider.objects.bulk_create(
        [TypeProvider(appointment_type=row, provider=wanted[pk]) for pk in sorted(wanted)], ignore_conflicts=True
    )
