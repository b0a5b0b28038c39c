"""Feed addresses under /rest-api/, and the feeds themselves under their secrets."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal, tenancy
from accounts.api.base import RetrieveMixin, TenantSerializer
from accounts.engine import entity_tags
from accounts.errors import TooManyRequests
from accounts.models import Via
from accounts.services import audit
from calendars.api.ical_files import OfCalendarViews
from calendars.engine.icalendar.event_writer import ExportStyle, calendar_properties
from calendars.engine.states import Detail
from calendars.models import CalendarFeed
from calendars.services.exchange import access_log, feed_addresses, ical_export
from config.kernel import clock
from config.kernel.api.calendar_renderer import CONTENT_TYPE


class CalendarFeedSerializer(TenantSerializer):
    """A secret address of a calendar, without the address: it was shown when it was made."""

    created_by = serializers.CharField(source="created_by.username", read_only=True, allow_null=True, default=None)

    class Meta:
        model = CalendarFeed
        fields: tuple[str, ...] = ("id", "name", "detail", "created_by", "created_at", "last_used_at", "revoked_at")
        read_only_fields = ("revoked_at",)


class NewCalendarFeedSerializer(CalendarFeedSerializer):
    """The same with its address, this once."""

    address = serializers.CharField(
        read_only=True, help_text=_("Shown this once: everybody who knows it can read the calendar.")
    )

    class Meta(CalendarFeedSerializer.Meta):
        fields = (*CalendarFeedSerializer.Meta.fields, "address")


class CalendarFeedViews(
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    RetrieveMixin,
    OfCalendarViews,
):
    """Secret addresses under which calendar apps read a calendar."""

    model = CalendarFeed
    related = ("created_by",)
    shown = ("created_by.username",)
    filterset_fields = ("detail",)
    search_fields = ("name",)
    ordering_fields = ("id", "name", "last_used_at")

    def get_serializer_class(self) -> Any:
        """Show the address in the answer to its making only."""
        return NewCalendarFeedSerializer if self.action == "create" else CalendarFeedSerializer

    def perform_create(self, serializer: Any) -> None:
        """Make the feed."""
        fields = {"detail": Detail.MINIMAL, **serializer.validated_data}
        maker = principal.require(self.request).user
        made, secret = feed_addresses.create(self.calendar, created_by=maker, **fields)
        serializer.instance = made
        serializer.instance.address = feed_url(self.request, secret)

    def perform_destroy(self, instance: CalendarFeed) -> None:
        """Revoke it; its row stays."""
        feed_addresses.revoke(instance, now=clock.now())

    @extend_schema(request=None, responses=CalendarFeedSerializer)
    @action(detail=True, methods=["post"], has_body=False)
    def revoke(self, request: Request, **kwargs: str) -> Response:
        """Close the address at once."""
        row = self.get_object()
        feed_addresses.revoke(row, now=clock.now())
        return self.answer(row)


def feed_url(request: Any, secret: str) -> str:
    """Return the whole address of a feed."""
    return request.build_absolute_uri(reverse("calendar-feed", args=[secret]))


@transaction.non_atomic_requests
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Return a calendar by its secret address; 304 where nothing changed, 404 where there is none (any more)."""
    found = feed_addresses.find_by_secret(secret)
    if found is None:
        raise Http404
    try:
        feed_addresses.count_request(found)
    except TooManyRequests as error:
        return HttpResponse(
            error.message,
            status=429,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(error.retry_after)},
        )
    feed_addresses.record_use(found, now=clock.now())
    reader = replace(audit.actor(), via=Via.FEED, identity=f"feed:{found.pk}", name=found.name)
    with audit.acting(reader):
        return _answer(request, found)


def _answer(request: HttpRequest, found: CalendarFeed) -> HttpResponseBase:
    with tenancy.tenant(found.organization.pk):
        version, latest = ical_export.versions([found.calendar])[found.calendar.pk]
    headers = {
        "ETag": f'"{version}-{found.detail}"',
        "Cache-Control": "private, no-cache",
        "Last-Modified": http_date(latest),
    }
    if entity_tags.is_known(request.headers.get("If-None-Match"), headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPE, headers=headers)
    access_log.record_read(found.calendar, detail=found.detail)
    style = ExportStyle(str(found.organization.uuid), busy=found.detail == Detail.MINIMAL)
    pieces = ical_export.stream_calendar(found.calendar, style, head=calendar_properties(found.calendar.name))
    return StreamingHttpResponse(pieces, content_type=CONTENT_TYPE, headers=headers)


def http_date(at: datetime) -> str:
    """Return an instant as HTTP headers write it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)
