"""gzip for programs that ask for it: feeds, CalDAV and the REST interface, never pages or files."""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_sequence, compress_string

from config.kernel.http import crm_service

PROGRAMS = re.compile(rf"/(?:rest-api|feeds|caldav|{'|'.join(crm_service.COLLECTIONS)}|reminder|asapcomms)(?:/|$)")
TYPES = ("application/json", "application/xml", "application/vnd.oai.openapi", "text/calendar", "text/csv")
# A secret that was just made stands in the answers to other methods only.
METHODS = ("GET", "PROPFIND", "REPORT")
SMALL = 200  # bytes; shorter bodies gain nothing
# The length of a compressed answer tells less with so many random bytes in its header (BREACH).
PADDING = 100
SUFFIX = "-gzip"
ACCEPTED = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE
)


class CompressionMiddleware:
    """Compresses what a program without cookies asked for.

    Who listens to the line can tell from lengths what a body repeats of its request. Nobody else can make a browser
    ask with a key, but with a cookie or a remembered password: such requests are answered as they are.
    An ETag stays strong and gets a suffix, since one tag names one sequence of bytes (RFC 9110 8.8.3.3); the suffix is
    taken off again where a condition names it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as before, compressed where that is asked for and safe."""
        if not PROGRAMS.match(request.path_info):
            return self.get_response(request)
        suffixed = _strip_suffixes(request.META)
        # A middleware that has asked for a header before has made Django keep a copy of all.
        request.__dict__.pop("headers", None)
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Encoding",))
        if response.status_code == 304 and suffixed:
            _add_suffix(response)
        elif _is_wanted(request) and _is_compressible(request, response):
            _compress(response)
        return response


def _strip_suffixes(headers: dict[str, Any]) -> bool:
    found = False
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
        text = headers.get(name, "")
        if f'{SUFFIX}"' in text:
            headers[name], found = text.replace(f'{SUFFIX}"', '"'), True
    return found


def _is_wanted(request: HttpRequest) -> bool:
    headers = request.META
    is_forged = headers.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin")
    return (
        bool(ACCEPTED.search(headers.get("HTTP_ACCEPT_ENCODING", "")))
        and not headers.get("HTTP_COOKIE")
        and not is_forged
    )


def _is_compressible(request: HttpRequest, response: HttpResponse) -> bool:
    if request.method not in METHODS or response.has_header("Content-Encoding"):
        return False
    # Apps compare the ETag of an object with the one that a REPORT told.
    if request.path_info.startswith("/caldav/") and response.has_header("ETag"):
        return False
    is_known = response.get("Content-Type", "").startswith(TYPES)
    return is_known and (response.streaming or len(response.content) >= SMALL)


def _compress(response: HttpResponse | StreamingHttpResponse) -> None:
    if isinstance(response, StreamingHttpResponse):
        pieces = cast(Iterator[bytes], response.streaming_content)
        response.streaming_content = compress_sequence(pieces, max_random_bytes=PADDING)
        del response["Content-Length"]
    else:
        response.content = compress_string(response.content, max_random_bytes=PADDING)
        response["Content-Length"] = str(len(response.content))
    response["Content-Encoding"] = "gzip"
    _add_suffix(response)


def _add_suffix(response: HttpResponse | StreamingHttpResponse) -> None:
    if tag := response.get("ETag"):
        response["ETag"] = f'{tag[:-1]}{SUFFIX}"'
