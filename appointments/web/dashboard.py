"""What the admin's first page shows (UNFOLD's DASHBOARD_CALLBACK)."""

from typing import Any

from django.http import HttpRequest

from accounts import principal
from accounts.models import Organization
from appointments.services import desk
from config.kernel import clock


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the day of the organization; platform administrators get the list of organizations."""
    found = principal.of(request)
    if found:
        context["desk"] = desk.at_a_glance(fallback_zone=found.organization.time_zone, now=clock.now())
        context["organization"] = found.organization
    else:
        context["organizations"] = Organization.objects.all()[:50]
    return context
