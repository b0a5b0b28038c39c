"""Gateways, texts, the outbox, what comes in, and things for staff."""

from notifications.models.gateways import Gateway
from notifications.models.inbound import InboundEvent, Suppression
from notifications.models.outbox import Attempt, Delivery
from notifications.models.staff import StaffItem
from notifications.models.templates import MailTemplate, ReplyText, SMSTemplate

__all__ = [
    "Attempt",
    "Delivery",
    "Gateway",
    "InboundEvent",
    "MailTemplate",
    "ReplyText",
    "SMSTemplate",
    "StaffItem",
    "Suppression",
]
