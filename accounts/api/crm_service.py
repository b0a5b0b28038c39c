"""What all resources of the older contact and appointment service share (`docs/compatibility.md`).

Its documented paths stand at the root, without /rest-api/; `config.urls` takes them from the `crm_service_urls` module
of each app. A resource there has the rows, services and filters of its viewset under /rest-api/, and differs so:

- `CrmServiceViews` goes before that viewset: anonymous requests and wrong credentials are 403, never 401; a cookie
  never signs anybody in (`accounts.middleware`), and a token needs its organization; OPTIONS is open to everybody; PUT
  changes what was sent, as PATCH, unless `is_put_partial` is False; unknown parameters are ignored; errors have the
  older shape.
- `CrmServiceSerializer` goes before its serializer: unknown fields are ignored; `url`, `id` and `updated_at` are told
  where `Meta.fields` names them only; instants are told and read in the organization's zone.
- `visitor_uuid` and `organization_uuid` are the claims of the token.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts import principal
from accounts.api.base import OrganizationMoment, TenantSerializer
from accounts.api.expansion import ExpandableModel
from accounts.authentication import PrincipalAuthentication, PrincipalScheme
from accounts.engine.roles import Area
from accounts.permissions import RolePermission
from config.kernel.api import error_responses

MODEL_ERRORS = "__all__"


class CrmServiceAuthentication(PrincipalAuthentication):
    """Asks for no password: the older service answered 403 to anonymous requests."""

    def authenticate_header(self, request: Request) -> str:
        """Return nothing, so that DRF answers 403."""
        return ""


class CrmServiceScheme(PrincipalScheme):
    """Describes the ways to sign in that the older paths take: headers, no cookie."""

    target_class = "accounts.api.crm_service.CrmServiceAuthentication"
    name: ClassVar[list[str]] = ["tokenAuth", "jwtAuth"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Return the schemes in the order of their names."""
        return super().get_security_definition(auto_schema)[1:3]


class CrmServicePermission(BasePermission):
    """The role table; OPTIONS, which tells of no rows, is open to everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask the role table for everything else."""
        return request.method == "OPTIONS" or RolePermission().has_permission(request, view)


class CrmServiceViews:
    """A viewset at the older service's documented path; stands before the resource's own."""

    authentication_classes = (CrmServiceAuthentication,)
    permission_classes = (CrmServicePermission,)
    refuses_unknown_parameters = False
    is_put_partial: ClassVar[bool] = True

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Answer errors in the older shape."""
        return exception_handler

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what was sent; PUT leaves the rest as PATCH does."""
        if self.is_put_partial:
            kwargs["partial"] = True
        answer: Response = super().update(request, *args, **kwargs)
        return answer


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer `{"detail": …}`, or messages by field, those of no field under `__all__`; the statuses are ours."""
    response = error_responses.exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data = _older_shape(response.data)
    return response


def _older_shape(data: Mapping[str, Any]) -> dict[str, Any]:
    if "detail" in data:
        return dict(data)
    told = {name: list(_messages(value)) for name, value in data.items() if name != "code"}
    if api_settings.NON_FIELD_ERRORS_KEY in told:
        told[MODEL_ERRORS] = told.pop(api_settings.NON_FIELD_ERRORS_KEY)
    return told


def _messages(value: Any) -> Iterator[Any]:
    """Yield the messages of a field, of its items and their fields alike."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        yield value
        return
    for each in value:
        yield from _messages(each)


class LocalMoment(OrganizationMoment):
    """A moment that is told with the offset of the organization's zone."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the instant in that zone."""
        zone = principal.require(self.context["request"]).organization.time_zone
        return super().enforce_timezone(value).astimezone(ZoneInfo(zone))


class CrmServiceSerializer(TenantSerializer):
    """A row in the older service's shape; stands before the resource's own serializer."""

    serializer_field_mapping: ClassVar = {
        **TenantSerializer.serializer_field_mapping,
        models.DateTimeField: LocalMoment,
    }
    refuses_unknown_fields = False

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        """Return the names of `Meta` and no more."""
        return list(self.Meta.fields)


_told: dict[type[models.Model], ExpandableModel] = {}


def register(model: type[models.Model], serializer: type[serializers.Serializer], *, needs: Iterable[str] = ()) -> None:
    """Let the rows of a model be told inside others in the older service's shape; `needs` are fetched with them."""
    _told[model] = ExpandableModel(serializer, Area.DESK, tuple(needs))


def serializer_of(model: type[models.Model]) -> ExpandableModel:
    """Return how the rows of a registered model are told."""
    return _told[model]


def organization_uuid(request: Any) -> uuid.UUID:
    """Return the organization's UUID, as the token claims it."""
    return principal.require(request).organization.uuid


def visitor_uuid(request: Any) -> uuid.UUID | None:
    """Return the `core_user_uuid` that the token claims; None for keys and people of our own."""
    visitor = principal.require(request).visitor
    return visitor.core_user_uuid if visitor else None


def person_uuid(request: Any) -> uuid.UUID:
    """Return who asks: the token's `core_user_uuid`, else the user, or of a key the organization."""
    found = principal.require(request)
    if found.visitor:
        return found.visitor.core_user_uuid
    return found.user.uuid if found.user and not found.key else found.organization.uuid
