"""What is kept for how long: every night each organization's old texts, raw payloads and finished things go."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import tenancy
from accounts.models import Organization
from contacts.models import Erasure, RetentionPolicy
from contacts.services import privacy
from contacts.services.dossier import Person
from contacts.signals import retention_due

BATCH = 2000
NOBODY: frozenset[str] = frozenset()
LATE = timedelta(days=60)  # so long after an erasure, receipts may still come in


def run(*, now: datetime, seconds: float) -> bool:
    """Clean up all organizations in batches; False when the time was up first. Safe to repeat."""
    until = time.monotonic() + seconds
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        with tenancy.tenant(organization_id):
            _sweep(now=now)
            policy = RetentionPolicy.objects.first() or RetentionPolicy()
            while clean(policy, now=now):
                if time.monotonic() > until:
                    return False
    return True


@transaction.atomic
def clean(policy: RetentionPolicy, *, now: datetime, limit: int = BATCH) -> int:
    """Clean one batch of the current organization; returns how many rows."""
    answers: Any = retention_due.send(RetentionPolicy, policy=policy, now=now, limit=limit)
    return sum(answer for _, answer in answers)


def _sweep(*, now: datetime) -> None:
    """Erase what came in about people after they were erased, such as a late receipt."""
    for erasure in Erasure.objects.filter(erased_at__gt=now - LATE).select_related("contact"):
        with transaction.atomic():
            privacy.blank(Person(erasure.contact, NOBODY, NOBODY), erasure.token, now=now)
