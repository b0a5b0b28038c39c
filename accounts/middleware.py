"""Authenticates a request and enters the organization of its principal until it ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts import principal, tenancy
from accounts.errors import BadCredentials, ChooseOrganization, NotAMember
from accounts.models import User
from accounts.principal import PLATFORM, Principal, Quota
from accounts.request_facts import attributes
from accounts.services import audit, signin
from accounts.web import language_middleware, request_audit, second_factor_redirect
from config.kernel.errors import Denied, Missing, PunctualError, Throttled
from config.kernel.http import crm_service

# Callbacks of providers, and calendar feeds, are known by the secret in their path, whatever header they send.
OPEN = ("/hooks/", "/feeds/", "/simulator/")


class PrincipalMiddleware:
    """Authenticates before, and outside, the transaction of the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 401 to wrong credentials, 429 to too many, 403 to users without membership; others pass."""
        try:
            with audit.acting(request_audit.anonymous_actor(request)):
                attributes(request).principal = _principal(request)
            detour = _second_factor_redirect(request)
        except BadCredentials as error:
            request_audit.record_refused_key(request)
            # The older contact service knows no 401.
            return _refusal(error, 403 if crm_service.is_path(request.path) else 401)
        except Throttled as error:
            return _with_retry_after(_refusal(error, 429), error)
        except PunctualError as error:
            return _refusal(error, 403)
        if detour:
            return detour
        with _context(request), language_middleware.speaking(request), audit.acting(request_audit.actor(request)):
            response = self.get_response(request)
            request_audit.record(request, response)
            return _with_quota(response, request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn what the domain says in a page (the REST interface has its own way) into Django's words."""
        if isinstance(error, Missing):
            raise Http404(error.message) from error
        if isinstance(error, Denied):
            raise PermissionDenied(error.message) from error
        if isinstance(error, Throttled):
            return _with_retry_after(render(request, "429.html", {"message": error.message}, status=429), error)
        return None


def _principal(request: HttpRequest) -> Principal | None:
    if request.path.startswith(OPEN):
        return None
    organization = request.headers.get("X-Organization", "")
    header = request.headers.get("Authorization", "").strip()
    if not header:
        if crm_service.is_path(request.path):
            # No cookie authorises there: the older contact service kept a token's claims in one for two weeks.
            request.user = AnonymousUser()
            return None
        return _of_session(request, organization)
    found = signin.principal_from_header(header, organization, request=request)
    # A session that came along counts for nothing: its person may lack the second factor.
    request.user = found.user if found and found.user and found.via != "key" else AnonymousUser()
    return found


def _second_factor_redirect(request: HttpRequest) -> HttpResponse | None:
    """Return where a session without its second factor is led; who came by a header was looked at already."""
    return None if request.path.startswith(OPEN) else second_factor_redirect.redirect(request)


def _of_session(request: HttpRequest, organization: str) -> Principal | None:
    """Return the member of a session; a user without membership is anonymous and can still sign out."""
    user = request.user
    if not user.is_authenticated:
        return None
    wanted = organization or request.session.get("organization", "")
    if wanted == PLATFORM and user.is_superuser:
        return None
    try:
        return signin.principal_for_user(user, via="session", organization=wanted)
    except ChooseOrganization:
        return signin.first_membership(user)
    except NotAMember:
        found = signin.support_principal(user, organization=wanted)
        if organization and not found:
            raise
        return found or _fallback(user, is_chosen=bool(wanted))


def _fallback(user: User, *, is_chosen: bool) -> Principal | None:
    """Return what is left when the chosen organization is no longer one's own.

    A supporter whose access ended stands on the platform: what they send from a page of the one organization must
    not reach the other that they support.
    """
    if user.is_superuser:
        return None if is_chosen else signin.support_principal(user)
    return signin.first_membership(user)


def _context(request: HttpRequest) -> AbstractContextManager[None]:
    found = principal.find(request)
    return tenancy.tenant(found.organization.pk) if found else nullcontext()


def _refusal(error: PunctualError, status: int) -> JsonResponse:
    response = JsonResponse({"detail": error.message, "code": error.code}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Punctual"'
    return response


def _with_retry_after(response: HttpResponse, error: Throttled) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after)
    _put_quota(response, error.details.get("quota"))
    return response


def _with_quota(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    found = principal.find(request)
    _put_quota(response, found.quota if found else None)
    return response


def _put_quota(response: HttpResponse, quota: object) -> None:
    """Say what is left of a key's rate (draft-ietf-httpapi-ratelimit-headers-10)."""
    if isinstance(quota, Quota):
        response["RateLimit-Policy"] = f'"key";q={quota.rate};w=60'
        response["RateLimit"] = f'"key";r={quota.left};t={quota.seconds}'
