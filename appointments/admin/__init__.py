"""Visits, and who treats patients where and when, in the admin."""

from appointments.admin import staffing, visits

__all__ = ["staffing", "visits"]
