"""Lets clients repeat a POST safely: the same Idempotency-Key gives the same answer, and one effect."""

import hashlib
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import principal
from accounts.errors import BadIdempotencyKey, IdempotencyInProgress, IdempotencyMismatch
from accounts.services import idempotency
from accounts.services.idempotency import Claim, StoredResponse
from config.kernel.api.parsers import TooLarge
from config.kernel.errors import Conflict, PunctualError
from config.kernel.http import commit_errors, crm_service

SPACE = "/rest-api/"
KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Vary")


class IdempotencyMiddleware:
    """Runs a view and keeps its answer in one transaction; it stands last, so that nothing else is in there.

    Errors (400 and above) are rolled back and not kept, so the key is free for the corrected request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the first POST with a key, replay its answer to the others; leave all else alone."""
        found = principal.find(request)
        key = request.headers.get("Idempotency-Key")
        if key is None or not found or request.method != "POST" or not _is_within(request.path):
            return self.get_response(request)
        try:
            claimed = _claim(request, found.identity, key)
            return _replay(claimed) if isinstance(claimed, StoredResponse) else self._run(request, claimed)
        except PunctualError as error:
            return _refusal(error)
        except RequestDataTooBig:
            return JsonResponse({"detail": TooLarge.default_detail, "code": TooLarge.default_code}, status=413)

    def _run(self, request: HttpRequest, claimed: Claim) -> HttpResponse:
        try:
            return self._carry_out(request, claimed)
        except DatabaseError as error:
            if answer := commit_errors.refusal(request, error):
                return answer
            raise
        finally:
            idempotency.release(claimed)

    def _carry_out(self, request: HttpRequest, claimed: Claim) -> HttpResponse:
        # Around the view's own transaction: effect and answer are committed together, or neither is.
        with transaction.atomic(durable=True):
            response = self.get_response(request)
            if response.status_code < 400:
                idempotency.store_response(claimed, _answer(response))
            else:
                transaction.set_rollback(True)
        return response


def _is_within(path: str) -> bool:
    return path.startswith(SPACE) or crm_service.is_path(path)


def _claim(request: HttpRequest, actor: str, key: str) -> Claim | StoredResponse:
    if not KEY.fullmatch(key):
        raise BadIdempotencyKey
    return idempotency.claim(actor=actor, key=key, path=quote(request.path), fingerprint=_fingerprint(request))


def _fingerprint(request: HttpRequest) -> str:
    """Return the SHA-256 of what is asked; a slash at the end and a form's boundary make no difference."""
    asked = [request.path.rstrip("/"), request.META.get("QUERY_STRING", ""), request.content_type]
    # Clients draw a new boundary for every try.
    boundary = (request.content_params or {}).get("boundary", "")
    body = request.body.replace(f"--{boundary}".encode(), b"") if boundary else request.body
    return hashlib.sha256(json.dumps(asked).encode() + b"\n" + body).hexdigest()


def _answer(response: HttpResponse) -> StoredResponse:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    return StoredResponse(response.status_code, headers, None if response.streaming else response.content)


def _replay(answer: StoredResponse) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if "Content-Type" not in answer.headers:
        del response["Content-Type"]
    response["Idempotent-Replayed"] = "true"
    return response


def _refusal(error: PunctualError) -> JsonResponse:
    status = 422 if isinstance(error, IdempotencyMismatch) else 409 if isinstance(error, Conflict) else 400
    response = JsonResponse({"detail": error.message, "code": error.code}, status=status)
    if isinstance(error, IdempotencyInProgress):
        response["Retry-After"] = "1"
    return response
