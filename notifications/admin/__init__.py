"""Gateways, texts, the outbox, what came in, and things for staff, in the admin."""

from notifications.admin import gateways, messages

__all__ = ["gateways", "messages"]
