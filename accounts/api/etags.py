"""ETags of rows, and requests that depend on them (RFC 9110, 8.8.3 and 13).

A tag is a keyed digest of a row's columns and of what else its representation shows: it differs after every write.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Manager, Model
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.engine import entity_tags
from accounts.errors import AlreadyThere, BadCondition, ChangedMeanwhile

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
SALT = "punctual.entity-tag"
LENGTH = 32


def tag(row: Model, *, shown: Iterable[str] = (), ignored: Iterable[str] = ()) -> str:
    """Return the strong ETag of a row as it was read.

    `shown` are paths to what is told beside its own columns, such as `user.username` or `phones` (all their columns);
    `ignored` are columns in which the machine notes its work. Keyed, so that nobody guesses a secret from it.
    """
    values = [row._meta.label_lower, _columns(row, set(ignored)), *(_at(row, path.split(".")) for path in shown)]
    text = json.dumps(values, default=_plain, sort_keys=True)
    return f'"{salted_hmac(SALT, text, algorithm="sha256").hexdigest()[:LENGTH]}"'


def are_asked(request: HttpRequest) -> bool:
    """Return whether a request depends on what stands there."""
    return IF_MATCH in request.headers or IF_NONE_MATCH in request.headers


def check(request: HttpRequest, current: str) -> None:
    """Raise `ChangedMeanwhile`, `AlreadyThere` or `BadCondition` where a change is not wanted as things stand."""
    if is_known(request, current):
        raise AlreadyThere


def is_known(request: HttpRequest, current: str) -> bool:
    """Return whether `If-None-Match` names what stands there; raise `ChangedMeanwhile` where `If-Match` does not."""
    wanted, known = _tags(request, IF_MATCH), _tags(request, IF_NONE_MATCH)
    if wanted is not None and not entity_tags.match(wanted, current):
        raise ChangedMeanwhile
    return known is not None and entity_tags.match_weakly(known, current)


def _tags(request: HttpRequest, name: str) -> frozenset[str] | None:
    text = request.headers.get(name)
    try:
        return None if text is None else entity_tags.read(text)
    except ValueError:
        raise BadCondition from None


def _columns(row: Model, ignored: set[str]) -> dict[str, Any]:
    left = row.get_deferred_fields() | ignored
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in left
    }


def _at(value: Any, path: list[str]) -> Any:
    if isinstance(value, Manager):
        return [_at(row, path) for row in value.all()]
    if path and value is not None:
        return _at(getattr(value, path[0]), path[1:])
    return _columns(value, set()) if isinstance(value, Model) else value


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
