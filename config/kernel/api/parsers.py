"""Bodies of requests."""

import json
import re
from typing import Any

from django.conf import settings
from rest_framework import exceptions, parsers, status

# Of JSON; no resource needs more.
DEEPEST = 32  # objects and lists inside each other
LONGEST = 10_000  # items of one list, names of one object


class TooLarge(exceptions.APIException):
    """More bytes than a request may have."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(parsers.JSONParser):
    """JSON of a bounded size, with no text in it that PostgreSQL cannot hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body; raise 400 for what is no JSON, 413 for what is too long."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            value = json.loads(body.decode(settings.DEFAULT_CHARSET), parse_constant=_no_constant)
        except ValueError as error:
            raise exceptions.ParseError(f"JSON parse error - {error}") from error
        except RecursionError as error:
            raise exceptions.ParseError("JSON parse error - nested too deeply") from error
        _check_shape(value)
        # Escapes are the only way to NUL and to half a surrogate pair.
        if b"\\u" in body and _has_bad_text(value):
            raise exceptions.ParseError("JSON parse error - NUL characters and lone surrogates are not allowed")
        return value


def _check_shape(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        holders = [item for item in level if isinstance(item, dict | list)]
        if not holders:
            return
        if max(map(len, holders)) > LONGEST:
            raise exceptions.ParseError(f"JSON parse error - a list or an object has more than {LONGEST} items")
        level = [inner for item in holders for inner in (item.values() if isinstance(item, dict) else item)]
    raise exceptions.ParseError(f"JSON parse error - nested deeper than {DEEPEST} levels")


class StrictFormParser(parsers.FormParser):
    """A form with no text in it that PostgreSQL cannot hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body; raise 400 for NUL characters."""
        form = super().parse(stream, media_type, parser_context)
        _refuse_bad_text(form)
        return form


class StrictMultiPartParser(parsers.MultiPartParser):
    """A form in parts, with no text in it that PostgreSQL cannot hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body; raise 400 for NUL characters."""
        form = super().parse(stream, media_type, parser_context)
        _refuse_bad_text(form.data)
        return form


def _refuse_bad_text(form: Any) -> None:
    if _has_bad_text(dict(form.lists())):
        raise exceptions.ParseError("NUL characters are not allowed")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")


def _has_bad_text(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and _BAD_TEXT.search(item):
            return True
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return False
