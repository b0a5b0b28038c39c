"""Signed tokens (JWT, RFC 7519) of trusted issuers: RS256 only, checked anew with every request, kept nowhere."""

from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from accounts.engine import public_keys, token_claims
from accounts.engine.token_claims import Claims
from accounts.models import TrustedIssuer
from accounts.tenancy import system

LONGEST = 8192  # characters
# The clock is ours (accounts.engine.token_claims); what other claims say is no matter of ours.
UNCHECKED = {"exp", "nbf", "iat", "sub", "jti"}
OPTIONS: Any = {"require": ["exp", "iss", "aud"], **{f"verify_{name}": False for name in UNCHECKED}}
# Nested deeply enough, a token exhausts the JSON reader.
MALFORMED = (jwt.PyJWTError, ValueError, RecursionError)


def find(text: str, *, now: datetime) -> tuple[TrustedIssuer, Claims] | None:
    """Return the issuer and the claims of a token; None when anything about it is wrong."""
    if len(text) > LONGEST:
        return None
    try:
        # What it says unchecked only tells whose key to check it with.
        told = Claims.read(jwt.decode(text, options={"verify_signature": False}))
        issuer = _issuer(told)
        payload = _checked(text, issuer) if issuer else None
        if not issuer or not payload or not token_claims.is_current(payload, now=now):
            return None
        return issuer, Claims.read(payload)
    except MALFORMED:
        return None


@system()
def _issuer(told: Claims) -> TrustedIssuer | None:
    """Return the issuer that the named organization trusts under this name."""
    known = TrustedIssuer.objects.unscoped().select_related("organization")
    return known.filter(organization__uuid=told.organization_uuid, issuer=told.issuer, is_active=True).first()


def _checked(text: str, issuer: TrustedIssuer) -> dict[str, Any] | None:
    for key in public_keys.read(issuer.public_key):
        try:
            return _decoded(text, key, issuer)
        except jwt.InvalidSignatureError:
            continue
    return None


def _decoded(text: str, key: RSAPublicKey, issuer: TrustedIssuer) -> dict[str, Any]:
    # The algorithm stands here, never in the token: `none`, or HS256 with the public key as secret, check nothing.
    wanted: dict[str, Any] = {"audience": issuer.audience, "issuer": issuer.issuer, "options": OPTIONS}
    return jwt.decode(text, key, algorithms=["RS256"], **wanted)
