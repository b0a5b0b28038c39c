"""The page on which an event is made that is no visit."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import principal
from accounts.engine.roles import WRITE, Area
from appointments.services import desk_events
from appointments.web import detail_page
from appointments.web.calendar_views import Choice
from appointments.web.detail_page import Refusal
from appointments.web.event_forms import AddEventForm
from appointments.web.view_models import calendar_view
from appointments.web.views import members_only
from calendars.services import event_times
from config.kernel import clock
from config.kernel.errors import Conflict, Invalid

TWICE = gettext_lazy("It was made already, when this form was sent before; nothing was made twice.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def add(request: HttpRequest) -> HttpResponse:
    """Ask for a new event, and make it."""
    if not principal.require(request).may(Area.DESK, WRITE):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, *_empty(request))
    form = AddEventForm(request.POST)
    if not form.is_valid():
        return _page(request, form, Refusal("add", form))
    try:
        made, is_new = desk_events.create(now=clock.now(), **form.wanted)
    except (Invalid, Conflict) as error:
        return _page(
            request, form, Refusal("add", form, detail_page.words_of(error, form), status=detail_page.status_of(error))
        )
    messages.success(request, _("Made.")) if is_new else messages.info(request, TWICE)
    return HttpResponseRedirect(reverse("event", args=[made.pk]))


def _empty(request: HttpRequest) -> tuple[AddEventForm, Refusal]:
    """Return the form for the day and the calendar that the address names."""
    rows = calendar_view.calendars()
    choice = Choice(rows, request.GET)
    status = 200 if choice.is_valid() else 400
    if "calendar" in choice.errors:
        raise Http404
    calendar = choice.asked.calendar or next(iter(rows), None)
    day = choice.asked.at or (event_times.today(calendar, clock.now()).date() if calendar else None)
    error = " ".join(map(str, choice.errors.get("date", ())))
    return AddEventForm(day=day, calendar=calendar and calendar.pk), Refusal("add", error=error, status=status)


def _page(request: HttpRequest, form: AddEventForm, refusal: Refusal) -> HttpResponse:
    context: dict[str, Any] = {
        "principal": principal.require(request),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "appointments/event_add.html", context, status=refusal.status)
