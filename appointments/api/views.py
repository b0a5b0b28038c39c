"""Viewsets of appointments."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WriteViews
from appointments.api import serializers, taken_times
from appointments.api.bulk import VisitBulkActions
from appointments.api.filters import AppointmentFilter
from appointments.api.taken_times import PreviewSerializer, TakenTimesMixin
from appointments.models import Appointment
from appointments.services import new_visits, visit_ical, visit_warnings, visits
from appointments.services.visit_warnings import VisitWarning
from calendars.engine.states import Reach
from calendars.models import Event
from calendars.services.event_edit_routing import reach_of
from config.kernel import clock
from config.kernel.api.calendar_renderer import CONTENT_TYPE, CalendarRenderer
from config.kernel.api.lists import Cursor

# How much of a series an edit is about.
REACH = OpenApiParameter(
    "edit",
    OpenApiTypes.STR,
    enum=[str(reach) for reach in Reach],
    description="How much of a series: `this` visit, this and the `following`, or `all`. Left out: this visit.",
)


class AppointmentRows(WriteViews):
    """Visits; each has its event in a calendar, which follows it."""

    model = Appointment
    related: ClassVar[Sequence[str]] = ("event",)
    shown: ClassVar[Sequence[str]] = (
        "event.version",
        "event.updated_at",
        "event.calendar_id",
        "event.time_zone",
        "event.warnings",
    )
    pagination_class = Cursor
    ordering: ClassVar = ["id"]

    def changed_from(self, number: int) -> Q:
        """Return the visits that changed, and those whose events did."""
        if not number:
            return Q()
        return super().changed_from(number) | Q(event__in=Event.objects.filter(updated_in__gte=number))

    def lock(self, row: Appointment) -> None:
        """Lock the series and the event first."""
        Event.objects.lock_series(row.event)
        Event.objects.lock(row.event_id)
        super().lock(row)


class AppointmentViews(TakenTimesMixin, VisitBulkActions, AppointmentRows):
    """Visits, singly and as series."""

    parameters: ClassVar = dict.fromkeys(
        ("update", "partial_update", "destroy", "confirm", "cancel", "restore"), ("edit",)
    )
    filterset_class = AppointmentFilter
    search_fields = ("title", "external_id", "contact__first_name", "contact__last_name")
    ordering_fields = ("id", "starts_at", "ends_at")

    def get_serializer_class(self) -> Any:
        """Take a series when a visit is booked."""
        if self.action == "create":
            return serializers.NewAppointmentSerializer
        return serializers.AppointmentSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """Add what is odd about the visit that was written just now."""
        more = {} if self.answered is None else {serializers.WARNINGS: self._warnings}
        return {**super().get_serializer_context(), **more}

    @cached_property
    def _warnings(self) -> dict[int, list[VisitWarning]]:
        """What is odd about the visit that is answered."""
        if self.request.method in SAFE_METHODS:
            return {}
        return visit_warnings.find([self.answered], now=clock.now())

    def perform_create(self, serializer: Any) -> None:
        """Book the visit and its event."""
        serializer.instance = new_visits.book(serializer.validated_data, now=clock.now())

    @extend_schema(parameters=[REACH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace a visit, and as much of its series as `edit` says."""
        return super().update(request, *args, **kwargs)

    @extend_schema(parameters=[REACH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a visit, and as much of its series as `edit` says."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(parameters=[REACH])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a visit with its event, and as much of its series as `edit` says; its messages are taken back."""
        return super().destroy(request, *args, **kwargs)

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        """Change the visit, and bring it into another status."""
        row, fields = serializer.instance, dict(serializer.validated_data)
        how: dict[str, Any] = {"now": clock.now(), "reach": self._reach() or Reach.THIS}
        status = fields.pop("status", row.status)
        visits.change(row, **how, **fields)
        if status != row.status:
            visits.set_status(row, status=status, **how)
        serializer.instance = self.get_queryset().get(pk=row.pk)

    def perform_destroy(self, instance: Appointment) -> None:
        """Remove the visit with its event."""
        visits.delete(instance, now=clock.now(), reach=self._reach())

    @extend_schema(request=None, parameters=[REACH])
    @action(detail=True, methods=["post"], has_body=False)
    def confirm(self, request: Request, pk: str) -> Response:
        """Note that the patient will come."""
        row = self.get_object()
        visits.confirm(row, now=clock.now(), reach=self._reach() or Reach.THIS)
        return self.answer(row)

    @extend_schema(request=serializers.VisitReasonSerializer, parameters=[REACH])
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel the visit with its event, and stop its messages."""
        row = self.get_object()
        given = serializers.VisitReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        visits.cancel(row, now=clock.now(), reach=self._reach() or Reach.THIS, **given.validated_data)
        return self.answer(row)

    @extend_schema(request=serializers.RestoreVisitSerializer, parameters=[REACH])
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Let a cancelled visit take place after all, with new reminders; `edit` also those cancelled with it."""
        row = self.get_object()
        given = serializers.RestoreVisitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        visits.restore(row, now=clock.now(), reach=self._reach() or Reach.THIS, **given.validated_data)
        return self.answer(row)

    @extend_schema(responses=serializers.HistoryEntrySerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_class=None, filter_backends=())
    def history(self, request: Request, pk: str) -> Response:
        """Tell what became of the visit, the first change in front: booked, moved, renamed, other statuses."""
        rows = self.get_object().history.select_related("appointment__event")
        page = self.paginate_queryset(rows)
        told = serializers.HistoryEntrySerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(told.data)

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[CalendarRenderer])
    def ics(self, request: Request, pk: str) -> HttpResponse:
        """Give the visit as a file for the patient's calendar: what, when and where, and no name."""
        row = self.get_object()
        headers = {"Content-Disposition": f'attachment; filename="appointment-{row.pk}.ics"'}
        return HttpResponse(visit_ical.of(row), content_type=CONTENT_TYPE, headers=headers)

    @extend_schema(request=serializers.NewAppointmentSerializer, responses={200: PreviewSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def preview(self, request: Request) -> Response:
        """Tell what booking this would book, each occurrence with who has its time; nothing is booked."""
        wanted = serializers.NewAppointmentSerializer(data=request.data, context=self.get_serializer_context())
        wanted.is_valid(raise_exception=True)
        found = new_visits.preview(wanted.validated_data, now=clock.now())
        return Response({"occurrences": [taken_times.planned(each, request) for each in found]})

    def _reach(self) -> Reach | None:
        return reach_of(self.request.query_params.get("edit", ""))
