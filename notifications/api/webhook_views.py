"""Where providers call: verify, store, answer within a second, act later. Each address holds a secret."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.errors import BadPayload, BadSignature, MethodNotTaken
from notifications.models import Gateway
from notifications.providers.pushed_events import WebhookRequest
from notifications.services import gateways, inbound_processing, webhook_storage
from notifications.services.webhook_storage import Received, Stored

LIMIT = 256 * 1024  # bytes


@csrf_exempt
@require_http_methods(["GET", "POST", "PUT"])
def webhook(request: HttpRequest, hook: str, token: str | None = None) -> HttpResponse:
    """Take what a provider pushes; with a token, about the attempt that it belongs to."""
    gateway = gateways.by_hook(hook)
    if not gateway:
        return _refused(403, "unknown_hook", "This address belongs to no gateway.")
    if len(request.body) > LIMIT:
        return _refused(413, "too_large", f"The body may have {LIMIT} bytes.")
    return _receive(gateway, _whole(request), token)


def _receive(gateway: Gateway, request: WebhookRequest, token: str | None) -> HttpResponse:
    try:
        received = webhook_storage.receive(gateway, request, token=token)
    except BadSignature as error:
        return _refused(403, error.code, error.message)
    except MethodNotTaken as error:
        return _refused(405, error.code, error.message)
    except BadPayload as error:
        return _refused(400, error.code, error.message)
    if received.events[Stored.NEW]:
        transaction.on_commit(inbound_processing.request_processing, robust=True)
    return _answered(received)


def _answered(received: Received) -> HttpResponse:
    events = received.events
    if events and set(events) == {Stored.UNREADABLE}:
        return _refused(400, BadPayload.code, BadPayload().message)
    if received.answer is not None:
        return HttpResponse(received.answer, content_type="text/plain; charset=utf-8")
    return JsonResponse({"status": "stored" if events[Stored.NEW] else "known"})


def _whole(request: HttpRequest) -> WebhookRequest:
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
    return WebhookRequest(request.method or "", url, headers, request.body)


def _refused(status: int, code: str, words: str) -> JsonResponse:
    return JsonResponse({"detail": words, "code": code}, status=status)
