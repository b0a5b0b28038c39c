"""The claims of a signed token (JWT, RFC 7519); the signature is checked elsewhere. Plain Python."""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

LEEWAY = 30  # seconds by which the issuer's clock may differ
LONGEST_NAME = 150


@dataclass(frozen=True)
class Claims:
    """Issuer, organization and user of a token."""

    issuer: str
    organization_uuid: uuid.UUID
    core_user_uuid: uuid.UUID
    username: str

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """Return the claims of a token; raise ValueError when one is absent or malformed."""
        return cls(
            issuer=_text(payload, "iss"),
            organization_uuid=uuid.UUID(_text(payload, "organization_uuid")),
            core_user_uuid=uuid.UUID(_text(payload, "core_user_uuid")),
            username=_text(payload, "username")[:LONGEST_NAME],
        )


def is_current(payload: Mapping[str, Any], *, now: datetime) -> bool:
    """Return whether a token has not expired (`exp` is required) and does not come from the future (`nbf`, `iat`)."""
    try:
        ends = _number(payload.get("exp"))
        begins = [_number(payload[name]) for name in ("nbf", "iat") if name in payload]
    except (ValueError, OverflowError):
        return False
    return all(moment - LEEWAY <= now.timestamp() for moment in begins) and now.timestamp() < ends + LEEWAY


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(name)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return value
