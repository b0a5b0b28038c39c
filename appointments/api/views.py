"""Viewsets of appointments."""

from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WriteViews
from appointments.api import serializers
from appointments.api.filters import AppointmentFilter
from appointments.models import Appointment
from appointments.services import booking, calendar_file
from calendars.services import events, locking
from config.kernel import clock
from config.kernel.api.calendar_renderer import CONTENT_TYPE, CalendarRenderer
from config.kernel.api.lists import Cursor


class AppointmentViews(WriteViews):
    """Visits; each has its event in a calendar, which follows it."""

    model = Appointment
    related = ("event",)
    shown = ("event.version", "event.calendar_id", "event.time_zone", "event.warnings")
    pagination_class = Cursor
    filterset_class = AppointmentFilter
    search_fields = ("title", "external_id", "contact__first_name", "contact__last_name")
    ordering_fields = ("id", "starts_at", "ends_at")
    ordering: ClassVar = ["id"]

    def get_serializer_class(self) -> Any:
        """Take a series when a visit is booked."""
        if self.action == "create":
            return serializers.NewAppointmentSerializer
        return serializers.AppointmentSerializer

    def lock(self, row: Appointment) -> None:
        """Lock the series and the event first."""
        locking.lock_series(row.event)
        locking.lock(row.event_id)
        super().lock(row)

    def perform_create(self, serializer: Any) -> None:
        """Book the visit and its event."""
        serializer.instance = booking.book(now=clock.now(), **serializer.validated_data)

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        """Move the visit, bring it into another status, or change what it says."""
        row, fields, now = serializer.instance, dict(serializer.validated_data), clock.now()
        if {"starts_at", "ends_at"} & set(fields):
            start = fields.pop("starts_at", row.starts_at)
            booking.move(row, starts_at=start, ends_at=fields.pop("ends_at", None), now=now)
        if "calendar" in fields:
            events.change(row.event, calendar=fields.pop("calendar"), now=now)
        if fields.get("status", row.status) != row.status:
            booking.set_status(row, status=fields["status"], now=now)
        fields.pop("status", None)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))
        serializer.instance = self.get_queryset().get(pk=row.pk)

    def perform_destroy(self, instance: Appointment) -> None:
        """Remove the visit with its event, and take its messages back."""
        events.delete(instance.event, now=clock.now())

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Note that the patient will come."""
        row = self.get_object()
        booking.confirm(row, now=clock.now())
        return self.answer(row)

    @extend_schema(request=serializers.VisitReasonSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel the visit with its event, and stop its messages."""
        row = self.get_object()
        given = serializers.VisitReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        booking.cancel(row, now=clock.now(), **given.validated_data)
        return self.answer(row)

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[CalendarRenderer])
    def ics(self, request: Request, pk: str) -> HttpResponse:
        """Give the visit as a file for the patient's calendar: what, when and where, and no name."""
        row = self.get_object()
        headers = {"Content-Disposition": f'attachment; filename="appointment-{row.pk}.ics"'}
        return HttpResponse(calendar_file.of(row), content_type=CONTENT_TYPE, headers=headers)
