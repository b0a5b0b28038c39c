"""Visits, what is noted and told of them, and who treats patients where and when, in the admin."""

from appointments.admin import records, staffing, visits

__all__ = ["records", "staffing", "visits"]
