"""Where providers call: verify, store, answer within a second, act later."""

import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.errors import BadPayload
from notifications.models import Gateway
from notifications.services import gateways, hooks, wake

LIMIT = 64 * 1024  # bytes


@csrf_exempt
@require_POST
def inbound(request: HttpRequest, hook: str) -> JsonResponse:
    """Take a patient's text."""
    return _take(request, hook, lambda gateway, raw, payload: hooks.text(gateway, raw, payload))


@csrf_exempt
@require_POST
def receipt(request: HttpRequest, hook: str, token: str) -> JsonResponse:
    """Take a provider's word on one attempt."""
    return _take(request, hook, lambda gateway, raw, payload: hooks.receipt(gateway, token, raw, payload))


def _take(request: HttpRequest, hook: str, store: Any) -> JsonResponse:
    gateway = gateways.by_hook(hook)
    if not gateway:
        return _answer(403, "unknown_hook", "This address belongs to no gateway.")
    if len(request.body) > LIMIT:
        return _answer(413, "too_large", f"The body may have {LIMIT} bytes.")
    return _store(gateway, request.body.decode(errors="replace").replace("\x00", ""), store)


def _store(gateway: Gateway, raw: str, store: Any) -> JsonResponse:
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        payload = None
    try:
        fresh = store(gateway, raw, payload)
    except BadPayload as error:
        return _answer(400, error.code, error.message)
    if fresh:
        transaction.on_commit(wake.inbox, robust=True)
    return JsonResponse({"status": "stored" if fresh else "known"})


def _answer(status: int, code: str, words: str) -> JsonResponse:
    return JsonResponse({"detail": words, "code": code}, status=status)
