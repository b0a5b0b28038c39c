"""Visits of patients, what is noted and told of them, and who treats patients where and when."""

from appointments.models.driving_times import AppointmentDrivingTime
from appointments.models.history import HistoryEntry
from appointments.models.notes import AppointmentNote
from appointments.models.notifications import AppointmentNotification
from appointments.models.reminder_steps import ReminderStep
from appointments.models.slot_holds import SlotHold
from appointments.models.staffing import Blockout, Operatory, Provider, ScheduleEntry
from appointments.models.types import AppointmentType, TypeProvider
from appointments.models.visits import Appointment

__all__ = [
    "Appointment",
    "AppointmentDrivingTime",
    "AppointmentNote",
    "AppointmentNotification",
    "AppointmentType",
    "Blockout",
    "Operatory",
    "Provider",
    "ReminderStep",
    "ScheduleEntry",
    "SlotHold",
    "TypeProvider",
    "HistoryEntry",
]
