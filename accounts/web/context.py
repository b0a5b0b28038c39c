"""Context processors: the support access under which one works, and whether the simulator is installed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils import timezone

from accounts import principal
from accounts.models import Organization, SupportAccess, User
from accounts.request_facts import now_of
from accounts.services import support


@dataclass
class SupportContext:
    """The support accesses of a platform administrator; queries the database only where they are shown."""

    request: HttpRequest
    access: SupportAccess | None
    platform: bool

    @cached_property
    def others(self) -> list[Organization]:
        """Return the other organizations with an open support access."""
        user: Any = self.request.user
        found = [access.organization for access in support.current_accesses(user, now=now_of(self.request))]
        return [row for row in found if not self.access or row.pk != self.access.organization_id]

    @property
    def zone(self) -> str:
        """Return the name of the zone in which times are shown."""
        return timezone.get_current_timezone_name()


def support_context(request: HttpRequest) -> dict[str, Any]:
    """Add `support` for platform administrators (a context processor)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_superuser:
        return {}
    found = principal.find(request)
    return {"support": SupportContext(request, found.access if found else None, platform=found is None)}


def simulator(request: HttpRequest) -> dict[str, Any]:
    """Add `simulator`: whether the phone simulator is installed, so that pages can link to it."""
    return {"simulator": apps.is_installed("simulator")}
