"""Record in the audit trail who reads calendars through feeds and CalDAV, once a day for each reader."""

from datetime import timedelta
from typing import Any

from accounts.models import RateCounter
from accounts.services import audit, limits
from accounts.services.limits import Limit, Permit
from calendars.models import Calendar

# Calendar apps ask every few minutes, for years.
ONCE_A_DAY = Limit(RateCounter.Purpose.READING, 1, timedelta(days=1))


def record_read(calendar: Calendar, **facts: Any) -> None:
    """Record that the current actor read a calendar, unless recorded in the last 24 hours.

    Outside of any transaction: readers would wait for one another, each as long as it reads.
    """
    if isinstance(limits.acquire(ONCE_A_DAY, f"{calendar.pk}:{audit.actor().identity}"), Permit):
        audit.record("read", calendar, **facts)
