"""The principal of a request: a user, key or visitor, the organization they act for, and their role."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.engine.roles import Area, Role, covers_scopes, is_in_scopes, may
from accounts.models import ApiKey, Membership, Organization, SupportAccess, TrustedIssuer, User

# What a platform administrator chooses who wants to leave the organization that a support access opens.
PLATFORM = "platform"


@dataclass(frozen=True)
class Visitor:
    """A person known to a trusted issuer, without a user here."""

    issuer: TrustedIssuer
    core_user_uuid: uuid.UUID
    username: str


@dataclass(frozen=True)
class Quota:
    """What a key may send: `rate` requests a minute, of which so many are left for so many seconds."""

    rate: int
    left: int
    seconds: int


@dataclass(frozen=True)
class Principal:
    """A signed-in person, an API key, an issuer's visitor or a supporter, acting for one organization."""

    user: User | None
    organization: Organization
    role: str
    via: str  # session, basic, key, jwt, support
    key: ApiKey | None = None
    visitor: Visitor | None = None
    access: SupportAccess | None = None
    quota: Quota | None = None

    def may(self, area: Area, action: str) -> bool:
        """Return whether it may `read` or `write` in an area."""
        widened = self.access is not None and area in self.access.areas
        return (widened or may(self.role, area, action)) and is_in_scopes(self.scopes, area, action)

    def may_grant(self, scopes: Collection[str]) -> bool:
        """Return whether it may hand such scopes to somebody else: no key gives more than it has."""
        return covers_scopes(self.scopes, scopes)

    def until(self, wanted: datetime | None) -> datetime | None:
        """Return until when a key may live that it makes: what support makes ends with its access at the latest."""
        if self.access is None:
            return wanted
        return min(wanted, self.access.ends_at) if wanted else self.access.ends_at

    @property
    def scopes(self) -> list[str]:
        """Return to what a key is narrowed; nothing for people."""
        return self.key.scopes if self.key else []

    @property
    def identity(self) -> str:
        """Return the name of who acts, unique in the organization: `key:7`, `user:3`, `jwt:2:` and a UUID."""
        if self.visitor:
            return f"jwt:{self.visitor.issuer.pk}:{self.visitor.core_user_uuid}"
        return f"key:{self.key.pk}" if self.key else f"user:{self.person().pk}"

    @property
    def name(self) -> str:
        """Return who acts in words, for people to read."""
        if self.visitor:
            return f"{self.visitor.username} ({self.visitor.issuer.issuer})"
        return self.key.name if self.key else self.person().get_username()

    def person(self) -> User:
        """Return the user; for a key without one, and for a visitor, the organization's first owner."""
        if self.user:
            return self.user
        owners = Membership.objects.filter(role=Role.OWNER).select_related("user")
        return owners.earliest("pk").user


def find(request: Any) -> Principal | None:
    """Return the principal of a Django or DRF request; None for anonymous ones and platform administrators."""
    return getattr(getattr(request, "_request", request), "principal", None)


def require(request: Any) -> Principal:
    """Return the principal of a request that passed a permission, so that there is one."""
    found = find(request)
    if found is None:
        raise LookupError("The request has no principal.")
    return found
