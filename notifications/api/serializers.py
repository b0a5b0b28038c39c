"""Gateways, texts, messages and things for staff as JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api import expansion
from accounts.api.base import TenantSerializer
from accounts.api.expansion import Expanded, Relation
from config.kernel.api.fields import Link
from config.kernel.api.validators import UniqueInTenant
from contacts.models import Contact
from notifications.channels import ChannelEntry
from notifications.errors import BadAddress, BadConfiguration
from notifications.models import (
    Attempt,
    Delivery,
    Gateway,
    InboundEvent,
    MailTemplate,
    ReplyText,
    SMSTemplate,
    StaffItem,
)
from notifications.providers import registry
from notifications.providers.base import Field, FieldKind
from notifications.services import gateways

COMMON = ("url", "name", "description", "driver", "base_url", "sender", "status", "rate_per_second", "created_date")


class GatewaySerializer(TenantSerializer):
    """A voice gateway; what is secret in it is never shown."""

    class Meta:
        model = Gateway
        fields = COMMON


class WritableGatewaySerializer(TenantSerializer):
    """A gateway with what its provider asks for; secrets go in and never come out."""

    channel: ClassVar[str]

    has_credentials = serializers.SerializerMethodField()
    callback_url = serializers.SerializerMethodField(
        help_text=gettext_lazy("What to write into the provider's own pages; empty where Punctual tells the provider.")
    )

    def get_fields(self) -> dict[str, Any]:
        """Add what the providers of the channel ask for."""
        drivers = registry.of_channel(self.channel)
        first = next(iter(drivers), "")
        choice = serializers.ChoiceField(choices=list(drivers), default=first)
        asked = {field.name: _field(field) for driver in drivers.values() for field in driver.fields}
        return {**super().get_fields(), "driver": choice, **asked}

    def get_has_credentials(self, row: Gateway) -> bool:
        """Return whether there are any."""
        driver = registry.load(row.driver)
        return any(row.secrets.get(name) for name in (driver.secret_names if driver else ()))

    def get_callback_url(self, row: Gateway) -> str:
        """Return the address for receipts and inbound messages."""
        return gateways.callback_url(row)

    def to_representation(self, instance: Gateway) -> dict[str, Any]:
        """Add what is kept for the fields of the gateway's provider, secrets left out."""
        driver = registry.load(instance.driver)
        plain = [field for field in (driver.fields if driver else ()) if not field.is_secret]
        kept = {field.name: instance.configuration.get(field.name, field.default) for field in plain}
        return {**super().to_representation(instance), **kept}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Accept what the provider's driver can work with; ask for secrets that would be sent to another host."""
        row = self.instance
        name = attrs.get("driver", row.driver if row else "")
        base_url = attrs.get("base_url", row.base_url if row else "")
        configuration = {**(row.configuration if row else {}), **self.asked(attrs, name)}
        try:
            gateways.check(name, channel=self.channel, base_url=base_url, configuration=configuration)
        except (BadAddress, BadConfiguration) as error:
            raise serializers.ValidationError({error.field: error.message}, code=error.code) from error
        missing = gateways.secrets_to_repeat(row, driver_name=name, base_url=base_url, given=attrs) if row else []
        if missing:
            words = _("Needed anew, since the address changes.")
            raise serializers.ValidationError(dict.fromkeys(missing, words), code="required")
        return attrs

    @staticmethod
    def asked(attrs: Mapping[str, Any], driver_name: str) -> dict[str, str]:
        """Return what was sent for the fields of a provider."""
        driver = registry.load(driver_name)
        return {field.name: attrs[field.name] for field in (driver.fields if driver else ()) if field.name in attrs}


def _field(field: Field) -> serializers.Field:
    words: dict[str, Any] = {"help_text": field.help_text or field.label, "write_only": True, "required": False}
    if field.kind is FieldKind.CHOICE:
        return serializers.ChoiceField(choices=field.choices, **words)
    blank = not field.is_secret
    return serializers.CharField(max_length=field.max_length, trim_whitespace=False, allow_blank=blank, **words)


def gateway_serializer(entry: ChannelEntry, name: str) -> type[WritableGatewaySerializer]:
    """Return the serializer of a channel's gateways, under a name of its own in the OpenAPI description."""
    meta = {
        "model": Gateway,
        "fields": (*COMMON, "has_credentials", "callback_url"),
        "extra_kwargs": {"name": {"validators": [UniqueInTenant(Gateway)]}},
    }
    body = {
        "__doc__": WritableGatewaySerializer.__doc__,
        "channel": entry.channel,
        "url": serializers.HyperlinkedIdentityField(view_name=f"{entry.gateway_path}-detail"),
        "Meta": type("Meta", (), meta),
    }
    return type(WritableGatewaySerializer)(f"{name}Serializer", (WritableGatewaySerializer,), body)


class SmsTemplateSerializer(TenantSerializer):
    """The text of an SMS, with placeholders such as {first_name}."""

    class Meta:
        model = SMSTemplate
        fields = ("url", "label", "template_key", "sender_phonenumber", "sms_text")
        extra_kwargs = {"template_key": {"validators": [UniqueInTenant(SMSTemplate)]}}


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
        extra_kwargs = {"template_key": {"validators": [UniqueInTenant(MailTemplate)]}}


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
            raise serializers.ValidationError({"language": _("There is a text for this key and language already.")})
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


expansion.register(Delivery, DeliverySerializer, needs=("gateway", "attempts"))


class InboundTextSerializer(TenantSerializer):
    """A message that somebody sent, and what came of it."""

    url = serializers.HyperlinkedIdentityField(view_name="inboundtext-detail")
    gateway = serializers.CharField(source="gateway.name", read_only=True)
    contact = Link(
        Contact,
        source="delivery.contact",
        read_only=True,
        default=None,
        allow_null=True,
        help_text=gettext_lazy("Of the message that it answers."),
    )
    delivery = Link(Delivery, read_only=True, allow_null=True, help_text=gettext_lazy("The message that it answers."))

    expanded = Expanded(contact=Relation(Contact, "delivery.contact"), delivery=Relation(Delivery, "delivery"))

    class Meta:
        model = InboundEvent
        fields = (
            "url",
            "gateway",
            "sender",
            "recipient",
            "text",
            "received_at",
            "intent",
            "outcome",
            "contact",
            "delivery",
            "expanded",
        )


class StaffItemSerializer(TenantSerializer):
    """Something for a person of the clinic to look at."""

    contact = Link(Contact, read_only=True, allow_null=True)
    delivery = Link(Delivery, read_only=True, allow_null=True)
    summary = serializers.CharField(read_only=True, help_text=gettext_lazy("What is told, in the reader's language."))
    text = serializers.CharField(
        source="inbound.text", default="", read_only=True, help_text=gettext_lazy("What was written.")
    )
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
