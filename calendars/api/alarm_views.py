"""Viewsets of alarms and their attempts."""

from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.base import WriteViews
from calendars.api import alarm_serializers, filters
from calendars.models import Alarm, AlarmRequest, Event
from calendars.services.alarms import alarms, manual_attempts
from config.kernel import clock
from notifications.services import outbox


class AlarmViews(WriteViews):
    """Messages that tell of events, ahead of them."""

    model = Alarm
    related = ("event",)
    shown = ("event.time_zone",)
    serializer_class = alarm_serializers.AlarmSerializer
    filterset_class = filters.AlarmFilter
    search_fields = ("alarm_phonenumber", "alarm_email", "event__title")
    ordering_fields = ("id", "date_start_notice", "due_at", "status", "created_date")

    def lock(self, row: Alarm) -> None:
        """Lock the event and the message that waits first."""
        Event.objects.lock(row.event_id)
        outbox.lock("alarm", [row.pk])
        super().lock(row)

    def perform_create(self, serializer: Any) -> None:
        """Give an event an alarm, and the coming occurrences of a series theirs."""
        fields = dict(serializer.validated_data)
        serializer.instance = alarms.create(fields.pop("event"), now=clock.now(), **fields)

    def perform_update(self, serializer: Any) -> None:
        """Change it; a message that waits is planned anew."""
        fields = {name: value for name, value in serializer.validated_data.items() if name != "event"}
        serializer.instance = alarms.change(serializer.instance, now=clock.now(), **fields)

    def perform_destroy(self, instance: Alarm) -> None:
        """Remove it and take its message back."""
        alarms.delete(instance, now=clock.now())

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def send_now(self, request: Request, pk: str) -> Response:
        """Let it leave as soon as its daily window allows."""
        return self.answer(alarms.send_now(self.get_object(), now=clock.now()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def retry(self, request: Request, pk: str) -> Response:
        """Try again what failed."""
        return self.answer(alarms.retry(self.get_object(), now=clock.now()))


class AlarmRequestViews(WriteViews):
    """Attempts of alarms; those that were made elsewhere can be written down, changed and removed."""

    model = AlarmRequest
    related = ("alarm__event", "organization")
    shown = ("time_zone",)
    serializer_class = alarm_serializers.AlarmRequestSerializer
    filterset_class = filters.AlarmRequestFilter
    search_fields = ("alarm__event__title", "alarm__alarm_phonenumber")
    ordering_fields = ("id", "date", "status", "created_date")

    def perform_update(self, serializer: Any) -> None:
        """Correct what was written down."""
        manual_attempts.change(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: AlarmRequest) -> None:
        """Remove what was written down."""
        manual_attempts.delete(instance)

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        filters=False,
        parameters=[OpenApiParameter("id", int, OpenApiParameter.PATH, description="The id of an event.")],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def get_nested_alarm_request(self, request: Request, pk: str) -> Response:
        """Tell all attempts of an event and its occurrences, by alarm; the id is the event's."""
        event = get_object_or_404(Event.objects.all(), pk=pk)
        of_family = Alarm.objects.filter(Q(event=event) | Q(event__parent_event=event))
        rows = of_family.prefetch_related("requests").order_by("-pk")
        told = {f"alarm-{alarm.pk}": self._alarm(alarm) for alarm in rows}
        return Response({"event-url": self._url("event", event.pk), f"event-{event.pk}": told})

    def _alarm(self, alarm: Alarm) -> dict[str, Any]:
        told = {f"alarm-request-{row.pk}": self._attempt(row) for row in alarm.requests.all()}
        return {"url": self._url("alarm", alarm.pk), **told}

    def _attempt(self, row: AlarmRequest) -> dict[str, str]:
        # Without a call the older interface prints an address that ends in None.
        call = self._url("callrequest", row.callrequest_id)
        return alarm_serializers.attempt(row, url=self._url("alarmrequest", row.pk), call_url=call)

    def _url(self, name: str, pk: int | None) -> str:
        return f"{reverse(f'{name}-list', request=self.request)}{pk}/"
