"""Requests that are too long, refused before anything reads them."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

# Where signed-in people send files.
UPLOADS = ("/rest-api/", "/admin/")
# Where a calendar's file comes in, over REST and in the admin.
IMPORT = re.compile(r"(?:/rest-api/calendar|/admin/calendars/calendar)/[0-9]+/import/?")
# So much of a refused body is thrown away, since many clients read no answer before they have sent all of it.
DRAINED = 16 * 1024 * 1024
PIECE = 64 * 1024


class BodyLimitMiddleware:
    """Holds for every address and every kind of body; one without a length has no body to Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 to what is announced as too long."""
        length, most = _length(request), _most(request)
        if length <= most:
            return self.get_response(request)
        for _ in range(0, min(length, DRAINED), PIECE):
            request.read(PIECE)
        words = f"The body has {length} bytes, and at most {most} are taken; send it in parts."
        return JsonResponse({"detail": words, "code": "too_large"}, status=413)


def _most(request: HttpRequest) -> int:
    has_files = request.content_type == "multipart/form-data" and request.path.startswith(UPLOADS)
    if has_files and IMPORT.fullmatch(request.path):
        return settings.IMPORT_MAX_SIZE
    return settings.UPLOAD_MAX_SIZE if has_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    # What is no number means no body to Django, too.
    return int(text[:16]) if text.isascii() and text.isdigit() else 0
