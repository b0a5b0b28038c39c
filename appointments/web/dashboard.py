"""What the admin's first page shows (UNFOLD's DASHBOARD_CALLBACK)."""

from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts import principal
from accounts.models import Organization
from appointments.engine.states import VisitStatus
from appointments.web.view_models import day_view
from config.kernel import clock


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the day of the organization; platform administrators get the list of organizations."""
    found = principal.find(request)
    if found:
        context["desk"] = day_view.at_a_glance(fallback_zone=found.organization.time_zone, now=clock.now())
        context["lists"] = lists(context["desk"].days[0])
        context["organization"] = found.organization
    else:
        context["organizations"] = Organization.objects.all()[:50]
    return context


def lists(day: day_view.DaySchedule) -> dict[str, str]:
    """Return the addresses of the lists behind a day's numbers."""
    kept = ",".join(status for status in VisitStatus if status != VisitStatus.CANCELLED)
    return {
        "total": _list(day, status__in=kept),
        "confirmed": _list(day, status__exact=VisitStatus.CONFIRMED),
        "waiting": _list(day, status__exact=VisitStatus.SCHEDULED),
    }


def _list(day: day_view.DaySchedule, **status: str) -> str:
    span = {"starts_at__gte": day.start, "starts_at__lt": day.end}
    instants = {name: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, at in span.items()}
    return f"{reverse('admin:appointments_appointment_changelist')}?{urlencode({**instants, **status})}"
