"""Viewsets of organizations, people and keys."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal, tenancy
from accounts.api import serializers
from accounts.api.base import ReadViews, RetrieveMixin, TenantViews, WriteViews
from accounts.api.filters import MomentFilter, TenantFilterSet
from accounts.engine.roles import WRITE, Area, Role
from accounts.errors import ScopesTooWide
from accounts.models import (
    ApiKey,
    AuditEntry,
    Clinic,
    Membership,
    Organization,
    SupportAccess,
    TrustedIssuer,
    User,
)
from accounts.services import clinics, keys
from config.kernel import clock


class OrganizationViews(mixins.UpdateModelMixin, ReadViews):
    """The caller's own organization; its owners may change it."""

    model = Organization
    area = Area.PEOPLE
    serializer_class = serializers.OrganizationSerializer

    def rows(self) -> QuerySet[Organization]:
        """Return the one organization."""
        return Organization.objects.filter(pk=tenancy.current())

    def perform_update(self, serializer: Any) -> None:
        """Change it; with its zone go the events that are at home there."""
        serializer.save()
        clinics.announce_changes(serializer.validated_data, now=clock.now())


class ClinicViews(WriteViews):
    """Locations of the organization."""

    model = Clinic
    area = Area.PEOPLE
    serializer_class = serializers.ClinicSerializer
    filterset_fields = ("number", "is_default")
    search_fields = ("name", "address")
    ordering_fields = ("id", "number", "name")

    def perform_create(self, serializer: Any) -> None:
        """Give it a number when it has none."""
        serializer.instance = clinics.create(now=clock.now(), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Keep exactly one default."""
        serializer.instance = clinics.change(serializer.instance, now=clock.now(), **serializer.validated_data)

    def perform_destroy(self, instance: Clinic) -> None:
        """Keep the default."""
        clinics.delete(instance)


class UserViews(ReadViews):
    """Members of the organization who sign in."""

    model = User
    area = Area.PEOPLE
    shown = ("role",)
    serializer_class = serializers.UserSerializer
    filterset_fields = ("username", "email")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering_fields = ("id", "username", "last_name", "email")
    ordering: ClassVar = ["username"]

    def rows(self) -> QuerySet[User]:
        """Return the members with their roles."""
        membership = Membership.objects.filter(user=OuterRef("pk"))
        members = User.objects.filter(pk__in=Membership.objects.values("user_id"))
        return members.annotate(role=Subquery(membership.values("role")[:1]))


@extend_schema(exclude=True)
class UserAliasViews(UserViews):
    """The same under the address that the older documents print."""


class ApiKeyViews(
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    RetrieveMixin,
    TenantViews,
):
    """Keys of integrating systems; owners make, see and revoke them."""

    model = ApiKey
    area = Area.PEOPLE
    to_read = WRITE
    related = ("created_by",)
    shown = ("created_by.username",)
    filterset_fields = ("role",)
    search_fields = ("name", "prefix")
    ordering_fields = ("id", "name", "created_at", "last_used_at")

    def get_serializer_class(self) -> Any:
        """Show the text in the answer to its making only."""
        return serializers.NewApiKeySerializer if self.action == "create" else serializers.ApiKeySerializer

    def perform_create(self, serializer: Any) -> None:
        """Make the key."""
        found = principal.require(self.request)
        fields = {"role": Role.STAFF, **serializer.validated_data}
        _grantable(self.request, fields.get("scopes", []))
        fields["expires_at"] = found.until(fields.get("expires_at"))
        made, text = keys.create(found.organization.pk, created_by=found.person(), **fields)
        serializer.instance = made
        serializer.instance.key = text

    def perform_destroy(self, instance: ApiKey) -> None:
        """Revoke it; its row stays."""
        keys.revoke(instance, now=clock.now())

    @extend_schema(request=None, responses=serializers.ApiKeySerializer)
    @action(detail=True, methods=["post"], has_body=False)
    def revoke(self, request: Request, pk: str) -> Response:
        """End the key at once."""
        key = self.get_object()
        keys.revoke(key, now=clock.now())
        return self.answer(key)

    @extend_schema(request=serializers.RotationSerializer, responses=serializers.NewApiKeySerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Give the key a new secret, shown this once; the old one stays valid for `grace_minutes`."""
        asked = serializers.RotationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = self.get_object()
        _grantable(request, key.scopes)
        text = keys.rotate(key, grace=timedelta(minutes=asked.validated_data["grace_minutes"]), now=clock.now())
        key = self.answered = self.get_object()
        key.key = text
        return Response(serializers.NewApiKeySerializer(key, context=self.get_serializer_context()).data)


class TrustedIssuerViews(WriteViews):
    """Other systems whose tokens let their people act; owners say which."""

    model = TrustedIssuer
    area = Area.PEOPLE
    serializer_class = serializers.TrustedIssuerSerializer
    filterset_fields = ("role", "is_active")
    search_fields = ("issuer", "audience")
    ordering_fields = ("id", "issuer")

    def perform_create(self, serializer: Any) -> None:
        """Trust it, unless a narrowed key would widen itself by that."""
        _grantable(self.request, [])
        serializer.save()

    def perform_update(self, serializer: Any) -> None:
        """Change it, likewise."""
        _grantable(self.request, [])
        serializer.save()


class AuditFilter(TenantFilterSet):
    """Who, what, on which day."""

    who = filters.CharFilter(field_name="name", lookup_expr="icontains", help_text=_("A part of the name."))
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields = ("identity", "via", "action", "kind", "object_id")


class AuditViews(ReadViews):
    """The audit trail, newest first; nobody can change it."""

    model = AuditEntry
    area = Area.AUDIT
    serializer_class = serializers.AuditSerializer
    filterset_class = AuditFilter
    search_fields = ("name", "identity", "action", "kind", "object_id", "address")
    ordering_fields = ("id", "at")


class SupportAccessViews(ReadViews):
    """When platform administrators worked for the organization, and why."""

    model = SupportAccess
    area = Area.AUDIT
    related = ("person",)
    shown = ("person.username",)
    serializer_class = serializers.SupportAccessSerializer
    filterset_fields = ("with_people", "with_exports")
    search_fields = ("reason", "person__username")
    ordering_fields = ("id", "starts_at", "ends_at")


def _grantable(request: Request, scopes: list[str]) -> None:
    if not principal.require(request).may_grant(scopes):
        raise ScopesTooWide
