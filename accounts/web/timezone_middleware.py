"""The wall clock of admin pages."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import principal


class AdminZoneMiddleware:
    """Shows and reads times in the admin on the organization's wall clock; platform administrators work in UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the time zone of the request's principal."""
        found = principal.find(request)
        if not found or not request.path.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(ZoneInfo(found.organization.time_zone)):
            return self.get_response(request)
