"""DRF's view of the principal that the middleware found."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts import principal


class KeyUser:
    """Stands where DRF wants a user when an API key acts."""

    is_authenticated = True
    is_active = True
    is_staff = False
    is_superuser = False
    pk = None

    def __init__(self, name: str) -> None:
        self.username = name

    def __str__(self) -> str:
        return self.username


class PrincipalAuthentication(BaseAuthentication):
    """Takes the middleware's principal; sessions need the CSRF token besides."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return `(user, principal)`, None for strangers."""
        found = principal.of(request)
        if not found:
            return None
        if found.via == "session":
            SessionAuthentication().enforce_csrf(request)
        return (KeyUser(found.key.name) if found.key else found.user), found

    def authenticate_header(self, request: Request) -> str:
        """Make strangers 401, and browsers of the older interface ask for a password."""
        return 'Basic realm="Punctual"'
