"""What a provider pushes to us: the whole request, and the events that a driver reads from it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications.errors import BadPayload

MOST_FIELDS = 1000
FORM = "application/x-www-form-urlencoded"


class Progress(StrEnum):
    """What a receipt says; later values in this order win, in whichever order receipts arrive."""

    UNKNOWN = "unknown"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Receipt:
    """A provider's word on a message; `provider_id` is the one that it gave when it took the message."""

    provider_id: str
    progress: Progress
    status: str  # the provider's own word
    code: str = ""


@dataclass(frozen=True)
class InboundText:
    """A message that a person sent to one of our addresses; numbers are E.164."""

    provider_id: str
    sender: str
    recipient: str
    text: str


@dataclass(frozen=True)
class Unreadable:
    """Part of a push that is not what the provider's documents describe."""

    reason: str


@dataclass(frozen=True)
class PushedEvent:
    """One event of a push: its own part of the request, as it came, and what it means."""

    raw: str
    content: Receipt | InboundText | Unreadable


@dataclass(frozen=True)
class WebhookRequest:
    """A provider's HTTP request, whole: signatures cover the body and the address as they came.

    Names of headers are in small letters; `url` is the public address, with its query.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def text(self) -> str:
        """Return the body as text, without the NUL that PostgreSQL cannot store."""
        return self.body.decode(errors="replace").replace("\x00", "")

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the fields of the address's query; of a repeated one the first. Raises BadPayload."""
        return _fields(urlsplit(self.url).query)

    @cached_property
    def form(self) -> dict[str, str]:
        """Return the fields of a form body; of a repeated one the first. Raises BadPayload."""
        return _fields(self.text)

    @cached_property
    def json(self) -> Any:
        """Return the JSON of the body. Raises BadPayload."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise BadPayload("The body must be JSON.") from error

    @property
    def is_form(self) -> bool:
        """Return whether the body is a form."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def read_each(
    parts: Iterable[Any], read: Callable[[Any], Receipt | InboundText], *, request: WebhookRequest
) -> list[PushedEvent]:
    """Read the events of a push one by one, so that one that cannot be read costs only itself."""
    found = list(parts)
    return [PushedEvent(_raw(part, request, alone=len(found) == 1), _content(part, read)) for part in found]


def _content(part: Any, read: Callable[[Any], Receipt | InboundText]) -> Receipt | InboundText | Unreadable:
    try:
        return read(part)
    except BadPayload as error:
        return Unreadable(error.message)


def _raw(part: Any, request: WebhookRequest, *, alone: bool) -> str:
    if alone and request.text:
        return request.text
    return json.dumps(part, ensure_ascii=False).replace("\\u0000", "").encode(errors="replace").decode()


def _fields(text: str) -> dict[str, str]:
    try:
        found = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadPayload(f"A form may have {MOST_FIELDS} fields.") from error
    return {name: values[0].replace("\x00", "") for name, values in found.items()}
