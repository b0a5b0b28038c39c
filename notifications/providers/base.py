"""What the driver of a provider offers, and the values that it shares with the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import aiohttp
from django.utils.functional import Promise

from notifications import channels
from notifications.engine import outgoing_addresses
from notifications.errors import PermanentFailure, TemporaryFailure
from notifications.providers.pushed_events import PushedEvent, Receipt, WebhookRequest

Words = str | Promise


@dataclass(frozen=True)
class Account:
    """A gateway row as a driver sees it."""

    base_url: str
    sender: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    # What the provider's fields ask for besides secrets, by the names of the fields.
    configuration: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to leave; numbers are E.164."""

    recipient: str
    sender: str
    text: str
    subject: str = ""
    html: str = ""
    from_name: str = ""
    # Of an e-mail: an iCalendar object (RFC 5545) to be attached.
    calendar: str = ""
    # Where the provider reports what became of it; the address proves which attempt it is about.
    receipt_url: str = ""
    # The same for every try of one delivery, so that a mailbox can tell a repetition.
    message_id: str = ""


@dataclass(frozen=True)
class Accepted:
    """The provider accepted a message, under this id."""

    provider_id: str


@dataclass(frozen=True)
class ProviderRecord:
    """A message as the provider's own records show it; numbers are E.164, the time is UTC."""

    provider_id: str
    recipient: str
    sender: str
    text: str
    at: datetime


class FieldKind(StrEnum):
    """How a field of a gateway's configuration is asked for."""

    LINE = "line"
    TEXT = "text"  # several lines
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One thing that a gateway must or may tell its provider's driver; its value is text.

    A secret is kept encrypted and never shown; everything else stands in the gateway's configuration.
    """

    name: str
    label: Words
    help_text: Words = ""
    kind: FieldKind = FieldKind.LINE
    choices: tuple[tuple[str, Words], ...] = ()
    default: str = ""
    max_length: int = 200
    is_secret: bool = False


class Driver:
    """One provider's protocol. Class attributes say what it can do; a subclass fills in what its provider offers.

    Nothing here keeps state: one instance serves all gateways of a provider.
    """

    label: Words = ""
    channel: str = ""
    fields: tuple[Field, ...] = ()
    # What a gateway's address may begin with, whether it may have a query, and whether the provider has one of its own.
    schemes: tuple[str, ...] = outgoing_addresses.WEB
    takes_query: bool = False
    needs_address: bool = False
    can_list: bool = False  # its records can be searched after a doubtful answer
    can_look_up: bool = False  # it can be asked what became of a message whose receipts stay out
    resends_in_doubt: int = 0  # times a doubtful message may be sent again where its records cannot be searched
    # HTTP methods by which the provider pushes receipts and inbound messages; none: it pushes nothing.
    push_methods: frozenset[str] = frozenset()
    registers: bool = False  # it is told by `register` where to push; else people tell it, on its own pages

    @property
    def max_characters(self) -> int:
        """Return how long a text may be; by default as long as the channel's."""
        return channels.of(self.channel).max_characters

    @property
    def is_connectable(self) -> bool:
        """Return whether the provider pushes anything, so that a gateway needs an address for it."""
        return bool(self.push_methods)

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Return the names of the fields that hold secrets."""
        return tuple(each.name for each in self.fields if each.is_secret)

    def check(self, configuration: Mapping[str, str]) -> None:
        """Accept a gateway's configuration, or raise `BadConfiguration` with the field that does not fit."""

    async def send(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Hand over one message; raise PermanentFailure, TemporaryFailure, Suppressed or Ambiguous.

        What is too long for the provider is refused before anything is sent.
        """
        if len(message.text) > self.max_characters:
            raise PermanentFailure("too_long", f"The provider takes {self.max_characters} characters.")
        return await self.deliver(http, account, message)

    async def deliver(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Make the call that `send` promises; raises what it raises."""
        raise NotImplementedError

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[ProviderRecord]:
        """List the messages that the provider took in a span; raise TemporaryFailure when it cannot be asked."""
        raise TemporaryFailure("no_records")

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Ask what became of one message; raise TemporaryFailure when it cannot be told."""
        raise TemporaryFailure("no_records")

    async def register(self, http: aiohttp.ClientSession, account: Account, inbound_url: str) -> None:
        """Tell the provider where to push inbound messages; raise what `send` raises."""

    def challenge(self, request: WebhookRequest, account: Account) -> str | None:
        """Return what proves to the provider that an address is ours; None when the request asks for no proof.

        Raises `BadSignature` when it asks without knowing the secret.
        """
        return None

    def verify(self, request: WebhookRequest, account: Account) -> None:
        """Accept a push, or raise `BadSignature`; by default the secret in its address is proof enough."""

    def events(self, request: WebhookRequest, account: Account) -> list[PushedEvent]:
        """Return what a push tells, in its order; raise BadPayload when nothing of it can be read."""
        raise NotImplementedError

    def acknowledgement(self, account: Account) -> str | None:
        """Return the text with which the provider wants a push to be answered; None: it wants none in particular."""
        return None
