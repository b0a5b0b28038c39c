"""What the OpenAPI description says about every POST."""

from typing import Any

PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repeating safe: the same key and body give the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
REFUSAL = {
    "type": "object",
    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    "required": ["code"],
}
REFUSALS = {
    "409": "It is in no state for this; or the first request with this Idempotency-Key is under way.",
    "422": "The Idempotency-Key was used for another request.",
}


def idempotency(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the header and its refusals to every POST (a hook of drf-spectacular)."""
    components = result.setdefault("components", {})
    components.setdefault("parameters", {})["IdempotencyKey"] = PARAMETER
    components.setdefault("schemas", {})["Refusal"] = REFUSAL
    for operation in (path["post"] for path in result["paths"].values() if "post" in path):
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
        for status, description in REFUSALS.items():
            operation["responses"].setdefault(status, _refusal(description))
    return result


def _refusal(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
