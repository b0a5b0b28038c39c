"""Verify and store what a provider pushes; it is processed later, but an opt-out counts from the commit on."""

import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import DatabaseError, transaction

from accounts.tenancy import tenant
from config.kernel import clock
from notifications import channels
from notifications.engine.replies import parse
from notifications.errors import BadPayload, MethodNotTaken
from notifications.models import Attempt, Gateway, InboundEvent, StaffItem
from notifications.providers import registry
from notifications.providers.base import Driver
from notifications.providers.pushed_events import InboundText, PushedEvent, Receipt, Unreadable, WebhookRequest
from notifications.services import opt_out, provider_calls, staff_items
from notifications.services.call_intents import hash_of

logger = logging.getLogger(__name__)


class Stored(StrEnum):
    """What became of one event of a push."""

    NEW = "stored"
    KNOWN = "known"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Received:
    """What a push came to: how many events were stored, and the text that the provider wants as an answer, if any."""

    events: Counter[Stored] = field(default_factory=Counter)
    answer: str | None = None


def receive(gateway: Gateway, request: WebhookRequest, *, token: str | None = None) -> Received:
    """Verify a push and store each of its events; one that cannot be read costs only itself.

    A token names the attempt that receipts are about; without one their provider's id does. Raises `BadSignature`,
    `MethodNotTaken`, and `BadPayload` for a token that belongs to no attempt of the gateway; nothing is stored then.
    """
    driver = registry.load(gateway.driver)
    if driver is None:
        raise BadPayload("This gateway has no driver that could read it.")
    account = provider_calls.account(gateway)
    with tenant(gateway.organization_id):
        proof = driver.challenge(request, account)
        if proof is not None:
            return Received(answer=proof)
        if request.method not in driver.push_methods:
            raise MethodNotTaken
        driver.verify(request, account)
        attempt = _attempt(gateway, token)
        pushed = _events(driver, gateway, request)
        stored = Counter(_store(gateway, each, attempt) for each in pushed)
        return Received(stored, driver.acknowledgement(account))


def _attempt(gateway: Gateway, token: str | None) -> Attempt | None:
    if not token:
        return None
    found = Attempt.objects.filter(token_hash=hash_of(token), gateway=gateway).first()
    if found is None:
        raise BadPayload("This address belongs to no attempt.")
    return found


def _events(driver: Driver, gateway: Gateway, request: WebhookRequest) -> list[PushedEvent]:
    """Read a push; with any error of its driver it is one unreadable event."""
    try:
        return driver.events(request, provider_calls.account(gateway))
    except BadPayload as error:
        reason = error.message
    except Exception as error:
        logger.exception("gateway %s: its driver could not read a push", gateway.pk)
        reason = type(error).__name__
    return [PushedEvent(request.text, Unreadable(reason))]


def _store(gateway: Gateway, pushed: PushedEvent, attempt: Attempt | None) -> Stored:
    """Store one event in a savepoint of its own."""
    try:
        with transaction.atomic():
            return _insert_known(gateway, pushed, attempt)
    except (DatabaseError, ValueError):
        logger.exception("gateway %s: an event could not be stored as it was read", gateway.pk)
        return _keep_unreadable(gateway, pushed.raw)


def _insert_known(gateway: Gateway, pushed: PushedEvent, attempt: Attempt | None) -> Stored:
    match pushed.content:
        case Receipt() as receipt:
            return _insert(_receipt(gateway, receipt, pushed.raw, attempt))
        case InboundText() as text:
            return _insert_text(gateway, text, pushed.raw)
        case _:
            return _keep_unreadable(gateway, pushed.raw)


def _receipt(gateway: Gateway, receipt: Receipt, raw: str, attempt: Attempt | None) -> InboundEvent:
    about = f"{attempt.pk}" if attempt else receipt.provider_id
    told = {"provider_id": receipt.provider_id, "progress": str(receipt.progress), "status": receipt.status}
    return InboundEvent(
        gateway=gateway,
        kind=InboundEvent.Content.RECEIPT,
        event_key=_hash(f"{about}:{raw}"),
        raw=raw,
        attempt=attempt,
        receipt=told | {"code": receipt.code},
    )


def _insert_text(gateway: Gateway, text: InboundText, raw: str) -> Stored:
    """Store an inbound message; STOP and START count from the moment this commits, so no later intent passes them."""
    keywords = channels.of(gateway.channel).keywords
    intent = parse(text.text, gateway.organization.language, keywords=keywords)
    stored = _insert(
        InboundEvent(
            gateway=gateway,
            kind=InboundEvent.Content.MESSAGE,
            event_key=(text.provider_id or _hash(raw))[:100],
            raw=raw,
            sender=text.sender,
            recipient=text.recipient,
            text=text.text,
            intent=intent,
        )
    )
    if stored is Stored.NEW:
        opt_out.apply(intent, channel=gateway.channel, address=text.sender)
    return stored


def _keep_unreadable(gateway: Gateway, raw: str) -> Stored:
    """Keep what cannot be read, and tell staff: nothing that a provider brings is lost."""
    kind, now = InboundEvent.Content.UNREADABLE, clock.now()
    event = InboundEvent(
        gateway=gateway, kind=kind, event_key=_hash(raw), raw=raw, outcome="unreadable", processed_at=now
    )
    if _insert(event) is Stored.NEW:
        values = {"gateway": gateway.name}
        staff_items.tell(StaffItem.Reason.WARNING, "unreadable", key=f"unreadable:{gateway.pk}", values=values)
    return Stored.UNREADABLE


def _insert(event: InboundEvent) -> Stored:
    before = InboundEvent.objects.filter(gateway=event.gateway, kind=event.kind, event_key=event.event_key)
    if before.exists():
        return Stored.KNOWN
    # Two deliveries of one event at the same moment: the unique key lets one in.
    InboundEvent.objects.bulk_create([event], ignore_conflicts=True)
    return Stored.NEW


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode(errors="replace")).hexdigest()
