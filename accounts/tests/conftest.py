"""Fixtures about signing in."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache


@pytest.fixture
def fresh_cache():
    """Forget what an earlier test kept: proofs of passwords, counts of letters."""
    cache.clear()


@pytest.fixture
def secret(world):
    """Give the owner an authenticator app with recovery codes, and return its secret."""
    made = totp.generate_totp_secret()
    totp.TOTP.activate(world.owner, made)
    RecoveryCodes.activate(world.owner)
    return made
