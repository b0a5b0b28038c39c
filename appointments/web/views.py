"""The clinic's day, and the page for people who are not signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.permissions import SAFE_METHODS

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area
from accounts.services import members
from appointments.web.view_models import day_view
from config.kernel import clock
from notifications.models import StaffItem
from notifications.services import staff_items


def members_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Redirect anonymous requests to the sign-in page, and then back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not principal.find(request):
            place = request.path if request.method in SAFE_METHODS else "/"
            return HttpResponseRedirect(f"/accounts/login/?{urlencode({'next': place}, safe='/')}")
        _people_only(request)
        return view(request, *args, **kwargs)

    return guarded


def _people_only(request: HttpRequest) -> None:
    """Keys are for programs: they open REST, and no page."""
    found = principal.find(request)
    if found and found.key:
        raise PermissionDenied


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show members their day, and others what this program is."""
    found = principal.find(request)
    if not found:
        return render(request, "accounts/landing.html")
    _people_only(request)
    if not found.may(Area.DESK, READ):
        raise PermissionDenied
    glance = day_view.at_a_glance(fallback_zone=found.organization.time_zone, now=clock.now())
    context = {
        "desk": glance,
        "principal": found,
        "may_write": found.may(Area.DESK, WRITE),
        "organizations": members.organizations_of(found.user.pk) if found.user else [],
    }
    return render(request, "appointments/day.html", context)


@require_POST
@members_only
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a thing for staff as done."""
    found = principal.find(request)
    if not found or not found.may(Area.DESK, WRITE):
        raise PermissionDenied
    item = StaffItem.objects.filter(pk=pk).first()
    if item is None:
        raise Http404
    staff_items.finish(item, by=found.user, now=clock.now())
    return HttpResponseRedirect("/")
