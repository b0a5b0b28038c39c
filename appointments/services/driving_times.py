"""Driving times of visits."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction

from accounts import tenancy
from accounts.services import audit
from appointments.models import Appointment, AppointmentDrivingTime
from config.kernel import shapes


class DrivingTimeChange(TypedDict, total=False):
    """What can be changed of a driving time; the distance has two places, the time is in minutes."""

    appointment: Appointment
    distance: Decimal
    time: int
    time_point: datetime | None


@transaction.atomic
def create(**fields: Unpack[DrivingTimeChange]) -> AppointmentDrivingTime:
    """Note how far it is to a visit."""
    shapes.check(fields, DrivingTimeChange)
    made = AppointmentDrivingTime.objects.create(**fields)
    audit.record("create", made)
    return made


@tenancy.of_row
def change(row: AppointmentDrivingTime, **fields: Unpack[DrivingTimeChange]) -> AppointmentDrivingTime:
    """Change a driving time."""
    shapes.check(fields, DrivingTimeChange)
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name, value in fields.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=changed)
        audit.record("update", row, changed=changed)
    row.refresh_from_db()
    return row
