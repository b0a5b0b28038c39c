"""Viewsets of gateways, texts, messages and things for staff."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as drf
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.api.base import ReadViews, WriteViews
from accounts.engine.roles import Area
from config.kernel import clock
from notifications.api import filters, serializers
from notifications.channels import ChannelEntry
from notifications.models import Delivery, Gateway, InboundEvent, MailTemplate, ReplyText, SMSTemplate, StaffItem
from notifications.providers import registry
from notifications.services import gateways, outbox, staff_items


class GatewayViews(ReadViews):
    """Gateways of a channel."""

    model = Gateway
    area = Area.SETTINGS
    # Each message that leaves changes them.
    unshown = ("next_permit_at", "failures", "open_until")
    channel: ClassVar[str]
    serializer_class: type[drf.BaseSerializer] = serializers.GatewaySerializer
    filterset_fields = ("name", "status", "driver")
    search_fields = ("name", "description", "sender")
    ordering_fields = ("id", "name", "status", "created_date")

    def rows(self) -> QuerySet[Gateway]:
        """Return the gateways of one channel."""
        return Gateway.objects.filter(channel=self.channel)


class WritableGatewayViews(GatewayViews, WriteViews):
    """Gateways of a channel: accounts with its providers, which managers may change."""

    @transaction.atomic
    def perform_create(self, serializer: Any) -> None:
        """Keep the gateway and what its provider asks for, secrets encrypted."""
        given = self._taken_out(serializer)
        serializer.save(channel=self.channel)
        gateways.configure(serializer.instance, given)

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        """Change the gateway; secrets that are sent replace the old ones."""
        given = self._taken_out(serializer)
        serializer.save()
        if given:
            gateways.configure(serializer.instance, given)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def connect(self, request: Request, pk: str) -> Response:
        """Tell the provider the secret address under which it brings texts and receipts."""
        gateway = self.get_object()
        gateways.connect(gateway, callback_base=settings.PUBLIC_URL)
        return self.answer(gateway)

    @staticmethod
    def _taken_out(serializer: Any) -> dict[str, str]:
        """Take what was sent for providers' fields out of what is saved as the row's own."""
        data = serializer.validated_data
        names = {field.name for driver in registry.all_drivers().values() for field in driver.fields}
        return {name: data.pop(name) for name in names & set(data)}


def gateway_views(entry: ChannelEntry) -> type[GatewayViews]:
    """Return the viewset of a channel's gateways; where the channel has no provider yet, they are only read."""
    name = entry.gateway_path.title().replace("-", "")
    if not registry.of_channel(entry.channel):
        return type(f"{name}Views", (GatewayViews,), {"__doc__": GatewayViews.__doc__, "channel": entry.channel})
    serializer = serializers.gateway_serializer(entry, name)
    facts = {"channel": entry.channel, "serializer_class": serializer}
    return type(f"{name}Views", (WritableGatewayViews,), {"__doc__": WritableGatewayViews.__doc__, **facts})


class SmsTemplateViews(WriteViews):
    """Texts of SMS."""

    model = SMSTemplate
    area = Area.SETTINGS
    serializer_class = serializers.SmsTemplateSerializer
    filterset_fields = ("template_key", "label")
    search_fields = ("label", "template_key", "sms_text")
    ordering_fields = ("id", "label", "template_key")


class MailTemplateViews(WriteViews):
    """Texts of e-mails."""

    model = MailTemplate
    area = Area.SETTINGS
    serializer_class = serializers.MailTemplateSerializer
    filterset_fields = ("template_key", "label")
    search_fields = ("label", "template_key", "subject", "message_plaintext")
    ordering_fields = ("id", "label", "template_key")


class ReplyTextViews(WriteViews):
    """The organization's own words for answers to patients."""

    model = ReplyText
    area = Area.SETTINGS
    serializer_class = serializers.ReplyTextSerializer
    filterset_fields = ("key", "language")
    search_fields = ("text",)
    ordering_fields = ("id", "key", "language")


class DeliveryViews(ReadViews):
    """Messages and what became of them."""

    model = Delivery
    related = ("gateway",)
    prefetched = ("attempts",)
    shown = ("gateway.name", "attempts")
    serializer_class = serializers.DeliverySerializer
    filterset_class = filters.DeliveryFilter
    search_fields = ("recipient", "contact__first_name", "contact__last_name")
    ordering_fields = ("id", "due_at", "state", "created_at", "accepted_at")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def retry(self, request: Request, pk: str) -> Response:
        """Put a message that failed, was skipped or was set aside back into the queue."""
        row = self.get_object()
        outbox.retry(row, now=clock.now())
        return self.answer(row)


class InboundTextViews(ReadViews):
    """Messages that people sent to the clinic's numbers, and how they were understood."""

    model = InboundEvent
    related = ("gateway", "delivery__contact")
    shown = ("gateway.name", "delivery.contact_id")
    serializer_class = serializers.InboundTextSerializer
    filterset_class = filters.InboundTextFilter
    search_fields = ("text", "sender")
    ordering_fields = ("id", "received_at")

    def rows(self) -> QuerySet[InboundEvent]:
        """Return what people wrote, and no receipts."""
        return InboundEvent.objects.filter(kind=InboundEvent.Content.MESSAGE)

    def get_view_name(self) -> str:
        """Return the heading of the browsable page."""
        return _("Inbound texts")


class StaffItemViews(ReadViews):
    """Decisions and warnings for staff."""

    model = StaffItem
    related = ("inbound", "done_by")
    shown = ("inbound.text", "done_by.username")
    serializer_class = serializers.StaffItemSerializer
    filterset_class = filters.StaffItemFilter
    search_fields = ("values", "contact__first_name", "contact__last_name")
    ordering_fields = ("id", "created_at", "done_at", "kind")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def done(self, request: Request, pk: str) -> Response:
        """Mark it as done; a second time changes nothing."""
        row = self.get_object()
        staff_items.finish(row, by=principal.require(request).user, now=clock.now())
        return self.answer(row)
