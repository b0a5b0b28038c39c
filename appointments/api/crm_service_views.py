"""Viewsets at the older appointment service's documented paths."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.response import Response

from accounts.api import crm_service
from accounts.api.base import TenantViews
from accounts.api.crm_service import CrmServiceViews
from appointments.api import crm_service_serializers as serializers
from appointments.api.crm_service_filters import BareList, CrmServiceFilter, CrmServiceOrdering
from appointments.api.record_views import DrivingTimeViews, NoteViews, NotificationViews
from appointments.api.views import AppointmentRows
from appointments.services import crm_service_visits, visits
from config.kernel import clock
from config.kernel.api.lists import StableOrdering
from config.kernel.errors import PunctualError
from contacts.models import Contact

UUID = "[0-9a-fA-F-]{32,36}"
# What the older service calls the fields of a visit.
NAMES = {
    "title": "name",
    "starts_at": "start_date",
    "ends_at": "end_date",
    "type_names": "type",
    "contact": "contact_uuid",
}


class ByUuid:
    """Rows that are known by their UUIDs; a parameter that asks for changes is one that this service does not know."""

    lookup_field = "uuid"
    lookup_value_regex = UUID

    @property
    def paginator(self) -> Any:
        """Page as the resource does."""
        return super(TenantViews, self).paginator


class CrmServiceAppointmentViews(ByUuid, CrmServiceViews, AppointmentRows):
    """Appointments of the older service."""

    serializer_class = serializers.CrmServiceAppointmentSerializer
    related = ("event", "contact", "organization")
    prefetched = ("notes", "driving_times")
    shown = (
        *AppointmentRows.shown,
        "notes",
        "driving_times",
        "organization.uuid",
        "contact",
        "contact.phones",
        "contact.emails",
        "contact.addresses",
        "contact.contact_type",
    )
    filter_backends = (CrmServiceFilter, CrmServiceOrdering)
    ordering_fields = ("id", "start_date", "end_date")
    ordering_names: ClassVar = {"start_date": "starts_at", "end_date": "ends_at"}

    def get_queryset(self) -> QuerySet[Any]:
        """Fetch with a page of appointments what is told of their contacts."""
        needs = crm_service.serializer_of(Contact).needs
        return super().get_queryset().prefetch_related(*(f"contact__{need}" for need in needs))

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Answer refusals of some filters as bare lists."""
        return _exception_handler

    def perform_create(self, serializer: Any) -> None:
        """Book it."""
        owner = crm_service.person_uuid(self.request)
        with _older_names():
            serializer.instance = crm_service_visits.book(serializer.validated_data, owner_uuid=owner, now=clock.now())

    def perform_update(self, serializer: Any) -> None:
        """Change it."""
        with _older_names():
            row = crm_service_visits.change(serializer.instance, serializer.validated_data, now=clock.now())
        serializer.instance = row

    def perform_destroy(self, instance: Any) -> None:
        """Remove it with its event."""
        visits.delete(instance, now=clock.now())


class NotificationsViews(CrmServiceViews, NotificationViews):
    """E-mails about appointments."""

    serializer_class = serializers.CrmServiceNotificationSerializer
    pagination_class = None
    filterset_class = None
    search_fields = ()
    filter_backends = (StableOrdering,)
    ordering_fields = ("id",)


class NotesViews(CrmServiceViews, NoteViews):
    """Notes on appointments."""

    serializer_class = serializers.CrmServiceNoteSerializer
    pagination_class = None
    filterset_class = None
    search_fields = ()
    filter_backends = (StableOrdering,)
    ordering_fields = ("id",)
    is_put_partial = False


class DrivingTimesViews(ByUuid, CrmServiceViews, DrivingTimeViews):
    """Driving times of appointments."""

    serializer_class = serializers.CrmServiceDrivingTimeSerializer
    pagination_class = None
    filterset_class = None
    search_fields = ()
    filter_backends = (StableOrdering,)
    ordering_fields = ("id",)
    is_put_partial = False


def _exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, BareList):
        return Response(error.detail, status=error.status_code)
    return crm_service.exception_handler(error, context)


@contextmanager
def _older_names() -> Iterator[None]:
    """Let errors name the fields as the older service does."""
    try:
        yield
    except PunctualError as error:
        error.field = NAMES.get(error.field, error.field)
        raise
