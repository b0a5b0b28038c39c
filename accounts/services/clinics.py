"""Clinics of the current organization: numbered within it, exactly one is the default."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import ClinicNumberTaken, DefaultClinic
from accounts.models import Clinic
from accounts.signals import places_changed, zones_changed

# What decides in which zone the organization's calendars are.
ZONES = {"time_zone", "is_default"}
# What decides when it is open there.
PLACES = {*ZONES, "public_holidays"}


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> Clinic:
    """Create a clinic; without a number it takes the next, and the first one is the default.

    Raises `ClinicNumberTaken`.
    """
    if not fields.get("number"):
        fields["number"] = (Clinic.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    _check_number(Clinic.objects.all(), fields["number"])
    wanted = fields.pop("is_default", False) or not Clinic.objects.filter(is_default=True).exists()
    made = _make_default(Clinic.objects.create(**fields)) if wanted else Clinic.objects.create(**fields)
    announce_changes({*fields, *(["is_default"] if wanted else [])}, now=now)
    return made


@transaction.atomic
def change(clinic: Clinic, *, now: datetime, **fields: Any) -> Clinic:
    """Change a clinic; making it the default replaces the former default.

    Raises `DefaultClinic` and `ClinicNumberTaken`.
    """
    changed = [name for name, value in fields.items() if getattr(clinic, name) != value]
    _check_number(Clinic.objects.exclude(pk=clinic.pk), fields.get("number"))
    wanted = fields.pop("is_default", clinic.is_default)
    if clinic.is_default and not wanted:
        raise DefaultClinic(_("Make another clinic the default instead."), field="is_default")
    for name, value in fields.items():
        setattr(clinic, name, value)
    clinic.save(update_fields=list(fields))
    if wanted and not clinic.is_default:
        _make_default(clinic)
    announce_changes(changed, now=now)
    return clinic


def delete(clinic: Clinic) -> None:
    """Delete a clinic that nothing refers to; raises `DefaultClinic` for the default one."""
    if clinic.is_default:
        raise DefaultClinic
    clinic.delete()


def announce_changes(changed: Iterable[str], *, now: datetime) -> None:
    """Send signals when the zone or the public holidays of a clinic or the organization changed."""
    if ZONES & set(changed):
        zones_changed.send(Clinic, now=now)
    if PLACES & set(changed):
        places_changed.send(Clinic)


def _check_number(others: QuerySet[Clinic], number: int | None) -> None:
    if number and others.filter(number=number).exists():
        raise ClinicNumberTaken(field="number")


def _make_default(clinic: Clinic) -> Clinic:
    # Two steps, since the database allows one default at any moment.
    Clinic.objects.filter(is_default=True).update(is_default=False)
    clinic.is_default = True
    clinic.save(update_fields=["is_default"])
    return clinic
