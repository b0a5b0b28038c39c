"""OIDC_PROVIDERS: the identity providers (OpenID Connect) that may sign people in."""

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured

NEEDED = ("id", "name", "client_id", "secret", "server_url", "domains")


def read(text: str) -> list[dict[str, Any]]:
    """Return allauth's settings of a JSON list; raise ImproperlyConfigured and name what is missing."""
    try:
        rows = json.loads(text or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS is no JSON: {error}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImproperlyConfigured("OIDC_PROVIDERS must be a JSON list of objects.")
    return [_app(row) for row in rows]


def _app(row: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name in NEEDED if not row.get(name)]
    if missing:
        raise ImproperlyConfigured(f"A provider in OIDC_PROVIDERS lacks {', '.join(missing)} (docs/operator.md).")
    if not isinstance(row["domains"], list):
        raise ImproperlyConfigured("“domains” in OIDC_PROVIDERS must be a list, such as [“clinic.example”].")
    return {
        "provider_id": row["id"],
        "name": row["name"],
        "client_id": row["client_id"],
        "secret": row["secret"],
        "settings": {"server_url": row["server_url"], "domains": [name.lower() for name in row["domains"]]},
    }
