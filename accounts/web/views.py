"""Signing in, and choosing the organization that one works for."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.adminaccess import person
from accounts.services import signin


def sign_in(request: HttpRequest) -> HttpResponse:
    """Lead from the admin's own form, which knows no second factor, to the one page where people sign in."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", reverse("admin:index")))


def change_password(request: HttpRequest) -> HttpResponse:
    """Lead from the admin's own form to the one that counts wrong passwords."""
    return HttpResponseRedirect(reverse("account_change_password"))


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Work for another organization that one belongs to; a stranger's is refused as if it did not exist."""
    found = signin.for_user(person(request), via="session", organization=request.POST.get("organization", "-"))
    request.session["organization"] = str(found.organization.uuid)
    return HttpResponseRedirect("/")
