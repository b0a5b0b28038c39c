"""Gateways, texts, the outbox, what comes in, and things for staff."""

from notifications.models.gateways import Gateway
from notifications.models.inbound import InboundEvent, Suppression
from notifications.models.outbox import Attempt, Delivery
from notifications.models.simulator import CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost
from notifications.models.staff import StaffItem
from notifications.models.templates import MailTemplate, ReplyText, SMSTemplate

__all__ = [
    "Attempt",
    "CarrierAccount",
    "CarrierFaults",
    "CarrierMessage",
    "CarrierPost",
    "Delivery",
    "Gateway",
    "InboundEvent",
    "MailTemplate",
    "ReplyText",
    "SMSTemplate",
    "StaffItem",
    "Suppression",
]
