"""Signing in, and choosing the organization that one works for."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import principal
from accounts.engine import roles
from accounts.errors import NotAMember
from accounts.principal import PLATFORM
from accounts.request_facts import now_of, person
from accounts.services import signin, support


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
    """Work for another organization that is open to one; a stranger's is refused as if it did not exist."""
    user, wanted = person(request), request.POST.get("organization", "-")
    # Pages of the organization before, open in another tab, can send nothing into this one.
    rotate_token(request)
    if wanted == PLATFORM and user.is_superuser:
        request.session["organization"] = PLATFORM
        return HttpResponseRedirect(reverse("admin:index"))
    try:
        found = signin.principal_for_user(user, via="session", organization=wanted)
    except NotAMember:
        supported = signin.support_principal(user, organization=wanted)
        if not supported:
            raise
        found = supported
    request.session["organization"] = str(found.organization.uuid)
    return HttpResponseRedirect(reverse("admin:index") if found.access else "/")


@require_POST
@login_required
def end_support(request: HttpRequest) -> HttpResponse:
    """End the support access under which one works."""
    found = principal.find(request)
    if found and found.access:
        support.end_access(found.access, now=now_of(request))
    return HttpResponseRedirect(reverse("admin:index"))


def roles_page(request: HttpRequest) -> HttpResponse:
    """Show everybody on the staff what each role may do."""
    return _roles(request)


@admin.site.admin_view
def _roles(request: HttpRequest) -> HttpResponse:
    found = principal.find(request)
    context = {**admin.site.each_context(request), "roles": list(roles.TABLE), "rows": roles.rows(), "note": roles.NOTE}
    context["own"] = found.role if found else ""
    return render(request, "admin/roles.html", context)
