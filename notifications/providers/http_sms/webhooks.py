"""What a provider pushes: receipts and inbound messages, one or many, as JSON, a form, or parameters of the address."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from notifications.errors import BadPayload, BadSignature
from notifications.providers.http_sms.selectors import at, text_at
from notifications.providers.http_sms.settings import HttpSmsSettings
from notifications.providers.pushed_events import InboundText, Progress, PushedEvent, Receipt, WebhookRequest, read_each

DIGESTS = {"hmac-sha256": hashlib.sha256, "hmac-sha1": hashlib.sha1}
LONGEST_NUMBER = 15  # digits


def challenge(settings: HttpSmsSettings, secrets: Mapping[str, str], request: WebhookRequest) -> str | None:
    """Return the echo that a GET request asks for, None when it asks for none; a wrong secret is a `BadSignature`."""
    name, secret_name = settings.values["challenge_name"], settings.values["challenge_secret_name"]
    if request.method != "GET" or not name or name not in request.query:
        return None
    if secret_name and not _is_secret(request.query.get(secret_name, ""), secrets):
        raise BadSignature
    return request.query[name]


def verify(settings: HttpSmsSettings, secrets: Mapping[str, str], request: WebhookRequest) -> None:
    """Accept a push whose proof is right; raise `BadSignature`, also when the gateway keeps no secret to compare."""
    check = settings.values["push_check"]
    if check == "none":
        return
    shown = _shown(settings.values["push_check_name"], request)
    if check == "token":
        is_right = _is_secret(shown, secrets)
    else:
        is_right = _is_signed(shown.partition("=")[2] or shown, secrets, request.body, DIGESTS[check])
    if not is_right:
        raise BadSignature


def _shown(name: str, request: WebhookRequest) -> str:
    if name.startswith("?"):
        return request.query.get(name[1:], "")
    return request.headers.get(name.lower(), "")


def _is_secret(shown: str, secrets: Mapping[str, str]) -> bool:
    secret = secrets.get("push_secret", "")
    return bool(secret) and hmac.compare_digest(shown.encode(), secret.encode())


def _is_signed(shown: str, secrets: Mapping[str, str], body: bytes, digest: Any) -> bool:
    """Compare a signature in hex or base64; `sha256=` before it is taken off already."""
    secret = secrets.get("push_secret", "")
    right = hmac.new(secret.encode(), body, digest).digest()
    known = (right.hex(), base64.b64encode(right).decode().rstrip("="))
    given = shown.rstrip("=")
    return bool(secret) and any(hmac.compare_digest(given.encode(), each.encode()) for each in known)


def events(settings: HttpSmsSettings, request: WebhookRequest) -> list[PushedEvent]:
    """Return the events of a push; raise BadPayload when there is neither a form, nor JSON, nor a parameter."""
    return read_each(_parts(settings, request), partial(_event, settings), request=request)


def _parts(settings: HttpSmsSettings, request: WebhookRequest) -> list[Any]:
    if request.is_form:
        return [request.form]
    if not request.body:
        # A call without anything, such as a browser's, tells nothing.
        return [request.query] if request.query else []
    found = at(request.json, settings.values["events_path"])
    return found if isinstance(found, list) else [found]


def _event(settings: HttpSmsSettings, data: Any) -> Receipt | InboundText:
    """Tell a receipt by its status, and an inbound message by its text."""
    if status := text_at(data, settings.values["receipt_status_path"]):
        provider_id = text_at(data, settings.values["receipt_id_path"])
        return Receipt(provider_id[:200], _progress(settings, status.lower()), status[:60])
    body = at(data, settings.values["inbound_text_path"]) if isinstance(data, dict) else None
    if not isinstance(body, str):
        raise BadPayload(f"There is neither a status nor a text: {json.dumps(data)[:200]}")
    return InboundText(
        text_at(data, settings.values["inbound_id_path"]),
        _number(text_at(data, settings.values["inbound_from_path"])),
        _number(text_at(data, settings.values["inbound_to_path"])),
        body.replace("\x00", ""),
    )


def _progress(settings: HttpSmsSettings, status: str) -> Progress:
    for progress in (Progress.DELIVERED, Progress.UNDELIVERED, Progress.SENT):
        if status in settings.words(f"{progress}_values"):
            return progress
    return Progress.UNKNOWN


def _number(text: str) -> str:
    """Return a number as E.164; gateways write it with a plus, with 00, or with digits alone."""
    digits = text.strip().removeprefix("+").removeprefix("00")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise BadPayload("An inbound message needs two numbers.")
    return f"+{digits}"
