"""Gateways, texts, messages and things for staff as JSON."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api.base import TenantSerializer
from config.kernel.fields import Link
from config.kernel.validators import UniqueInTenant
from contacts.models import Contact
from notifications.errors import BadAddress
from notifications.models import Attempt, Delivery, Gateway, MailTemplate, ReplyText, SMSTemplate, StaffItem
from notifications.services import gateways

COMMON = ("url", "name", "description", "driver", "base_url", "sender", "status", "rate_per_second", "created_date")


class GatewaySerializer(TenantSerializer):
    """A voice gateway; what is secret in it is never shown."""

    class Meta:
        model = Gateway
        fields = COMMON


class WritableGatewaySerializer(TenantSerializer):
    """A gateway whose credentials go in and never come out."""

    credentials: ClassVar[tuple[str, ...]] = ()
    speaks: ClassVar[str] = ""

    has_credentials = serializers.SerializerMethodField()

    def get_has_credentials(self, row: Gateway) -> bool:
        """Say whether there are any."""
        return any(row.secrets.get(name) for name in self.credentials)

    def validate_base_url(self, value: str) -> str:
        """Accept what the driver speaks to, and may call."""
        try:
            gateways.check_address(self.speaks, value)
        except BadAddress as error:
            raise serializers.ValidationError(error.message, code=error.code) from error
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the credentials again when they would be sent to another host."""
        row = self.instance
        if row is None:
            return attrs
        moved = attrs.get("base_url", row.base_url) != row.base_url
        missing = [name for name in self.credentials if not attrs.get(name)]
        if moved and missing and self.get_has_credentials(row):
            words = "Needed anew, since the address changes."
            raise serializers.ValidationError({name: words for name in missing}, code="required")
        return attrs


class SmsGatewaySerializer(WritableGatewaySerializer):
    """An account with an SMS provider."""

    credentials = ("access_key", "secret_key")
    speaks = "flowroute"

    url = serializers.HyperlinkedIdentityField(view_name="sms-gateway-detail")
    access_key = serializers.CharField(max_length=200, write_only=True, required=False)
    secret_key = serializers.CharField(max_length=200, write_only=True, required=False)

    class Meta:
        model = Gateway
        fields = (*COMMON, "has_credentials", "access_key", "secret_key")
        read_only_fields = ("driver",)
        extra_kwargs = {"name": {"validators": [UniqueInTenant(Gateway)]}}  # noqa: RUF012


class MailGatewaySerializer(WritableGatewaySerializer):
    """An SMTP server."""

    credentials = ("username", "password")
    speaks = "smtp"

    url = serializers.HyperlinkedIdentityField(view_name="mail-gateway-detail")
    username = serializers.CharField(max_length=200, write_only=True, required=False)
    password = serializers.CharField(max_length=200, write_only=True, required=False, trim_whitespace=False)

    class Meta:
        model = Gateway
        fields = (*COMMON, "has_credentials", "username", "password")
        read_only_fields = ("driver",)
        extra_kwargs = {"name": {"validators": [UniqueInTenant(Gateway)]}}  # noqa: RUF012


class SmsTemplateSerializer(TenantSerializer):
    """The text of an SMS, with placeholders such as {first_name}."""

    class Meta:
        model = SMSTemplate
        fields = ("url", "label", "template_key", "sender_phonenumber", "sms_text")
        extra_kwargs = {"template_key": {"validators": [UniqueInTenant(SMSTemplate)]}}  # noqa: RUF012


class MailTemplateSerializer(TenantSerializer):
    """The text of an e-mail."""

    class Meta:
        model = MailTemplate
        fields = (
            "url",
            "label",
            "template_key",
            "from_email",
            "from_name",
            "subject",
            "message_plaintext",
            "message_html",
        )
        extra_kwargs = {"template_key": {"validators": [UniqueInTenant(MailTemplate)]}}  # noqa: RUF012


class ReplyTextSerializer(TenantSerializer):
    """The organization's own words for an answer to a patient."""

    class Meta:
        model = ReplyText
        fields = ("url", "key", "language", "text")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a second text for the same key and language."""
        wanted = {
            name: attrs.get(name, getattr(self.instance, name, default))
            for name, default in (("key", ""), ("language", "en"))
        }
        own = self.instance.pk if self.instance else None
        if ReplyText.objects.filter(**wanted).exclude(pk=own).exists():
            raise serializers.ValidationError({"language": "There is a text for this key and language already."})
        return attrs


class AttemptSerializer(serializers.ModelSerializer):
    """One try to hand a message to a provider."""

    class Meta:
        model = Attempt
        fields = (
            "number",
            "state",
            "sender",
            "provider_id",
            "error_code",
            "error_detail",
            "receipt_status",
            "started_at",
            "finished_at",
        )


class DeliverySerializer(TenantSerializer):
    """A message, from its planning to its end, with its attempts."""

    contact = Link(Contact, read_only=True, allow_null=True)
    gateway = serializers.CharField(source="gateway.name", default=None, read_only=True, allow_null=True)
    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "url",
            "id",
            "channel",
            "recipient",
            "sender",
            "contact",
            "gateway",
            "origin",
            "origin_id",
            "topic",
            "state",
            "reason",
            "detail",
            "due_at",
            "useful_until",
            "answerable_until",
            "next_attempt_at",
            "tries",
            "created_at",
            "accepted_at",
            "delivered_at",
            "attempts",
        )


class StaffItemSerializer(TenantSerializer):
    """Something for a person of the clinic to look at."""

    contact = Link(Contact, read_only=True, allow_null=True)
    delivery = Link(Delivery, read_only=True, allow_null=True)
    summary = serializers.CharField(read_only=True, help_text="What is told, in the reader's language.")
    text = serializers.CharField(source="inbound.text", default="", read_only=True, help_text="What was written.")
    done_by = serializers.CharField(source="done_by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = StaffItem
        fields = (
            "url",
            "id",
            "kind",
            "code",
            "values",
            "summary",
            "text",
            "contact",
            "delivery",
            "count",
            "created_at",
            "done_at",
            "done_by",
        )
