"""API keys: `pk_<prefix>_<secret>`, of which only the prefix and the SHA-256 of the secret are kept."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from accounts.models import ApiKey, User
from accounts.tenancy import tenant

TEXT = re.compile(r"pk_([0-9a-f]{10})_([A-Za-z0-9_-]{32})", re.ASCII)


def create(
    organization_id: int, *, name: str, role: str, created_by: User | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; the second value is its text, which is shown this once and kept nowhere."""
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(24)
    with tenant(organization_id):
        key = ApiKey.objects.create(
            name=name, role=role, prefix=prefix, secret_hash=_hash(secret), created_by=created_by, expires_at=expires_at
        )
    return key, f"pk_{prefix}_{secret}"


def find(text: str, *, now: datetime) -> ApiKey | None:
    """Return the live key of a text, None when it is unknown, wrong, expired or revoked."""
    parts = TEXT.fullmatch(text)
    if not parts:
        return None
    key = ApiKey.objects.unscoped().select_related("organization", "created_by").filter(prefix=parts[1]).first()
    # Compared also when there is no such key, so that the time tells nothing.
    right = hmac.compare_digest(key.secret_hash if key else _hash(""), _hash(parts[2]))
    if not key or not right:
        return None
    if key.revoked_at or (key.expires_at and key.expires_at <= now):
        return None
    return key


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    if not key.last_used_at or now - key.last_used_at > timedelta(minutes=1):
        ApiKey.objects.unscoped().filter(pk=key.pk).update(last_used_at=now)


def revoke(key: ApiKey, *, now: datetime) -> None:
    """End a key at once; a second time changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
