"""Retention: delete each organization's old texts, raw payloads and finished items every night."""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import tenancy
from accounts.models import Organization
from accounts.services import audit
from contacts.errors import MessageUnderWay
from contacts.models import Contact, RetentionPolicy
from contacts.services import erasure
from contacts.signals import retention_due

BATCH = 2000
LATE = timedelta(days=60)  # so long after an erasure, receipts may still come in


def apply_policies(*, now: datetime, seconds: float) -> bool:
    """Apply all retention policies in batches; return False when `seconds` ran out. Safe to repeat."""
    until = time.monotonic() + seconds
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        with tenancy.tenant(organization_id):
            _erase_late_data(now=now)
            policy = RetentionPolicy.objects.first() or RetentionPolicy()
            while rows := clean_batch(policy, now=now):
                audit.record("retain", subject=("contacts.retentionpolicy", policy.pk or ""), rows=rows)
                if time.monotonic() > until:
                    return False
    return True


@transaction.atomic
def clean_batch(policy: RetentionPolicy, *, now: datetime, limit: int = BATCH) -> int:
    """Clean one batch of the current organization; returns how many rows."""
    answers: Any = retention_due.send(RetentionPolicy, policy=policy, now=now, limit=limit)
    return sum(answer for _, answer in answers)


def _erase_late_data(*, now: datetime) -> None:
    """Erase data that arrived after an erasure, such as a late receipt; contacts that have a name again are spared."""
    nameless = Contact.objects.filter(first_name="", last_name="", phones=None, emails=None)
    for contact in nameless.filter(erasure__erased_at__gt=now - LATE).order_by("pk"):
        with suppress(MessageUnderWay):
            erasure.erase(contact, by=None, now=now)
