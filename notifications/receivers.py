"""Receivers of the signals of contacts: export, erasure and retention of what is held about a person."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from contacts.models import RetentionPolicy
from contacts.services.personal_data_export import DataSubject, ExportTable
from contacts.signals import person_erased, personal_data_wanted, retention_due
from notifications.services import personal_data


@receiver(personal_data_wanted, dispatch_uid="notifications.personal_data")
def show(sender: Any, person: DataSubject, **kwargs: Any) -> list[ExportTable]:
    """Return messages, attempts, what came in, suppressions and things for staff."""
    return personal_data.tables(person)


@receiver(person_erased, dispatch_uid="notifications.erased")
def erase(sender: Any, person: DataSubject, token: str, now: datetime, **kwargs: Any) -> dict[str, int]:
    """Keep the receipts without the person."""
    return personal_data.erase(person, token, now=now)


@receiver(retention_due, dispatch_uid="notifications.retention")
def clean(sender: Any, policy: RetentionPolicy, now: datetime, limit: int, **kwargs: Any) -> int:
    """Clean up old texts, payloads and finished things."""
    return personal_data.clean(policy, now=now, limit=limit)
