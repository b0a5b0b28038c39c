"""DRF's view of the principal that the middleware found."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts import principal


class Guest:
    """Stands where DRF wants a user when an API key or an issuer's visitor acts."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_staff = False
    is_superuser = False
    pk = None

    def __init__(self, name: str) -> None:
        self.username = name

    def __str__(self) -> str:
        return self.username

    def get_username(self) -> str:
        """Return the name of who acts."""
        return self.username


class PrincipalAuthentication(BaseAuthentication):
    """Takes the middleware's principal; sessions, supporters' too, need the CSRF token besides."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return `(user, principal)`, None for anonymous requests."""
        found = principal.find(request)
        if not found:
            return None
        if found.via in ("session", "support"):
            SessionAuthentication().enforce_csrf(request)
        if found.via == "basic" and request.method not in SAFE_METHODS:
            _refuse_foreign_page(request)
        return (Guest(found.name) if found.key or not found.user else found.user), found

    def authenticate_header(self, request: Request) -> str:
        """Answer 401 to anonymous requests; browsers of the older interface then ask for a password."""
        return 'Basic realm="Punctual"'


def _refuse_foreign_page(request: Request) -> None:
    """Raise PermissionDenied for pages of other sites: browsers send remembered passwords along."""
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    if origin and origin not in (own, *settings.CSRF_TRUSTED_ORIGINS, *settings.CORS_ALLOWED_ORIGINS):
        raise PermissionDenied(_("A page of another site sent this; use an API key, or let its origin be allowed."))


class PrincipalScheme(OpenApiAuthenticationExtension):
    """Tells the schema in which ways one can sign in."""

    target_class = "accounts.authentication.PrincipalAuthentication"
    name = ["basicAuth", "tokenAuth", "jwtAuth", "cookieAuth"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Any one of them will do."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Return the schemes in the order of their names."""
        words = "Write `Token`, a blank, and the key."
        return [
            {"type": "http", "scheme": "basic"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": words},
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "RS256, of a trusted issuer."},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]
