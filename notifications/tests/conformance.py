"""What the conformance suite needs to know of a provider; each says it in its folder, as `tests/sample.py`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module

from notifications.errors import Ambiguous, DeliveryError
from notifications.providers import registry
from notifications.providers.base import Account, Outgoing
from notifications.services import provider_calls

OURS, PATIENT = "+15550100001", "+15551230001"


@dataclass(frozen=True)
class Push:
    """A request as the provider makes it to one of our addresses."""

    body: bytes = b""
    content_type: str = "application/json"
    method: str = "POST"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Sample:
    """One gateway's account, a message that it takes, and what the provider pushes; None: it never does.

    `texts` are inbound messages of PATIENT to OURS under the ids given, each saying "Yes".
    """

    message = Outgoing(PATIENT, OURS, "Please come.")
    secrets: dict[str, str] = {}
    configuration: dict[str, str] = {}

    @contextmanager
    def served(self, live_server_url: str) -> Iterator[str]:
        """Let the provider's side of the simulator be reached, at the address that is yielded."""
        yield live_server_url

    def texts(self, *ids: str) -> Push | None:
        """Return a push of one text, or of several as one batch."""
        return None

    def form(self, id: str) -> Push | None:
        """Return a push of a text as a form."""
        return None

    def forged(self, id: str) -> Push | None:
        """Return a push of a text under a wrong signature."""
        return None

    def challenge(self) -> tuple[Push, str] | None:
        """Return a request for a proof, and the proof."""
        return None


def sample_of(name: str) -> Sample:
    """Return the sample of a provider."""
    found: Sample = import_module(f"notifications.providers.{name}.tests.sample").SAMPLE
    return found


def outcome(name: str, address: str, message: Outgoing, *, timeout: float = 5) -> str:
    """Send a message as the outbox does, and return `accepted`, or the name of the error."""
    driver, sample = registry.load(name), sample_of(name)
    account = Account(address, message.sender, sample.secrets, sample.configuration)

    async def sent() -> None:
        async with provider_calls.session() as http:
            await asyncio.wait_for(driver.send(http, account, message), timeout)

    try:
        asyncio.run(sent())
    except DeliveryError as error:
        return type(error).__name__
    except Exception:  # as `provider_calls` takes it
        return Ambiguous.__name__
    return "accepted"
