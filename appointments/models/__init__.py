"""Visits of patients."""

from appointments.models.visits import Appointment

__all__ = ["Appointment"]
