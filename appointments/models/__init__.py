"""Visits of patients, and who treats them where and when."""

from appointments.models.staffing import Blockout, Operatory, Provider, ScheduleEntry
from appointments.models.types import AppointmentType, TypeProvider
from appointments.models.visits import Appointment

__all__ = [
    "Appointment",
    "AppointmentType",
    "Blockout",
    "Operatory",
    "Provider",
    "ScheduleEntry",
    "TypeProvider",
]
