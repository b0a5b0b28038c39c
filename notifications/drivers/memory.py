"""A provider in memory, for tests of the outbox: scripted answers, and a ledger of what it took."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from notifications.drivers.base import Account, Found, Outgoing, Progress, Receipt, Taken, Text
from notifications.errors import DeliveryError, TemporaryFailure


@dataclass
class Memory:
    """Takes everything unless an answer is scripted; one instance serves as the whole provider."""

    channel: str = "sms"
    can_list: bool = True
    can_look_up: bool = True
    resends_in_doubt: int = 0
    max_characters: int = 1600
    ledger: list[Outgoing] = field(default_factory=list)
    # Errors to raise, in order; `(error, True)` takes the message first.
    script: list[tuple[DeliveryError, bool]] = field(default_factory=list)
    before_send: Callable[[Outgoing], None] = lambda message: None
    reachable: bool = True
    # When the records say that the messages were taken.
    at: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    # What a look-up answers, by provider id.
    progress: dict[str, Progress] = field(default_factory=dict)

    async def send(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Taken:
        """Take a message, or do what the script says."""
        self.before_send(message)
        error, taken = self.script.pop(0) if self.script else (None, True)
        if taken:
            self.ledger.append(message)
        if error:
            raise error
        return Taken(f"mem-{len(self.ledger)}")

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[Found]:
        """List the ledger, whatever the span."""
        if not self.reachable:
            raise TemporaryFailure("unreachable")
        return [
            Found(f"mem-{number}", message.recipient, message.sender, message.text, self.at)
            for number, message in enumerate(self.ledger, start=1)
        ]

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Answer what the test has put there."""
        if not self.reachable:
            raise TemporaryFailure("unreachable")
        progress = self.progress.get(provider_id, Progress.SENT)
        return Receipt(provider_id, progress, str(progress))

    async def register(self, http: aiohttp.ClientSession, account: Account, inbound_url: str) -> None:
        """Do nothing."""

    def receipt(self, payload: Any) -> Receipt:
        """Read `{"id", "status"}`."""
        return Receipt(payload["id"], Progress(payload["status"]), payload["status"])

    def inbound(self, payload: Any) -> Text:
        """Read `{"id", "from", "to", "body"}`."""
        return Text(payload["id"], payload["from"], payload["to"], payload["body"])
