"""Bodies of requests."""

import json
import re
from collections import Counter
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, parsers, status

# Of JSON; no resource needs more.
DEEPEST = 32  # objects and lists inside each other
LONGEST = 10_000  # items of one list, names of one object


class TooLarge(exceptions.APIException):
    """More bytes than a request may have."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body is too large.")
    default_code = "too_large"


class StrictJSONParser(parsers.JSONParser):
    """JSON of a bounded size, with no text in it that PostgreSQL cannot hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body; raise 400 for what is no JSON, 413 for what is too long."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            text = body.decode(settings.DEFAULT_CHARSET)
            value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
        except ValueError as error:
            raise exceptions.ParseError(_("JSON parse error - %(error)s") % {"error": error}) from error
        except RecursionError as error:
            raise exceptions.ParseError(_("JSON parse error - nested too deeply")) from error
        _check_shape(value)
        # Escapes are the only way to NUL and to half a surrogate pair.
        if b"\\u" in body and _has_bad_text(value):
            raise exceptions.ParseError(_("JSON parse error - NUL characters and lone surrogates are not allowed"))
        return value


def _check_shape(value: Any) -> None:
    level = [value]
    for _level in range(DEEPEST + 1):
        holders = [item for item in level if isinstance(item, dict | list)]
        if not holders:
            return
        if max(map(len, holders)) > LONGEST:
            raise exceptions.ParseError(
                _("JSON parse error - a list or an object has more than %(longest)s items") % {"longest": LONGEST}
            )
        level = [inner for item in holders for inner in (item.values() if isinstance(item, dict) else item)]
    raise exceptions.ParseError(_("JSON parse error - nested deeper than %(deepest)s levels") % {"deepest": DEEPEST})


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
        raise exceptions.ParseError(_("NUL characters are not allowed"))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a name that stands there twice, nobody knows which value is meant."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _value in pairs)
        twice = next(name for name, number in counts.items() if number > 1)
        raise ValueError(f"“{twice[:40]}” stands in one object twice")
    return made


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
