"""Organizations, people and keys as JSON."""

from typing import Any

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api import expansion
from accounts.api.base import LinkedSerializer, TenantSerializer
from accounts.engine.roles import SCOPES, Area, Role
from accounts.models import (
    ApiKey,
    AuditEntry,
    Clinic,
    Organization,
    SupportAccess,
    TrustedIssuer,
    User,
    validate_scopes,
)
from config.kernel import clock
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.api.validators import UniqueInTenant
from config.kernel.choices import choices


class OrganizationSerializer(TenantSerializer):
    """The caller's own organization."""

    class Meta:
        model = Organization
        fields = (
            "url",
            "uuid",
            "name",
            "region",
            "allowed_regions",
            "public_holidays",
            "time_zone",
            "language",
            "reminder_margin",
            "created_at",
        )

    def validate_region(self, value: str) -> str:
        """Accept the countries that phone numbers know."""
        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise serializers.ValidationError(
                _("“%(value)s” is no ISO 3166 country code; write one like US.") % {"value": value}
            )
        return value.upper()


class ClinicSerializer(TenantSerializer):
    """A location."""

    number = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        validators=[UniqueInTenant(Clinic)],
        help_text=gettext_lazy("Left out: the next one."),
    )

    class Meta:
        model = Clinic
        fields = ("url", "number", "name", "time_zone", "address", "phone", "is_default", "public_holidays")


expansion.register(Clinic, ClinicSerializer, area=Area.PEOPLE)


class UserSerializer(LinkedSerializer):
    """A member of the caller's organization."""

    groups = serializers.SerializerMethodField(help_text=gettext_lazy("Always empty; kept for the older interface."))
    role = serializers.ChoiceField(choices=choices(Role), read_only=True)

    class Meta:
        model = User
        fields = ("url", "username", "last_name", "first_name", "email", "groups", "role")

    def get_groups(self, row: User) -> list[str]:
        """Return nothing: roles take their place."""
        return []


class ApiKeySerializer(TenantSerializer):
    """A key, without its text."""

    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        required=False,
        validators=[validate_scopes],
        help_text=gettext_lazy("Narrows what the role may; an empty list narrows nothing."),
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "url",
            "id",
            "name",
            "prefix",
            "role",
            "scopes",
            "rate",
            "created_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "previous_until",
            "last_used_at",
        )
        read_only_fields = ("revoked_at",)

    def validate_expires_at(self, value: Any) -> Any:
        """Refuse a key that is dead from birth."""
        if value and value <= clock.now():
            raise serializers.ValidationError(_("It lies in the past."))
        return value


class NewApiKeySerializer(ApiKeySerializer):
    """A key that was just made, with its text: shown this once."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "key")


class TrustedIssuerSerializer(TenantSerializer):
    """Another system whose tokens let its people act."""

    issuer = serializers.CharField(
        max_length=200,
        validators=[UniqueInTenant(TrustedIssuer)],
        help_text=gettext_lazy("What stands in the tokens as iss."),
    )

    class Meta:
        model = TrustedIssuer
        fields = ("url", "id", "issuer", "audience", "public_key", "role", "is_active", "created_at")


class AuditSerializer(TenantSerializer):
    """An audit entry; `hash` covers the entry before and this one, once it is chained."""

    changed = serializers.ListField(child=serializers.CharField())
    facts = serializers.DictField()

    class Meta:
        model = AuditEntry
        fields = (
            "url",
            "id",
            "at",
            "identity",
            "name",
            "via",
            "address",
            "agent",
            "action",
            "kind",
            "object_id",
            "changed",
            "facts",
            "position",
            "hash",
        )


class SupportAccessSerializer(TenantSerializer):
    """A support access: who worked for the organization, why, and until when."""

    person = serializers.CharField(source="person.username")

    class Meta:
        model = SupportAccess
        fields = (
            "url",
            "id",
            "person",
            "reason",
            "with_people",
            "with_exports",
            "starts_at",
            "ends_at",
            "ended_at",
        )


class RotationSerializer(KnownFieldsMixin, serializers.Serializer):
    """How long the old secret stays valid beside the new one."""

    grace_minutes = serializers.IntegerField(min_value=0, max_value=7 * 24 * 60, default=0)
