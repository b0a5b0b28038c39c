"""A provider in memory, for tests of the outbox: scripted answers, and a ledger of what it took."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from notifications.errors import BadPayload, BadSignature, DeliveryError, TemporaryFailure
from notifications.providers.base import Accepted, Account, Driver, Outgoing, ProviderRecord
from notifications.providers.pushed_events import InboundText, Progress, PushedEvent, Receipt, WebhookRequest, read_each


@dataclass
class Memory(Driver):
    """Takes everything unless an answer is scripted; one instance serves as the whole provider."""

    channel: str = "sms"
    can_list: bool = True
    can_look_up: bool = True
    push_methods: frozenset[str] = frozenset({"POST"})
    ledger: list[Outgoing] = field(default_factory=list)
    # Errors to raise, in order; `(error, True)` takes the message first.
    script: list[tuple[DeliveryError, bool]] = field(default_factory=list)
    before_send: Callable[[Outgoing], None] = lambda message: None
    reachable: bool = True
    # When the records say that the messages were taken.
    at: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    # What a look-up answers, by provider id.
    progress: dict[str, Progress] = field(default_factory=dict)
    # What the header X-Signature of a push must say; empty: nothing.
    signature: str = ""

    async def deliver(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Take a message, or do what the script says."""
        self.before_send(message)
        error, taken = self.script.pop(0) if self.script else (None, True)
        if taken:
            self.ledger.append(message)
        if error:
            raise error
        return Accepted(f"mem-{len(self.ledger)}")

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[ProviderRecord]:
        """List all messages; the span is ignored."""
        if not self.reachable:
            raise TemporaryFailure("unreachable")
        return [
            ProviderRecord(f"mem-{number}", message.recipient, message.sender, message.text, self.at)
            for number, message in enumerate(self.ledger, start=1)
        ]

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Answer what the test has put there."""
        if not self.reachable:
            raise TemporaryFailure("unreachable")
        progress = self.progress.get(provider_id, Progress.SENT)
        return Receipt(provider_id, progress, str(progress))

    def challenge(self, request: WebhookRequest, account: Account) -> str | None:
        """Answer `?challenge=` with its own words."""
        return request.query.get("challenge")

    def verify(self, request: WebhookRequest, account: Account) -> None:
        """Compare the header with the signature that the test wants."""
        if request.headers.get("x-signature", "") != self.signature:
            raise BadSignature

    def events(self, request: WebhookRequest, account: Account) -> list[PushedEvent]:
        """Read one event, or a list of them, from JSON or a form."""
        payload = request.form if request.is_form else request.json
        return read_each(payload if isinstance(payload, list) else [payload], _event, request=request)


def _event(payload: Any) -> Receipt | InboundText:
    """Read `{"id", "status"}` or `{"id", "from", "to", "body"}`."""
    try:
        if "status" in payload:
            return Receipt(payload["id"], Progress(payload["status"]), payload["status"])
        return InboundText(payload["id"], payload["from"], payload["to"], payload["body"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayload from error
