"""Signing in, and choosing the organization that one works for."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts.adminaccess import person
from accounts.services import signin


@transaction.non_atomic_requests
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the admin's form; outside any transaction, so that wrong passwords stay counted whatever happens."""
    return admin.site.login(request)


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Work for another organization that one belongs to; a stranger's is refused as if it did not exist."""
    found = signin.for_user(person(request), via="session", organization=request.POST.get("organization", "-"))
    request.session["organization"] = str(found.organization.uuid)
    return HttpResponseRedirect("/")
