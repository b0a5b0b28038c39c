"""A name for every request, which its answer, its log lines and the client's own log share (`X-Request-ID`)."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from config.kernel.redaction import masked

HEADER = "X-Request-ID"
KEPT = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
ATTRIBUTE = "request_id"
NONE = "-"  # where no request is answered, as in a worker

_current: ContextVar[str] = ContextVar("request_id", default=NONE)


def current() -> str:
    """Return the name of the request that is being answered, `NONE` where there is none."""
    return _current.get()


def chosen(wanted: str) -> str:
    """Return a client's name for its request; a new one for none, for what a log cannot hold, and for a number."""
    return wanted if KEPT.fullmatch(wanted) and masked(wanted) == wanted else uuid.uuid4().hex


class RequestIdFilter(logging.Filter):
    """Lets a log's lines say to which request they belong."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the name to a record: that of its own request: Django tells of refusals after the answer."""
        record.request_id = getattr(getattr(record, "request", None), ATTRIBUTE, current())
        return True


class RequestIdMiddleware:
    """Stands before all others, so that refusals have the header as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Name the request for as long as it is answered."""
        name = chosen(request.headers.get(HEADER, ""))
        setattr(request, ATTRIBUTE, name)
        token = _current.set(name)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = name
        return response
