"""What the OpenAPI description says about every operation: how it refuses, repeats a POST safely, and uses ETags."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from accounts.api.base import RetrieveMixin, TenantViews

KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repeating safe: the same key and body give the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what was seen, or several with commas between them: 412 where it changed since.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags that are known, with commas between them, or *: 304 with no body while one still holds.",
    "schema": {"type": "string"},
}
ETAG = {"description": "Another one whenever the row changes.", "schema": {"type": "string"}}
NOT_MODIFIED = {"description": "It is still what `If-None-Match` names.", "headers": {"ETag": ETAG}}
REFUSAL = {
    "type": "object",
    "description": "Why not: a `detail`, or messages by the name of each field; and always a stable `code`.",
    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    "required": ["code"],
    "additionalProperties": {"type": ["array", "object"]},
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
REFUSALS = {
    "400": "Something in the request does not fit; the answer names the field.",
    "401": "There is no sign-in or key, or it is wrong.",
    "403": "The role or the key does not allow this.",
    "404": "There is no such thing, page or cursor; or it belongs to somebody else.",
    "406": "None of the media types in `Accept` can be answered.",
    "409": "It is in no state for this; or the first request with this Idempotency-Key is under way.",
    "412": "Somebody changed it meanwhile: it is no longer the version that `If-Match` names.",
    "413": "The body is too large.",
    "414": "The address is too long; the web server says so, in its own words.",
    "415": "The body's media type is not known here.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too many requests, or too many wrong passwords.",
}
ALWAYS = ("401", "403", "406", "414", "429")
METHODS = ("get", "post", "put", "patch", "delete")
# RFC 3339 wants an offset after a time; a wall-clock time has none.
TIME = r"^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"


class ConditionalSchema(AutoSchema):
    """Describes which conditions a view honours, and which answers carry an ETag."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its conditions."""
        operation = super().get_operation(*args, **kwargs)
        if operation and isinstance(self.view, TenantViews):
            self._condition(operation, self.view)
        return operation

    def _condition(self, operation: dict[str, Any], view: TenantViews) -> None:
        is_read = isinstance(view, RetrieveMixin) and view.action == "retrieve"
        is_change = self.method not in SAFE_METHODS
        if is_read:
            _ask(operation, "IfNoneMatch", "304")
        elif is_change and view.detail:
            _ask(operation, "IfMatch", "412")
        # What is sent is mostly answered with the row as it is then.
        told = getattr(self.get_response_serializers(), "Meta", None)
        if is_read or (is_change and getattr(told, "model", None) is view.model):
            for status in {"200", "201"} & operation["responses"].keys():
                operation["responses"][status]["headers"] = {"ETag": ETAG}


def describe(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add refusals to every operation and the key to every POST (a hook of drf-spectacular)."""
    components = result.setdefault("components", {})
    own = {"IdempotencyKey": KEY, "IfMatch": IF_MATCH, "IfNoneMatch": IF_NONE_MATCH}
    components["parameters"] = components.get("parameters", {}) | own
    components.setdefault("schemas", {})["Refusal"] = REFUSAL
    components["responses"] = {status: _refusal(status) for status in REFUSALS} | {"304": NOT_MODIFIED}
    for path, methods in result["paths"].items():
        for method in METHODS & methods.keys():
            _complete(path, method, methods[method])
    for schema in _below(result):
        if schema.get("format") == "time":
            del schema["format"]
            schema["pattern"] = TIME
    return result


def _ask(operation: dict[str, Any], name: str, status: str) -> None:
    """Add a header that may be asked with, and how an answer to it can be."""
    operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{name}"})
    operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say what else an operation answers; what its view documents itself stays."""
    if method == "post":
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    for status in _statuses(path, method, operation):
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{status}"})


def _statuses(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    asked = {parameter.get("name") for parameter in operation.get("parameters", [])}
    yield from ALWAYS
    if asked or method != "get":
        yield "400"
    if "{" in path or asked & {"page", "cursor"}:
        yield "404"
    if method != "get":
        yield "409"
    if "requestBody" in operation:
        yield from ("413", "415")
    if method == "post":
        yield "422"


def _refusal(status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    told: dict[str, Any] = {"description": REFUSALS[status]}
    if status != "414":
        told["content"] = {"application/json": {"schema": schema}}
    return told | ({"headers": {"Retry-After": RETRY_AFTER}} if status == "429" else {})


def _below(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the description."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _below(child)
