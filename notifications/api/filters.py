"""Filters of gateways, messages and things for staff."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet, YesNoFilter
from notifications.models import Delivery, InboundEvent, StaffItem


class DeliveryFilter(TenantFilterSet):
    """Filters of messages."""

    due_from = MomentFilter("due_at", "gte")
    due_before = MomentFilter("due_at", "lt")

    class Meta:
        model = Delivery
        fields = ("contact", "gateway", "state", "channel", "recipient", "origin", "origin_id", "topic", "reason")


class InboundTextFilter(TenantFilterSet):
    """Filters of texts that came in."""

    contact = IdFilter("delivery__contact_id")
    received_from = MomentFilter("received_at", "gte")
    received_before = MomentFilter("received_at", "lt")

    class Meta:
        model = InboundEvent
        fields = ("gateway", "delivery", "sender", "recipient", "intent", "outcome")


class StaffItemFilter(TenantFilterSet):
    """Filters of things for staff."""

    is_done = YesNoFilter("done_at")

    class Meta:
        model = StaffItem
        fields = ("contact", "delivery", "kind")
