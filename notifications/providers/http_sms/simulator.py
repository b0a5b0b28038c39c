"""A gateway of the kind that many providers offer: JSON in, JSON out, a bearer token, signed pushes in batches."""

import hashlib
import hmac
import json
import secrets
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from simulator import addresses, carrier, web_faults
from simulator.carrier import Text
from simulator.errors import BadField
from simulator.models import CarrierAccount, CarrierMessage, CarrierPost

NAME = "http_sms"
STEPS = ("accepted", "delivered")


@csrf_exempt
@transaction.non_atomic_requests
def messages(request: HttpRequest) -> HttpResponseBase:
    """Take a text: `{"to", "from", "text", "callback"}`, with a bearer token, which also signs the pushes."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token or len(token) > 100:
        return refusal(401, "unauthorized", "Send a bearer token.")
    try:
        return _take(request, token)
    except BadField as error:
        return refusal(422, "invalid", f"{error.field}: {error.message}")


def _take(request: HttpRequest, token: str) -> HttpResponseBase:
    wanted = _wanted(request)
    line = carrier.line(NAME, token, sender=wanted.sender, recipient=wanted.recipient)
    fault = line.faults.draw()
    if answer := web_faults.before(fault, refusal):
        return answer
    if line.silenced:
        return refusal(400, "opted_out", "The recipient wrote STOP.")
    taken = carrier.accept(line.account, wanted, receipts=partial(_receipts, token=token), fault=fault)
    return web_faults.after(fault, JsonResponse({"id": taken.public_id, "status": "accepted"}, status=202), refusal)


@csrf_exempt
def inbound_address(request: HttpRequest) -> HttpResponse:
    """Keep where inbound messages are pushed, `{"token", "url"}`, as people write it into a provider's pages."""
    body = _json(request)
    account = carrier.account(NAME, str(body.get("token")))
    account.inbound_url = str(body.get("url"))[:500]
    account.save(update_fields=["inbound_url"])
    return HttpResponse(status=204)


def new_id() -> str:
    """Return an id of a message."""
    return f"http-{secrets.token_hex(12)}"


def inbound(message: CarrierMessage, account: CarrierAccount) -> CarrierPost:
    """Return the unsaved call that tells a customer what a phone wrote."""
    event = {"id": message.public_id, "from": message.sender, "to": message.recipient, "text": message.text}
    return _push(account.inbound_url, [event], account.access_key)


def refusal(status: int, title: str, detail: str) -> HttpResponse:
    """Answer an error."""
    return JsonResponse({"status": title.lower().replace(" ", "_"), "error": detail}, status=status)


def _receipts(message: CarrierMessage, url: str, *, token: str) -> list[CarrierPost]:
    """Return one call that tells of both steps."""
    return [_push(url, [{"id": message.public_id, "status": step} for step in STEPS], token)]


def _push(url: str, events: list[dict[str, Any]], token: str) -> CarrierPost:
    body = json.dumps({"events": events})
    signature = hmac.new(token.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Signature": f"sha256={signature}"}
    return CarrierPost(url=url, headers=headers, body=body)


def _wanted(request: HttpRequest) -> Text:
    body = _json(request)
    text, callback = body.get("text"), body.get("callback") or ""
    if not isinstance(text, str) or not text.strip():
        raise BadField("The text must not be empty.", field="text")
    if not isinstance(callback, str) or len(callback) > 500:
        raise BadField("An http or https address is needed.", field="callback")
    sender, recipient = (addresses.phone(body.get(name), field=name) for name in ("from", "to"))
    return Text(sender, recipient, text.replace("\x00", ""), callback)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadField("The body must be JSON.", field="body") from error
    if not isinstance(body, dict):
        raise BadField("The body must be a JSON object.", field="body")
    return body


urlpatterns = [
    re_path(r"^messages/?$", messages, name="http-sms-messages"),
    re_path(r"^inbound-address/?$", inbound_address, name="http-sms-inbound-address"),
]
