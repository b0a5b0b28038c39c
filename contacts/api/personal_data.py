"""A person's own data, handed out and erased; for owners and managers."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area
from config.kernel import clock
from contacts.models import Erasure
from contacts.personal_data_response import FORMATS, download
from contacts.services import erasure, personal_data_export


class ErasureSerializer(serializers.ModelSerializer):
    """When a person was erased, what stands in place of their number, and how many rows were blanked."""

    class Meta:
        model = Erasure
        fields = ("contact", "token", "erased_at", "counts")
        read_only_fields = fields


class PrivacyActions:
    """Export and erasure of one contact."""

    # What reading needs; the actions below ask for more.
    to_read = READ
    parameters: ClassVar = {"export": ("as",)}
    # What the view beside this mixin has.
    get_object: Any

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=FORMATS, description="One document, or a ZIP of CSV files.")],
        request=None,
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], area=Area.PRIVACY, to_read=WRITE)
    def export(self, request: Request, pk: str) -> HttpResponse:
        """Return everything that is stored about a contact."""
        wanted = request.query_params.get("as", "json")
        if wanted not in FORMATS:
            raise serializers.ValidationError({"as": [_("Write %(choices)s.") % {"choices": " or ".join(FORMATS)}]})
        found = personal_data_export.collect(self.get_object(), now=clock.now())
        return download(found, wanted)

    @extend_schema(request=None, responses=ErasureSerializer)
    @action(detail=True, methods=["post"], area=Area.PRIVACY, has_body=False)
    def erase(self, request: Request, pk: str) -> Response:
        """Cancel what is planned, and blank whatever tells who a contact was; receipts stay. It cannot be undone."""
        contact: Any = self.get_object()
        by = principal.require(request).user
        return Response(ErasureSerializer(erasure.erase(contact, by=by, now=clock.now())).data)
