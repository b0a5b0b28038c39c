"""Calendar feeds: secret addresses under which calendar apps read a calendar."""

import hashlib
import math
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.errors import TooManyRequests
from accounts.models import Membership, RateCounter, User
from accounts.services import audit, limits
from accounts.services.limits import Limit, LimitReached
from accounts.tenancy import system, tenant
from calendars.models import Calendar, CalendarFeed

RATE = 60  # requests of one feed in a minute; calendar apps ask a few times an hour
MINUTE = timedelta(minutes=1)


@transaction.atomic
def create(calendar: Calendar, *, name: str, detail: str, created_by: User | None) -> tuple[CalendarFeed, str]:
    """Create a feed; the second value is its secret, which is shown once and never stored."""
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        calendar=calendar, name=name, detail=detail, created_by=created_by, secret_hash=_hash(secret)
    )
    audit.record("feed_made", feed, calendar=calendar.pk, detail=detail)
    return feed, secret


@transaction.atomic
def revoke(feed: CalendarFeed, *, now: datetime) -> None:
    """Revoke a feed at once; a second call changes nothing."""
    if CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=now):
        audit.record("feed_revoked", feed, calendar=feed.calendar_id)


@system()
def find_by_secret(secret: str) -> CalendarFeed | None:
    """Return the feed of a secret, None when revoked or when its maker has left the organization."""
    maker: Any = Membership.objects.unscoped().filter(
        organization=OuterRef("organization"), user=OuterRef("created_by")
    )
    stays = Q(created_by=None) | Q(created_by__is_superuser=True, created_by__is_active=True)
    stays |= Q(Exists(maker.filter(user__is_active=True)))
    found = CalendarFeed.objects.unscoped().filter(stays, secret_hash=_hash(secret), revoked_at=None)
    return found.select_related("organization", "calendar").first()


def count_request(feed: CalendarFeed) -> None:
    """Count a request; raises `TooManyRequests` beyond the rate."""
    found = limits.acquire(Limit(RateCounter.Purpose.FEED, RATE, MINUTE), str(feed.pk))
    if isinstance(found, LimitReached):
        words = _("This address was asked %(rate)s times within a minute; calendar apps need a few times an hour.") % {
            "rate": RATE
        }
        raise TooManyRequests(words, retry_after=max(1, math.ceil(found.wait.total_seconds())))


def record_use(feed: CalendarFeed, *, now: datetime) -> None:
    """Record when a feed was last read, to the minute."""
    if not feed.last_used_at or now - feed.last_used_at > MINUTE:
        with tenant(feed.organization.pk):
            CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
