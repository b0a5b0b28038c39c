"""Who is behind a request: a user or an API key, the organization they act for, and their role."""

from dataclasses import dataclass
from typing import Any

from accounts.engine.roles import Area, may
from accounts.models import ApiKey, Organization, User


@dataclass(frozen=True)
class Principal:
    """A signed-in person or an API key, acting for one organization."""

    user: User | None
    organization: Organization
    role: str
    via: str  # session, basic, key
    key: ApiKey | None = None

    def may(self, area: Area, action: str) -> bool:
        """Say whether it may `read` or `write` in an area."""
        return may(self.role, area, action)


def of(request: Any) -> Principal | None:
    """Return the principal of a request (Django's or DRF's), None for strangers and platform administrators."""
    return getattr(getattr(request, "_request", request), "principal", None)
