"""Finds out who is behind a request and enters their organization for its whole length."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import tenancy
from accounts.errors import BadCredentials
from accounts.services import signin
from config.kernel.errors import PunctualError


class PrincipalMiddleware:
    """Authenticates before, and outside, the transaction of the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 401 to wrong credentials, 403 to members of nothing; let strangers pass with no tenant."""
        try:
            request.principal = self._principal(request)  # type: ignore[attr-defined]
        except BadCredentials as error:
            return _refusal(error, 401)
        except PunctualError as error:
            return _refusal(error, 403)
        with _context(request):
            return self.get_response(request)

    @staticmethod
    def _principal(request: HttpRequest) -> object:
        organization = request.headers.get("X-Organization", "")
        header = request.headers.get("Authorization", "")
        # Callbacks of providers are known by the secret in their path, whatever header they send.
        if header and not request.path.startswith(("/hooks/", "/simulator/")):
            found = signin.by_header(header, organization)
            if found and found.user and found.via != "key":
                request.user = found.user
            return found
        user = request.user
        if not user.is_authenticated:
            return None
        organization = organization or request.session.get("organization", "")
        if user.is_superuser and not organization and not user.memberships(manager="_base_manager").exists():
            return None
        return signin.for_user(user, via="session", organization=organization)


def _context(request: HttpRequest) -> AbstractContextManager[None]:
    principal = request.principal  # type: ignore[attr-defined]
    if principal:
        return tenancy.tenant(principal.organization.pk)
    # A platform administrator works across organizations, in the admin only.
    if request.user.is_authenticated and request.user.is_superuser and request.path.startswith("/admin/"):
        return tenancy.everyone()
    return nullcontext()


def _refusal(error: PunctualError, status: int) -> JsonResponse:
    response = JsonResponse({"detail": error.message, "code": error.code}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Punctual"'
    return response
