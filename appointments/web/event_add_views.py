"""The pages on which a visit is booked, and an event is made that is no visit."""

from collections.abc import Callable
from dataclasses import dataclass
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
from appointments.errors import SlotTaken
from appointments.services import desk_events
from appointments.web import detail_page
from appointments.web.calendar_views import Choice
from appointments.web.detail_page import Refusal
from appointments.web.event_forms import AddEventForm
from appointments.web.view_models import calendar_view
from appointments.web.views import members_only
from appointments.web.visit_add_form import BookVisitForm
from calendars.services import event_times
from config.kernel import clock
from config.kernel.errors import Conflict, Invalid

TWICE = gettext_lazy("It was made already, when this form was sent before; nothing was made twice.")


@dataclass(frozen=True)
class AddPage:
    """A page on which a row is made: its form, how it is made, and on which page it stands then.

    `make` says with the row whether it is new: a form that is sent twice makes one.
    """

    form: type[AddEventForm]
    template: str
    make: Callable[..., tuple[Any, bool]]
    shown_at: str


EVENT = AddPage(AddEventForm, "appointments/event_add.html", desk_events.create, "event")
VISIT = AddPage(BookVisitForm, "appointments/visit_add.html", desk_events.book, "visit")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def add(request: HttpRequest) -> HttpResponse:
    """Ask for a new event, and make it."""
    return _serve(request, EVENT)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def book(request: HttpRequest) -> HttpResponse:
    """Ask for a new visit, and book it; what is taken is told before, of a series each occurrence."""
    return _serve(request, VISIT)


def _serve(request: HttpRequest, page: AddPage) -> HttpResponse:
    if not principal.require(request).may(Area.DESK, WRITE):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, page, *_empty(request, page))
    form = page.form(request.POST)
    if not form.is_valid():
        return _page(request, page, form, Refusal("add", form))
    try:
        made, is_new = page.make(now=clock.now(), **form.wanted)
    except (Invalid, Conflict) as error:
        if isinstance(error, SlotTaken) and isinstance(form, BookVisitForm):
            form.tell_taken(error, is_series=bool(form.wanted["recurrence"]))
        words = detail_page.words_of(error, form)
        return _page(request, page, form, Refusal("add", form, words, status=detail_page.status_of(error)))
    messages.success(request, _("Made.")) if is_new else messages.info(request, TWICE)
    return HttpResponseRedirect(reverse(page.shown_at, args=[made.pk]))


def _empty(request: HttpRequest, page: AddPage) -> tuple[AddEventForm, Refusal]:
    """Return the form for the day and the calendar that the address names."""
    rows = calendar_view.calendars()
    choice = Choice(rows, request.GET)
    status = 200 if choice.is_valid() else 400
    if "calendar" in choice.errors:
        raise Http404
    calendar = choice.asked.calendar or next(iter(rows), None)
    day = choice.asked.at or (event_times.today(calendar, clock.now()).date() if calendar else None)
    error = " ".join(map(str, choice.errors.get("date", ())))
    return page.form(day=day, calendar=calendar and calendar.pk), Refusal("add", error=error, status=status)


def _page(request: HttpRequest, page: AddPage, form: AddEventForm, refusal: Refusal) -> HttpResponse:
    context: dict[str, Any] = {
        "principal": principal.require(request),
        "form": form,
        "refusal": refusal,
    }
    return render(request, page.template, context, status=refusal.status)
