"""What every provider's driver offers, and the words it shares with the outbox."""

import importlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import aiohttp


@dataclass(frozen=True)
class Account:
    """A gateway row as a driver sees it."""

    base_url: str
    sender: str
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to leave; numbers are E.164."""

    recipient: str
    sender: str
    text: str
    subject: str = ""
    html: str = ""
    from_name: str = ""
    # Where the provider reports what became of it; the address proves which attempt it is about.
    receipt_url: str = ""
    # The same for every try of one delivery, so that a mailbox can tell a repetition.
    message_id: str = ""


@dataclass(frozen=True)
class Taken:
    """The provider accepted a message, under this id."""

    provider_id: str


@dataclass(frozen=True)
class Found:
    """A message as the provider's own records show it; numbers are E.164, the time is UTC."""

    provider_id: str
    recipient: str
    sender: str
    text: str
    at: datetime


class Progress(StrEnum):
    """What a receipt says; later ones in this order win, whatever order they arrive in."""

    UNKNOWN = "unknown"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Receipt:
    """A provider's word on a message."""

    provider_id: str
    progress: Progress
    status: str  # the provider's own word
    code: str = ""


@dataclass(frozen=True)
class Text:
    """A text that a person sent to one of our numbers; numbers are E.164."""

    provider_id: str
    sender: str
    recipient: str
    text: str


class Driver(Protocol):
    """One provider's protocol. Class attributes say what it can do."""

    channel: str
    can_list: bool  # its records can be searched after a doubtful answer
    can_look_up: bool  # it can be asked what became of a message whose receipts stay out
    resends_in_doubt: int  # times a doubtful message may be sent again where they cannot
    max_characters: int

    async def send(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Taken:
        """Hand over one message; raise PermanentFailure, TemporaryFailure, Suppressed or Ambiguous."""
        ...

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[Found]:
        """List the messages that the provider took in a span; raise TemporaryFailure when it cannot be asked."""
        ...

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Ask what became of one message; raise TemporaryFailure when it cannot be told."""
        ...

    async def register(self, http: aiohttp.ClientSession, account: Account, inbound_url: str) -> None:
        """Tell the provider where to bring texts of patients."""
        ...

    def receipt(self, payload: Any) -> Receipt:
        """Read a receipt; raise BadPayload."""
        ...

    def inbound(self, payload: Any) -> Text:
        """Read a patient's text; raise BadPayload."""
        ...


# Imported on first use; a system check imports them all.
PATHS = {
    "flowroute": "notifications.drivers.flowroute:Flowroute",
    "smtp": "notifications.drivers.smtp:Smtp",
}


def load(name: str) -> Driver | None:
    """Return the driver of a name, None when there is none of that name."""
    path = PATHS.get(name)
    if not path:
        return None
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)()
