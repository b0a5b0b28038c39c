"""Answers where two requests raced and the database refused the later one at the end of its transaction."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework.exceptions import APIException

from config.kernel.api.error_responses import of_database
from config.kernel.errors import PunctualError
from config.kernel.http.compression import PROGRAMS


class CommitErrorMiddleware:
    """Answers what a view's transaction could not commit: deferred foreign keys are checked after the view.

    Where another middleware holds the transaction, it asks `refusal` itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave what went well alone."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Refuse what lost a race."""
        return refusal(request, error)


def refusal(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return what to answer, JSON to programs and a page to people; None for other errors.

    409 for who lost, 404 for a row that is gone, 503 where the database gave up.
    """
    found = of_database(error, request.method or "") if isinstance(error, DatabaseError) else None
    if found is None:
        return None
    status, code, message, wait = _told(found)
    if PROGRAMS.match(request.path_info):
        response: HttpResponse = JsonResponse({"detail": message, "code": code}, status=status)
    else:
        response = render(request, "409.html", {"message": message}, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _told(found: APIException | PunctualError) -> tuple[int, str, str, int]:
    """Return status, code, sentence, and how many seconds to wait."""
    if isinstance(found, PunctualError):
        return 409, found.code, found.message, 0
    return found.status_code, found.default_code, str(found.detail), getattr(found, "wait", 0)
