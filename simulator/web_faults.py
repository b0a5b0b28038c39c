"""Faults of a provider that is called by HTTP; the refusals have the provider's own form."""

import errno
import time
from collections.abc import Callable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from simulator import faults
from simulator.faults import Fault

# Makes a refusal from a status, its name and what is told.
Refusal = Callable[[int, str, str], HttpResponse]


def before(fault: Fault | None, refusal: Refusal) -> HttpResponse | None:
    """Return what is answered without taking the message, if anything; a slow provider takes it in the end."""
    if fault is Fault.SLOW:
        time.sleep(faults.SLOW_SECONDS)
    if fault is Fault.REFUSE:
        return refusal(422, "Unprocessable Entity", "to: This number cannot receive messages.")
    if fault is Fault.OVERLOAD:
        return refusal(429, "Too Many Requests", "The limit of messages per second is exceeded.")
    if fault is Fault.ERROR_BEFORE:
        return refusal(500, "Internal Server Error", "Something went wrong.")
    return None


def after(fault: Fault | None, answer: HttpResponse, refusal: Refusal) -> HttpResponseBase:
    """Return what is answered although the message is taken: the row is committed by now."""
    if fault is Fault.ERROR_AFTER:
        return refusal(500, "Internal Server Error", "Something went wrong.")
    if fault is Fault.HANG:
        time.sleep(faults.HANG_SECONDS)
    if fault is Fault.LOSE_RESPONSE:
        # With no Content-Length, every server ends this answer by closing the connection.
        media_type = answer.headers["Content-Type"]
        return StreamingHttpResponse(_torn(answer.content), status=answer.status_code, content_type=media_type)
    return answer


def _torn(content: bytes) -> Iterator[bytes]:
    """Yield half the answer, then break the connection."""
    yield content[: len(content) // 2]
    # Servers take this one for a caller that went away, and close without an error page.
    raise ConnectionResetError(errno.ECONNRESET, "The simulated carrier lost the line.")
