"""API keys: `pk_<prefix>_<secret>`, of which only the prefix and the SHA-256 of the secret are kept."""

import hashlib
import hmac
import math
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from accounts.engine import roles
from accounts.errors import KeyEnded, TooManyRequests
from accounts.models import ApiKey, Membership, RateCounter
from accounts.principal import Quota
from accounts.services import limits
from accounts.services.limits import Limit, LimitReached
from accounts.tenancy import system, tenant

WINDOW = timedelta(minutes=1)
TEXT = re.compile(r"pk_([0-9a-f]{10})_([A-Za-z0-9_-]{32})", re.ASCII)


def create(organization_id: int, *, name: str, role: str, **fields: Any) -> tuple[ApiKey, str]:
    """Create a key with a row's `fields`; the second value is its text, which is shown once and never stored."""
    prefix, secret = secrets.token_hex(5), _secret()
    with tenant(organization_id):
        key = ApiKey.objects.create(name=name, role=role, prefix=prefix, secret_hash=_hash(secret), **fields)
    return key, f"pk_{prefix}_{secret}"


def find(text: str, *, now: datetime) -> ApiKey | None:
    """Return the live key of a text, None when it is unknown, wrong, expired or revoked."""
    parts = TEXT.fullmatch(text)
    if not parts:
        return None
    key = _of_prefix(parts[1])
    # Compared also when there is no such key, so that the time tells nothing.
    right = hmac.compare_digest(key.secret_hash if key else _hash(""), _hash(parts[2]))
    former = hmac.compare_digest(key.previous_hash if key else _hash(""), _hash(parts[2]))
    if not key or not is_live(key, now=now):
        return None
    return key if right or (former and key.previous_until and key.previous_until > now) else None


@system()
def find_any(text: str) -> ApiKey | None:
    """Return the key of a text's prefix, whatever its secret and state; for the audit trail, not for sign-in."""
    parts = TEXT.fullmatch(text)
    return ApiKey.objects.unscoped().filter(prefix=parts[1]).first() if parts else None


@system()
def _of_prefix(prefix: str) -> ApiKey | None:
    """Return a key whose maker still belongs to its organization; those of platform administrators stay."""
    maker = Membership.objects.unscoped().filter(organization=OuterRef("organization"), user=OuterRef("created_by"))
    is_platform = Q(created_by__is_superuser=True, created_by__is_active=True)
    is_member = Q(Exists(maker.filter(user__is_active=True)))
    known = ApiKey.objects.unscoped().filter(Q(created_by=None) | is_platform | is_member, prefix=prefix)
    known = known.annotate(is_platform=is_platform, maker_role=Subquery(maker.values("role")[:1]))
    return known.select_related("organization", "created_by").first()


def role_of(key: ApiKey) -> str:
    """Return the role of a key: at most the current role of the user who made it."""
    told: Any = key
    return key.role if told.is_platform or not told.maker_role else roles.weaker_role(key.role, told.maker_role)


def is_live(key: ApiKey, *, now: datetime) -> bool:
    """Return whether a key is neither revoked nor expired."""
    return not key.revoked_at and (key.expires_at is None or key.expires_at > now)


def count_request(key: ApiKey) -> Quota:
    """Count a request of a key, and return what is left of its rate; raises `TooManyRequests` beyond that."""
    found = limits.acquire(Limit(RateCounter.Purpose.KEY, key.rate, WINDOW), str(key.pk))
    if isinstance(found, LimitReached):
        wait = _seconds(found.wait)
        raise TooManyRequests(retry_after=wait, quota=Quota(key.rate, 0, wait))
    return Quota(key.rate, max(0, key.rate - found.taken), _seconds(found.rest))


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))


def record_use(key: ApiKey, *, now: datetime) -> None:
    """Record when a key was last used, to the minute."""
    if not key.last_used_at or now - key.last_used_at > timedelta(minutes=1):
        with tenant(key.organization_id):
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


@transaction.atomic
def rotate(key: ApiKey, *, grace: timedelta, now: datetime) -> str:
    """Replace a key's secret and return its new text, shown once; the old one stays valid for `grace`."""
    # Two rotations at once come one after the other: the second one's old secret is the first one's new.
    held = ApiKey.objects.select_for_update().get(pk=key.pk)
    if not is_live(held, now=now):
        raise KeyEnded
    secret = _secret()
    held.previous_hash, held.previous_until = (held.secret_hash, now + grace) if grace else ("", None)
    held.secret_hash = _hash(secret)
    held.save(update_fields=["secret_hash", "previous_hash", "previous_until"])
    return f"pk_{held.prefix}_{secret}"


def revoke(key: ApiKey, *, now: datetime) -> None:
    """Revoke a key at once; a second call changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def revoke_made_by(user_id: int, *, now: datetime) -> None:
    """Revoke the keys that a person made in the current organization."""
    ApiKey.objects.filter(created_by_id=user_id, revoked_at=None).update(revoked_at=now)


def _secret() -> str:
    return secrets.token_urlsafe(24)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
