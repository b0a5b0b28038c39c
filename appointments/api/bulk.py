"""Many visits in one request: made or changed, each with a result of its own."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from appointments.api.serializers import AppointmentSerializer, NewAppointmentSerializer
from appointments.models import Appointment
from appointments.services import new_visits, visits
from config.kernel import clock
from config.kernel.api import error_responses
from config.kernel.errors import PunctualError

MOST = 1000
# What belongs to the making of a visit; sent again with a visit that is known, it changes nothing.
OF_NEW = ("contact", "new_contact", "reminder", "creator", "rule", "recurrence", "end_recurring_period", "on_closure")


class BulkItemSerializer(NewAppointmentSerializer):
    """A visit to be made; or, with the `id` or the `external_id` of one that is known, to be changed."""

    id = serializers.IntegerField(
        required=False, write_only=True, help_text=gettext_lazy("Of the visit that is to be changed.")
    )


class BulkRequestSerializer(serializers.Serializer):
    """Visits to be made and changed."""

    items = BulkItemSerializer(many=True, help_text=gettext_lazy("At most 1,000."))


class BulkResultSerializer(serializers.Serializer):
    """What became of one item."""

    index = serializers.IntegerField(help_text=gettext_lazy("Its place among the items, from 0."))
    status = serializers.IntegerField(help_text=gettext_lazy("As of a request for it alone: 201, 200, 400, 404, 409."))
    id = serializers.IntegerField(required=False)
    url = serializers.URLField(required=False)
    contact = serializers.URLField(required=False, allow_null=True)
    external_id = serializers.CharField(required=False)
    refusal = serializers.DictField(required=False, help_text=gettext_lazy("Messages by field, and a `code`."))


class BulkAnswerSerializer(serializers.Serializer):
    """What became of each item, in their order."""

    results = BulkResultSerializer(many=True)


class BulkActions:
    """Makes and changes many visits."""

    request: Any
    get_serializer_context: Any

    @extend_schema(request=BulkRequestSerializer, responses={200: BulkAnswerSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Make and change up to 1,000 visits; what is wrong with one leaves the others alone."""
        items = request.data.get("items") if isinstance(request.data, dict) else None
        if not isinstance(items, list) or not 0 < len(items) <= MOST:
            words = _("Send a list of 1 to %(most)s visits.") % {"most": MOST}
            raise exceptions.ValidationError({"items": [words]})
        return Response({"results": BulkRun(request, self.get_serializer_context()).results(items)})


@dataclass
class BulkRun:
    """The work on the items of one request."""

    request: Request
    context: dict[str, Any]

    def results(self, items: list[Any]) -> list[dict[str, Any]]:
        """Return what became of each item."""
        # Many name the same calendar and template.
        self.context = {**self.context, "links": {}}
        self.now = clock.now()
        self.changes = AppointmentSerializer(partial=True, context=self.context)
        known = self._known(items)
        maker = NewAppointmentSerializer(context=self.context)
        told: dict[int, dict[str, Any]] = {}
        new: dict[int, Any] = {}
        for place, item in enumerate(items):
            try:
                if place in known:
                    told[place] = self._changed(known[place], item)
                else:
                    new[place] = maker.run_validation(item)
            except (PunctualError, exceptions.APIException) as error:
                told[place] = _refused(error)
        for place, made in zip(new, new_visits.book_many(list(new.values()), now=self.now), strict=True):
            told[place] = _refused(made) if isinstance(made, PunctualError) else self._told(made, 201)
        return [{"index": place, **told[place]} for place in range(len(items))]

    def _known(self, items: list[Any]) -> dict[int, Appointment | None]:
        """Return the visits that items mean by their id or external id, by the place of the item."""
        ids, names = set(), set()
        for item in items:
            own = item if isinstance(item, dict) else {}
            ids |= {own["id"]} if _is_number(own.get("id")) else set()
            names |= {own["external_id"]} if own.get("external_id") and isinstance(own["external_id"], str) else set()
        rows = Appointment.objects.select_related("event__calendar", "contact", "clinic")
        by_id = rows.in_bulk(list(ids)) if ids else {}
        by_name = {row.external_id: row for row in rows.filter(external_id__in=names)} if names else {}
        found: dict[int, Appointment | None] = {}
        for place, item in enumerate(items):
            own = item if isinstance(item, dict) else {}
            if "id" in own:
                found[place] = by_id.get(own["id"]) if _is_number(own["id"]) else None
            elif isinstance(own.get("external_id"), str) and own["external_id"] in by_name:
                found[place] = by_name[own["external_id"]]
        return found

    def _changed(self, row: Appointment | None, item: dict[str, Any]) -> dict[str, Any]:
        if row is None:
            raise exceptions.NotFound
        given = {name: value for name, value in item.items() if name not in (*OF_NEW, "id")}
        # Its fields are built once for all items.
        self.changes.instance = row
        fields = dict(self.changes.run_validation(given))
        status, overlap = fields.pop("status", row.status), fields.pop("overlap_reason", "")
        if visits.says_nothing_new(row, status=status, **fields):
            return self._told(row, 200)
        with transaction.atomic():
            visits.change(row, now=self.now, overlap_reason=overlap, **fields)
            if status != row.status:
                visits.set_status(row, status=status, now=self.now)
        return self._told(row, 200)

    def _told(self, row: Appointment, status: int) -> dict[str, Any]:
        url, contact = (
            pk and reverse(f"{name}-detail", [pk], request=self.request)
            for name, pk in (("appointment", row.pk), ("contact", row.contact_id))
        )
        return {"status": status, "id": row.pk, "url": url, "contact": contact, "external_id": row.external_id}


def _is_number(value: Any) -> bool:
    """Return whether it can be an id; to Python, true is a number, too."""
    return isinstance(value, int) and not isinstance(value, bool)


def _refused(error: PunctualError | exceptions.APIException) -> dict[str, Any]:
    status, body = error_responses.refusal(error)
    return {"status": status, "refusal": body}
