"""Require the second factor of sessions whose role needs one."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts import principal
from accounts.errors import SecondFactorRequired
from accounts.services import second_factor, sessions

# Where one signs in and out, and shows what one has.
SIGN_IN_ROUTES = ("account_login", "account_logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn")


def redirect(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to where a second factor is shown or set up; None when none is missing.

    Raises `SecondFactorRequired` for programs.
    """
    found = principal.find(request)
    user = request.user
    if (
        not user.is_authenticated
        or not second_factor.is_required(user, found)
        or sessions.has_shown_factor(request, user)
    ):
        return None
    # Who has one shows it; only who has none may set one up, with the password alone.
    has_one = second_factor.user_has_factor(user)
    is_open = request.path in map(reverse, SIGN_IN_ROUTES) if has_one else request.path.startswith(reverse("account"))
    if is_open:
        return None
    if "text/html" not in request.headers.get("Accept", ""):
        raise SecondFactorRequired
    address = reverse("mfa_reauthenticate" if has_one else "mfa_index")
    return HttpResponseRedirect(f"{address}?{urlencode({'next': request.path})}")
