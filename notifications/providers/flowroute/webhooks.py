"""What Flowroute pushes: delivery receipts (DLR) and inbound messages, one a request, version 2.1 or the flat 2.0."""

from typing import Any

from notifications.errors import BadPayload
from notifications.providers.pushed_events import InboundText, Progress, PushedEvent, Receipt, WebhookRequest, read_each

DELIVERED = frozenset({"delivered"})
UNDELIVERED = frozenset({"undelivered", "undeliverable", "failed", "rejected", "expired", "message failed"})
SENT = frozenset({"smsc submit", "message buffered", "buffered", "sent", "queued", "message sent"})
RECEIPT = "delivery_receipt"


def events(request: WebhookRequest) -> list[PushedEvent]:
    """Read the receipt or the text of a push; raise BadPayload when its body is no JSON."""
    return read_each([request.json], _event, request=request)


def _event(payload: Any) -> Receipt | InboundText:
    data = payload.get("data") if isinstance(payload, dict) else None
    return receipt(data) if isinstance(data, dict) and _is_receipt(data) else inbound(payload)


def _is_receipt(data: dict[str, Any]) -> bool:
    """Tell a receipt by its type, and where that is missing by its status without a sender."""
    attributes = data.get("attributes")
    untyped = isinstance(attributes, dict) and "status" in attributes and "from" not in attributes
    return data.get("type") == RECEIPT or untyped


def receipt(data: dict[str, Any]) -> Receipt:
    """Read the `data` of a delivery receipt; unknown codes are kept, never an error. Raises BadPayload."""
    attributes = data.get("attributes") or {}
    if not isinstance(attributes, dict) or not data.get("id"):
        raise BadPayload("A receipt needs data.id and data.attributes.")
    status = str(attributes.get("status") or "")
    return Receipt(str(data["id"]), progress(status.lower()), status[:60], str(attributes.get("status_code") or ""))


def inbound(payload: Any) -> InboundText:
    """Read a patient's text, as version 2.1 wraps it and as version 2 sends it flat. Raises BadPayload."""
    data = payload["data"] if isinstance(payload, dict) and "data" in payload else payload
    attributes = data.get("attributes", data) if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        raise BadPayload("A text needs from, to and body.")
    sender, recipient, body = (attributes.get(name) for name in ("from", "to", "body"))
    if not (isinstance(body, str) and _is_number(sender) and _is_number(recipient)):
        raise BadPayload("A text needs from and to (digits) and body (text).")
    return InboundText(str(data.get("id") or ""), e164(str(sender)), e164(str(recipient)), body.replace("\x00", ""))


def progress(status: str) -> Progress:
    """Return what a status of Flowroute's, in small letters, says of a message."""
    for known, found in (
        (DELIVERED, Progress.DELIVERED),
        (UNDELIVERED, Progress.UNDELIVERED),
        (SENT, Progress.SENT),
    ):
        if status in known:
            return found
    return Progress.UNKNOWN


def e164(digits: str) -> str:
    """Return a number as E.164; Flowroute writes it without the plus."""
    return "+" + digits.strip().removeprefix("+")


def _is_number(value: Any) -> bool:
    text = str(value).strip().removeprefix("+") if isinstance(value, str | int) else ""
    return text.isascii() and text.isdigit() and len(text) <= 15
