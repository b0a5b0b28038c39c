"""Clinics of the current organization: numbered within it, exactly one is the default."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.errors import DefaultClinic
from accounts.models import Clinic
from accounts.signals import places_changed, zones_changed

# What decides in which zone the organization's calendars are.
ZONES = {"time_zone", "is_default"}
# What decides when it is open there.
PLACES = {*ZONES, "public_holidays"}


@transaction.atomic
def create(**fields: Any) -> Clinic:
    """Create a clinic; without a number it takes the next, and the first one is the default."""
    if not fields.get("number"):
        fields["number"] = (Clinic.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    wanted = fields.pop("is_default", False) or not Clinic.objects.filter(is_default=True).exists()
    return _make_default(Clinic.objects.create(**fields)) if wanted else Clinic.objects.create(**fields)


@transaction.atomic
def change(clinic: Clinic, **fields: Any) -> Clinic:
    """Change a clinic; making it the default replaces the former default. Raises `DefaultClinic`."""
    wanted = fields.pop("is_default", clinic.is_default)
    if clinic.is_default and not wanted:
        raise DefaultClinic(_("Make another clinic the default instead."), field="is_default")
    for name, value in fields.items():
        setattr(clinic, name, value)
    clinic.save(update_fields=list(fields))
    return _make_default(clinic) if wanted and not clinic.is_default else clinic


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


def _make_default(clinic: Clinic) -> Clinic:
    # Two steps, since the database allows one default at any moment.
    Clinic.objects.filter(is_default=True).update(is_default=False)
    clinic.is_default = True
    clinic.save(update_fields=["is_default"])
    return clinic
