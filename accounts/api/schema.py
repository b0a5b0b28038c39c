"""What the OpenAPI description says about every operation: how it refuses, repeats a POST safely, and uses ETags."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from accounts.api import operation_names
from accounts.api.base import RetrieveMixin, TenantViews
from config.kernel.api import examples
from config.kernel.http import crm_service

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
EXPAND = {
    "name": "expand",
    "in": "query",
    "required": False,
    "description": "Relations to be told in `expanded`, with commas between them.",
    "schema": {"type": "string"},
}
UPDATED_SINCE = {
    "name": "updated_since",
    "in": "query",
    "required": False,
    "description": "Tells what changed since, and in `deleted` what is gone: 100 rows a page, `page_size` up to 1,000.",
    "schema": {"type": "string", "format": "date-time"},
}
CURSOR = {
    "name": "cursor",
    "in": "query",
    "required": False,
    "description": "Of the next page, as its address has it.",
    "schema": {"type": "string"},
}
ETAG = {"description": "Another one whenever the row changes.", "schema": {"type": "string"}}
NOT_MODIFIED = {"description": "It is still what `If-None-Match` names.", "headers": {"ETag": ETAG}}
# What a list answers besides its rows where it is asked for what changed.
DELETED_ROW = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "format": "uri"},
        "id": {"type": "integer"},
        "deleted_at": {"type": "string", "format": "date-time"},
    },
    "required": ["url", "id", "deleted_at"],
}
CHANGES = {
    "deleted": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/DeletedRow"},
        "description": "With `updated_since`: the rows of this page that are gone.",
    },
    "updated_until": {
        "type": "string",
        "format": "date-time",
        "description": "With `updated_since`: what to ask with after this run.",
    },
}
WORDS = {"type": "array", "items": {"type": "string"}}
CODE = {"type": "string", "description": "Stable, and the same in every language."}
# Why not, in one sentence and a code.
PROBLEM = {
    "type": "object",
    "properties": {"detail": {"type": "string"}, "code": CODE},
    "required": ["detail", "code"],
}
# Messages by the name of each field, or by its place in lists and objects inside; a `detail` where it is no field.
FIELD_PROBLEMS = {
    "type": "object",
    "properties": {"detail": {"oneOf": [{"type": "string"}, WORDS]}, "non_field_errors": WORDS, "code": CODE},
    "required": ["code"],
    "additionalProperties": True,
}
# By status: the name of the schema, and what it is.
PROBLEMS = {
    "400": ("InvalidRequest", FIELD_PROBLEMS),
    "401": ("NotAuthenticated", PROBLEM),
    "403": ("NotAllowed", PROBLEM),
    "404": ("NotFound", PROBLEM),
    "406": ("NotAcceptable", PROBLEM),
    "409": ("Conflict", FIELD_PROBLEMS),
    "412": ("ChangedMeanwhile", PROBLEM),
    "413": ("TooLarge", PROBLEM),
    "415": ("UnsupportedMediaType", PROBLEM),
    "422": ("KeyUsedOtherwise", PROBLEM),
    "429": ("TooManyRequests", PROBLEM),
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
LOCATION = {"description": "The address of what was made.", "schema": {"type": "string", "format": "uri"}}
# Of every answer.
COMMON_HEADERS = {
    "X-Request-ID": {"description": "The name of the request, also in the log.", "schema": {"type": "string"}},
    "RateLimit": {"description": 'What a key may still send: `"key";r=599;t=60`.', "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": 'A key\'s rate: `"key";q=600;w=60`.', "schema": {"type": "string"}},
}
JSON = "application/json"
COMMON_REFERENCES = {name: {"$ref": f"#/components/headers/{name}"} for name in COMMON_HEADERS}
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
NO_TEXT = {"type": "string", "maxLength": 0}
# RFC 3339 wants an offset after a time; a wall-clock time has none.
TIME = r"^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"


class ConditionalSchema(AutoSchema):
    """Describes which conditions a view honours, and which answers carry an ETag."""

    def get_operation_id(self) -> str:
        """Return a name as a person would say it."""
        collection = [part for part in self.path.split("/") if part and "{" not in part]
        own = getattr(self.view, "url_path", None) or getattr(self.view, "action", None)
        is_action = own is not None and own not in operation_names.VERBS
        names = collection[1:] if collection[:1] == ["rest-api"] else collection
        if is_action and len(names) > 1:
            return operation_names.of(names[-2], names[-1])
        return operation_names.of(names[-1], str(own or self.method.lower()))

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its conditions."""
        operation = super().get_operation(*args, **kwargs)
        if operation and isinstance(self.view, TenantViews):
            self._condition(operation, self.view)
            if self.view.row_parameters():
                operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/Expand"})
            if self.view.action == "list" and self.view.tells_changes:
                self._tell_changes(operation)
        return operation

    @staticmethod
    def _tell_changes(operation: dict[str, Any]) -> None:
        known = {each.get("name") for each in operation.get("parameters", [])}
        for name in ("UpdatedSince", "Cursor"):
            if name.lower() not in known:
                operation["parameters"].append({"$ref": f"#/components/parameters/{name}"})

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


def leave_out_crm_service(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Return the endpoints without those of the older contact service (a hook of drf-spectacular)."""
    return [endpoint for endpoint in endpoints if not crm_service.is_path(endpoint[0])]


def describe(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add refusals to every operation and the key to every POST (a hook of drf-spectacular)."""
    components = result.setdefault("components", {})
    own = {"IdempotencyKey": KEY, "IfMatch": IF_MATCH, "IfNoneMatch": IF_NONE_MATCH}
    own |= {"Expand": EXPAND, "UpdatedSince": UPDATED_SINCE, "Cursor": CURSOR}
    components["parameters"] = components.get("parameters", {}) | own
    components.setdefault("schemas", {}).update(PROBLEMS.values())
    components["schemas"]["DeletedRow"] = DELETED_ROW
    components["headers"] = COMMON_HEADERS
    components["responses"] = {status: _refusal(status) for status in REFUSALS} | {"304": NOT_MODIFIED}
    for path, methods in result["paths"].items():
        for method in METHODS & methods.keys():
            _complete(path, method, methods[method])
            _name_json_alone(methods[method], components["schemas"])
            _tell_deletions(methods[method], components["schemas"])
            _add_headers(methods[method])
    for answer in components["responses"].values():
        answer["headers"] = {**answer.get("headers", {}), **COMMON_REFERENCES}
    for schema in _below(result):
        _correct(schema)
    for path, methods in result["paths"].items():
        for method in METHODS & methods.keys():
            examples.describe(path, method, methods[method])
    return result


def _correct(schema: dict[str, Any]) -> None:
    """Say of a schema what its serializer cannot say."""
    required = schema.get("required")
    if isinstance(required, list) and "expanded" in required:
        required.remove("expanded")  # it is there where it was asked for
    if NO_TEXT in schema.get("oneOf", ()):
        schema["anyOf"] = schema.pop("oneOf")  # to who does not look at formats, no text is an e-mail address, too
    if schema.pop("nullable", False):
        # A word of OpenAPI 3.0, which the library's pages still use.
        schema["type"] = [schema["type"], "null"]
    if schema.get("default") == "" and schema.get("minLength"):
        # What is left out is taken from elsewhere; nobody sends an empty text.
        del schema["default"]
    if schema.get("format") == "time":
        del schema["format"]
        schema["pattern"] = TIME


def _ask(operation: dict[str, Any], name: str, status: str) -> None:
    """Add a header that may be asked with, and how an answer to it can be."""
    operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{name}"})
    operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say what else an operation answers; what its view documents itself stays."""
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "path" and parameter.get("schema", {}).get("pattern") == "^[0-9]+$":
            parameter["schema"] = {"type": "integer", "minimum": 0}
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


def _name_json_alone(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Name JSON as the way to write; forms go on being accepted, and carry files, which JSON cannot."""
    content = operation.get("requestBody", {}).get("content", {})
    if JSON not in content:
        return
    name = content[JSON].get("schema", {}).get("$ref", "").rpartition("/")[2]
    has_file = any(each.get("format") == "binary" for each in _below(schemas.get(name, content[JSON])))
    kept = "multipart/form-data" if has_file and "multipart/form-data" in content else JSON
    operation["requestBody"]["content"] = {kept: content[kept]}


def _tell_deletions(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add what is told with changes to the page of a list that tells them; it has no count then."""
    if {"$ref": "#/components/parameters/UpdatedSince"} in operation.get("parameters", []):
        reference = operation["responses"]["200"]["content"][JSON]["schema"]["$ref"]
        page = schemas[reference.rpartition("/")[2]]
        page["properties"].update(CHANGES)
        page["required"] = ["results"]


def _add_headers(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if "$ref" not in answer:
            own = {"Location": LOCATION} if status == "201" else {}
            answer["headers"] = {**answer.get("headers", {}), **own, **COMMON_REFERENCES}


def _refusal(status: str) -> dict[str, Any]:
    told: dict[str, Any] = {"description": REFUSALS[status]}
    if status in PROBLEMS:
        schema = {"$ref": f"#/components/schemas/{PROBLEMS[status][0]}"}
        told["content"] = {JSON: {"schema": schema}}
    return told | ({"headers": {"Retry-After": RETRY_AFTER}} if status == "429" else {})


def _below(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the description."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _below(child)
