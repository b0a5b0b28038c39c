"""Filters of gateways, messages and things for staff."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet, YesNoFilter
from notifications.models import Delivery, Gateway, InboundEvent, StaffItem


class GatewayFilter(TenantFilterSet):
    """Filters of gateways."""

    class Meta:
        model = Gateway
        fields = ("name", "status", "driver")


class DeliveryFilter(TenantFilterSet):
    """Filters of messages."""

    contact = IdFilter("contact_id")
    gateway = IdFilter("gateway_id")
    due_from = MomentFilter("due_at", "gte")
    due_before = MomentFilter("due_at", "lt")

    class Meta:
        model = Delivery
        fields = ("state", "channel", "recipient", "origin", "origin_id", "topic", "reason")


class InboundTextFilter(TenantFilterSet):
    """Filters of texts that came in."""

    gateway = IdFilter("gateway_id")
    contact = IdFilter("delivery__contact_id")
    delivery = IdFilter("delivery_id")
    received_from = MomentFilter("received_at", "gte")
    received_before = MomentFilter("received_at", "lt")

    class Meta:
        model = InboundEvent
        fields = ("sender", "recipient", "intent", "outcome")


class StaffItemFilter(TenantFilterSet):
    """Filters of things for staff."""

    is_done = YesNoFilter("done_at")
    contact = IdFilter("contact_id")
    delivery = IdFilter("delivery_id")

    class Meta:
        model = StaffItem
        fields = ("kind",)
