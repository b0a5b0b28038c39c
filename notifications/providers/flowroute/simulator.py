"""Flowroute Messaging 2.1 from the provider's side (https://developer.flowroute.com/api/messages/v2.1/)."""

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from simulator import addresses, callbacks, carrier, web_faults
from simulator.carrier import Text
from simulator.errors import BadField, NoSuchMessage
from simulator.models import CarrierAccount, CarrierMessage, CarrierPost

MEDIA_TYPE = "application/vnd.api+json"
PAGE = 250
# What an account may have called, and the field that keeps it; texts have no pictures here.
CALLBACKS = {"sms_callback": "inbound_url", "mms_callback": "", "dlr_callback": "receipt_url"}
NAME = "flowroute"
# Flowroute's own samples: the first step has no code; the table of codes is not public.
RECEIPTS: tuple[dict[str, Any], ...] = (
    {"level": 1, "status": "smsc submit", "status_code": None, "status_code_description": None},
    {"level": 2, "status": "delivered", "status_code": "0", "status_code_description": "Message delivered to handset"},
)
View = Callable[..., HttpResponseBase]


def customer(view: View) -> View:
    """Let customers with an access key and a secret key in; answer errors in Flowroute's shape."""

    @csrf_exempt
    @transaction.non_atomic_requests
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        key = _access_key(request.headers.get("Authorization", ""))
        if not key:
            return refusal(401, "Unauthorized", "Send the access key and the secret key by HTTP Basic.")
        try:
            return view(request, key, **kwargs)
        except BadField as error:
            return refusal(422, "Unprocessable Entity", f"{error.field}: {error.message}")
        except NoSuchMessage as error:
            return refusal(404, "Not Found", error.message)

    return guarded


@customer
def messages(request: HttpRequest, key: str) -> HttpResponseBase:
    """Send (POST) or list (GET) messages."""
    if request.method == "POST":
        return _send(request, key)
    return _list(request, key) if request.method == "GET" else _not_allowed()


@customer
def message(request: HttpRequest, key: str, public_id: str) -> HttpResponseBase:
    """Look one message up; other customers' messages are not there."""
    if request.method != "GET":
        return _not_allowed()
    found = carrier.records(carrier.account(NAME, key)).filter(public_id=public_id).first()
    if found is None:
        raise NoSuchMessage(f"There is no message {public_id}.")
    return _json({"data": _record(request, found)})


@customer
def callback(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """Set an account's callback address; texts and receipts have one each."""
    if request.method != "PUT":
        return _not_allowed()
    url = _attributes(request).get("callback_url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or len(url) > 500:
        raise BadField("An http or https address is needed.", field="callback_url")
    account = carrier.account(NAME, key)
    if field := CALLBACKS[name]:
        setattr(account, field, url)
        account.save(update_fields=[field])
    return HttpResponse(status=204)


def new_id() -> str:
    """Return a record id as Flowroute makes them."""
    return f"mdr2-{secrets.token_hex(16)}"


def inbound(message: CarrierMessage, account: CarrierAccount) -> CarrierPost:
    """Return the unsaved call that tells a customer what a phone wrote."""
    record = _record_of(message) | {"message_callback_url": account.inbound_url}
    body = {"data": {"id": message.public_id, "type": "message", "attributes": record}}
    return callbacks.json_post(account.inbound_url, body)


def refusal(status: int, title: str, detail: str, **extra: str) -> JsonResponse:
    """Answer an error as Flowroute does."""
    error = {"id": secrets.token_hex(16), "status": status, "title": title, "detail": detail, **extra}
    return _json({"errors": [error]}, status=status)


def _send(request: HttpRequest, key: str) -> HttpResponseBase:
    wanted = _wanted(_attributes(request))
    line = carrier.line(NAME, key, sender=wanted.sender, recipient=wanted.recipient)
    fault = line.faults.draw()
    if answer := web_faults.before(fault, refusal):
        return answer
    if line.silenced:
        return refusal(400, "Bad Request", "The recipient has opted out of messages from this number.", code="1110")
    url = request.build_absolute_uri("/".join([request.path.rstrip("/"), ""]))
    taken = carrier.accept(line.account, wanted, receipts=partial(_receipts, link=url), fault=fault)
    data = {"id": taken.public_id, "type": "message", "links": {"self": url + taken.public_id}}
    return web_faults.after(fault, _json({"data": data}, status=202), refusal)


def _list(request: HttpRequest, key: str) -> HttpResponse:
    found = carrier.records(carrier.account(NAME, key)).order_by("id")
    if since := _instant(request, "start_date"):
        found = found.filter(at__gte=since)
    if until := _instant(request, "end_date"):
        found = found.filter(at__lte=until)
    offset = _number(request, "offset", default=0, least=0)
    limit = _number(request, "limit", default=PAGE, least=1)
    return _json({"data": [_record(request, row) for row in found[offset : offset + min(limit, PAGE)]]})


def _record(request: HttpRequest, row: CarrierMessage) -> dict[str, Any]:
    attributes = {**_record_of(row), "delivery_receipts": _steps(row)}
    root = request.path.rpartition("/v2.1/messages")[0]
    url = request.build_absolute_uri(f"{root}/v2.1/messages/{row.public_id}")
    return {"id": row.public_id, "type": "message", "attributes": attributes, "links": {"self": url}}


def _record_of(message: CarrierMessage) -> dict[str, Any]:
    """Return a text's record as Flowroute 2.1 prints it: numbers without plus, times to the second."""
    is_plain = message.text.isascii()
    segments = max(1, -(-len(message.text) // (160 if is_plain else 70)))
    return {
        "body": message.text,
        "status": "delivered" if message.direction == carrier.OUTBOUND else "received",
        "direction": message.direction,
        "to": message.recipient.removeprefix("+"),
        "from": message.sender.removeprefix("+"),
        "timestamp": _stamp(message),
        "amount_display": f"${0.004 * segments:.4f}",
        "amount_nanodollars": 4_000_000 * segments,
        "message_encoding": 0 if is_plain else 8,
        "is_mms": False,
        "message_type": "longcode",
        "delivery_receipts": [],
    }


def _steps(message: CarrierMessage) -> list[dict[str, Any]]:
    """Return the receipts of an accepted text as its record lists them."""
    return [_step(message, step) for step in RECEIPTS] if message.direction == carrier.OUTBOUND else []


def _stamp(message: CarrierMessage) -> str:
    """Return when a message passed, in UTC, to the second."""
    return message.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _step(message: CarrierMessage, step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "timestamp": _stamp(message)}


def _receipts(message: CarrierMessage, url: str, *, link: str) -> list[CarrierPost]:
    """Return the unsaved calls that tell a customer of both steps; `link` is the address of all messages."""
    return [callbacks.json_post(url, {"data": _receipt(message, step, link + message.public_id)}) for step in RECEIPTS]


def _receipt(message: CarrierMessage, step: dict[str, Any], related: str) -> dict[str, Any]:
    return {
        "id": message.public_id,
        "type": "delivery_receipt",
        "links": {"related": related},
        "attributes": {**_step(message, step), "body": message.text},
    }


def _wanted(attributes: dict[str, Any]) -> Text:
    for name in ("to", "from"):
        value = attributes.get(name)
        if not isinstance(value, str) or not addresses.is_dialled(value):
            raise BadField("An E.164 number without plus is needed (11 digits in North America).", field=name)
    body, callback_url = attributes.get("body"), attributes.get("dlr_callback") or ""
    if not isinstance(body, str) or not body.strip():
        raise BadField("The text must not be empty.", field="body")
    if not isinstance(callback_url, str) or len(callback_url) > 500:
        raise BadField("An http or https address is needed.", field="dlr_callback")
    return Text(f"+{attributes['from']}", f"+{attributes['to']}", body.replace("\x00", ""), callback_url)


def _attributes(request: HttpRequest) -> dict[str, Any]:
    """Return the attributes of a body, in their JSON:API envelope or flat."""
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadField("The body must be JSON.", field="body") from error
    data = body.get("data", body) if isinstance(body, dict) else None
    attributes = data.get("attributes", data) if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        raise BadField("An object with the message's attributes is needed.", field="data")
    return attributes


def _access_key(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        key, _, secret = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return key if secret and len(key) <= 100 and "\x00" not in key else ""


def _instant(request: HttpRequest, name: str) -> datetime | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadField(f"{text!r} is no date or time like 2026-11-23T09:00:00Z.", field=name) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number(request: HttpRequest, name: str, *, default: int, least: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and least <= int(text) < 2**31):
        raise BadField(f"A whole number, {least} or more, is needed.", field=name)
    return int(text)


def _not_allowed() -> JsonResponse:
    return refusal(405, "Method Not Allowed", "This address does not take this method.")


def _json(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


_MESSAGES = r"^v2\.1/messages"
urlpatterns = [
    re_path(rf"{_MESSAGES}/?$", messages, name="flowroute-messages"),
    re_path(rf"{_MESSAGES}/(?P<name>sms_callback|mms_callback|dlr_callback)/?$", callback),
    re_path(rf"{_MESSAGES}/(?P<public_id>[A-Za-z0-9-]{{1,60}})/?$", message, name="flowroute-message"),
]
