"""What a provider's call does at once: it is stored, raw, and an opt-out is applied with it."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, transaction

from accounts.tenancy import tenant
from config.kernel import clock
from notifications.drivers import base as drivers
from notifications.engine.replies import Intent, parse
from notifications.errors import BadPayload
from notifications.models import Attempt, Gateway, InboundEvent, StaffItem, Suppression
from notifications.services import staff
from notifications.services.intents import hash_of

Parsed = TypeVar("Parsed")


def text(gateway: Gateway, raw: str, payload: Any) -> bool:
    """Store a patient's text; False when the same event was stored before. Raises BadPayload.

    STOP and START count from the moment this commits, so no later intent passes them by.
    """
    driver = _driver(gateway)
    with tenant(gateway.organization_id):
        message = _parsed(driver.inbound, gateway, InboundEvent.Kind.MESSAGE, raw, payload)
        intent = parse(message.text, gateway.organization.language)
        event = InboundEvent(
            gateway=gateway,
            kind=InboundEvent.Kind.MESSAGE,
            event_key=(message.provider_id or _hash(raw))[:100],
            raw=raw,
            sender=message.sender,
            recipient=message.recipient,
            text=message.text,
            intent=intent,
        )
        return _store_text(event, intent)


@transaction.atomic
def _store_text(event: InboundEvent, intent: Intent) -> bool:
    fresh = _insert(event)
    if fresh and intent is Intent.STOP:
        suppress("sms", event.sender, reason="stop")
    if fresh and intent is Intent.START:
        lift("sms", event.sender)
    return fresh


def receipt(gateway: Gateway, token: str, raw: str, payload: Any) -> bool:
    """Store a receipt for the attempt of a token; False for a repetition. Raises BadPayload."""
    driver = _driver(gateway)
    with tenant(gateway.organization_id):
        attempt = Attempt.objects.filter(token_hash=hash_of(token), gateway=gateway).first()
        if attempt is None:
            raise BadPayload("This address belongs to no attempt.")
        _parsed(driver.receipt, gateway, InboundEvent.Kind.RECEIPT, raw, payload)
        key = _hash(f"{attempt.pk}:{raw}")
        return _insert(
            InboundEvent(gateway=gateway, kind=InboundEvent.Kind.RECEIPT, event_key=key, raw=raw, attempt=attempt)
        )


def _driver(gateway: Gateway) -> drivers.Driver:
    driver = drivers.load(gateway.driver)
    if driver is None:
        raise BadPayload("This gateway has no driver that could read it.")
    return driver


def _parsed(read: Callable[[Any], Parsed], gateway: Gateway, kind: str, raw: str, payload: Any) -> Parsed:
    """Read a payload; what cannot be read is kept, and staff is told: nothing a provider brings is lost."""
    try:
        return read(payload)
    except BadPayload:
        event = InboundEvent(
            gateway=gateway, kind=kind, event_key=_hash(raw), raw=raw, outcome="unreadable", processed_at=clock.now()
        )
        if _insert(event):
            values = {"gateway": gateway.name}
            staff.tell(StaffItem.Kind.WARNING, "unreadable", key=f"unreadable:{gateway.pk}", values=values)
        raise


def suppress(channel: str, address: str, *, reason: str) -> None:
    """Let nothing more go to an address on a channel (current tenant); a second time changes nothing."""
    Suppression.objects.bulk_create(
        [Suppression(channel=channel, address=address, reason=reason)], ignore_conflicts=True
    )


def lift(channel: str, address: str) -> None:
    """Let messages go to an address again; the row stays as the record."""
    with connection.cursor() as cursor:
        rows = Suppression.objects.filter(channel=channel, address=address, lifted_at=None)
        ids = list(rows.values_list("pk", flat=True))
        cursor.execute("UPDATE notifications_suppression SET lifted_at = punctual_now() WHERE id = ANY(%s)", [ids])


def _insert(event: InboundEvent) -> bool:
    before = InboundEvent.objects.filter(gateway=event.gateway, kind=event.kind, event_key=event.event_key)
    if before.exists():
        return False
    # Two deliveries of one event at the same moment: the unique key lets one in.
    InboundEvent.objects.bulk_create([event], ignore_conflicts=True)
    return True


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
