"""Viewsets of what is noted and told of visits: notes, notifications, driving times."""

from collections.abc import Sequence
from typing import Any

from rest_framework.serializers import BaseSerializer

from accounts.api.base import WriteViews
from accounts.api.filters import TenantFilterSet
from appointments.api import filters, record_serializers
from appointments.models import AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from appointments.services import driving_times, visit_notes, visit_notifications
from config.kernel import clock


class NoteViews(WriteViews):
    """Notes on visits."""

    model = AppointmentNote
    serializer_class: type[BaseSerializer[Any]] = record_serializers.NoteSerializer
    filterset_class: type[TenantFilterSet] | None = filters.NoteFilter
    search_fields: Sequence[str] = ("note",)
    ordering_fields: Sequence[str] = ("id", "type")

    def perform_create(self, serializer: Any) -> None:
        """Write the note."""
        given = {"type": AppointmentNote.Type.PRIMARY, **serializer.validated_data}
        serializer.instance = visit_notes.create(**given)

    def perform_update(self, serializer: Any) -> None:
        """Change the note."""
        serializer.instance = visit_notes.change(serializer.instance, **serializer.validated_data)


class NotificationViews(WriteViews):
    """E-mails about visits; the outbox sends each once."""

    model = AppointmentNotification
    serializer_class: type[BaseSerializer[Any]] = record_serializers.NotificationSerializer
    filterset_class: type[TenantFilterSet] | None = filters.NotificationFilter
    search_fields: Sequence[str] = ("recipient", "subject")
    ordering_fields: Sequence[str] = ("id", "sent_at")

    def perform_create(self, serializer: Any) -> None:
        """Write what is missing, and send it where that is wanted."""
        serializer.instance = visit_notifications.create(now=clock.now(), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change it, and send it where that is wanted and was not done."""
        row = visit_notifications.change(serializer.instance, now=clock.now(), **serializer.validated_data)
        serializer.instance = row


class DrivingTimeViews(WriteViews):
    """How far it is to visits."""

    model = AppointmentDrivingTime
    serializer_class: type[BaseSerializer[Any]] = record_serializers.DrivingTimeSerializer
    filterset_class: type[TenantFilterSet] | None = filters.DrivingTimeFilter
    search_fields: Sequence[str] = (
        "appointment__title",
        "appointment__contact__first_name",
        "appointment__contact__last_name",
    )
    ordering_fields: Sequence[str] = ("id", "time_point")

    def perform_create(self, serializer: Any) -> None:
        """Note the driving time."""
        serializer.instance = driving_times.create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change the driving time."""
        serializer.instance = driving_times.change(serializer.instance, **serializer.validated_data)
