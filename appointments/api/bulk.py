"""Many visits in one request."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.bulk import BulkChange, BulkResultSerializer, BulkRun
from appointments.api import taken_times
from appointments.api.serializers import AppointmentSerializer, NewAppointmentSerializer
from appointments.errors import SlotTaken
from appointments.models import Appointment
from appointments.services import new_visits, visit_changes, visit_warnings
from config.kernel.errors import PunctualError


class VisitItemSerializer(NewAppointmentSerializer):
    """A visit to be made; or, with the `id` or the `external_id` of one that is known, to be changed."""

    id = serializers.IntegerField(
        required=False, write_only=True, help_text=gettext_lazy("Of the visit that is to be changed.")
    )


class VisitItemsSerializer(serializers.Serializer):
    """Visits to be made and changed."""

    items = VisitItemSerializer(many=True, help_text=gettext_lazy("At most 1,000."))


class VisitResultSerializer(BulkResultSerializer):
    """What became of one visit."""

    contact = serializers.URLField(required=False, allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    warning_codes = serializers.ListField(child=serializers.CharField(), required=False)


class VisitResultsSerializer(serializers.Serializer):
    """What became of each visit, in their order."""

    results = VisitResultSerializer(many=True)


class VisitBulkRun(BulkRun[Appointment]):
    """Makes and changes visits."""

    new_serializer = NewAppointmentSerializer
    change_serializer = AppointmentSerializer
    of_new = (
        "contact",
        "new_contact",
        "reminder",
        "creator",
        "rule",
        "recurrence",
        "end_recurring_period",
        "on_closure",
        "occurrences",
        "hold",
    )

    def answer(self) -> Response:
        """Tell with each visit that was made or changed what is odd about it, too."""
        self.written: list[Appointment] = []
        response = super().answer()
        odd = visit_warnings.find(self.written, now=self.now)
        for each in response.data["results"]:
            if found := odd.get(each.get("id", 0)):
                each |= {"warnings": [one.words for one in found], "warning_codes": [one.code for one in found]}
        return response

    def refused(self, error: PunctualError | exceptions.APIException) -> dict[str, Any]:
        """Tell of a time that is taken who has it, and what is free nearby."""
        told = super().refused(error)
        if isinstance(error, SlotTaken):
            told["refusal"] |= taken_times.of_error(error, self.request)
        return told

    def known(self) -> QuerySet[Any]:
        """Return the visits."""
        return Appointment.objects.select_related("event__calendar", "contact", "clinic")

    def make(self, wanted: Sequence[dict[str, Any]]) -> Sequence[Appointment | PunctualError]:
        """Book visits."""
        return new_visits.book_many(wanted, now=self.now)

    def change(self, wanted: Sequence[BulkChange[Appointment]]) -> Sequence[Appointment | PunctualError]:
        """Change visits, those that get other texts only together."""
        return visit_changes.change_many([(each.row, each.fields) for each in wanted], now=self.now)

    def told(self, row: Appointment) -> dict[str, Any]:
        """Say whose it is, too."""
        self.written.append(row)
        return {**super().told(row), "contact": row.contact and self.url(row.contact)}


class VisitBulkActions:
    """Makes and changes many visits."""

    request: Any
    get_serializer_context: Any

    @extend_schema(request=VisitItemsSerializer, responses={200: VisitResultsSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Make and change up to 1,000 visits; what is wrong with one leaves the others alone."""
        return VisitBulkRun(request, self.get_serializer_context()).answer()
