"""The page of one visit: what it is, and forms that confirm, move and cancel it as far as its series goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area
from appointments.models import Appointment
from appointments.services import rebooking, visit_page
from appointments.services.rebooking import Edit
from appointments.services.visit_page import Shown
from appointments.web import forms
from appointments.web.views import members_only
from config.kernel import clock
from config.kernel.api import STATUS
from config.kernel.errors import Conflict, Invalid, Outdated, PunctualError

UNKNOWN = "This page can confirm, move and cancel; nothing was changed."


def _confirm(visit: Appointment, form: Any, edit: Edit) -> str:
    rebooking.confirm(visit, edit=edit)
    return "Confirmed."


def _move(visit: Appointment, form: Any, edit: Edit) -> str:
    if not rebooking.move(visit, edit=edit, **form.span):
        return "It stands there already; nothing was changed."
    if form.span["starts_at"] <= edit.now:
        return "Moved. That time has passed, so that nothing is sent for it."
    return "Moved. The reminders move along."


def _cancel(visit: Appointment, form: Any, edit: Edit) -> str:
    rebooking.cancel(visit, reason=form.cleaned_data["reason"], edit=edit)
    return "Cancelled. Nothing more is sent."


VERBS: dict[str, tuple[type[forms.VisitForm], Callable[[Appointment, Any, Edit], str]]] = {
    "confirm": (forms.Confirm, _confirm),
    "move": (forms.Move, _move),
    "cancel": (forms.Cancel, _cancel),
}


@dataclass
class Refusal:
    """Why a form was not followed, and what was typed into it."""

    verb: str = ""
    form: Any = None
    error: str = ""
    seen: str | None = None
    status: int = 400


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit, and change it for those who may."""
    found, posts = principal.known(request), request.method == "POST"
    if not found.may(Area.DESK, WRITE if posts else READ):
        raise PermissionDenied
    row, now = _row(pk), clock.now()
    if not posts:
        return _page(request, row, now)
    answer = _follow(request, row, now)
    # It is read again: what is shown is what it is now.
    return _page(request, _row(pk), now, answer) if isinstance(answer, Refusal) else answer


def _row(pk: int) -> Appointment:
    row = visit_page.find(pk)
    if row is None:
        raise Http404
    return row


def _follow(request: HttpRequest, row: Appointment, now: datetime) -> HttpResponse | Refusal:
    verb, seen = request.POST.get("do", ""), request.POST.get("seen", "")
    if verb not in VERBS:
        return Refusal(error=UNKNOWN)
    kind, follow = VERBS[verb]
    form = kind(visit_page.show(row, now=now), request.POST)
    if not form.is_valid():
        return Refusal(verb, form, seen=seen)
    try:
        messages.success(request, follow(row, form, Edit(seen=seen, now=now, reach=form.wanted)))
    except (Invalid, Conflict, Outdated) as error:
        return Refusal(verb, form, _words(error, form), seen, _status(error))
    except ObjectDoesNotExist as error:  # somebody deleted it after it was read
        raise Http404 from error
    return HttpResponseRedirect(request.path)


def _words(error: PunctualError, form: forms.VisitForm) -> str:
    """Put what the domain says beside its field, else return it for the head of the form."""
    if isinstance(error, Outdated):
        return ""
    if error.field in form.fields:
        form.add_error(error.field, error.message)
        return ""
    return error.message


def _status(error: PunctualError) -> int:
    return next(number for family, number in STATUS.items() if isinstance(error, family))


def _page(request: HttpRequest, row: Appointment, now: datetime, refusal: Refusal | None = None) -> HttpResponse:
    found, shown, given = principal.known(request), visit_page.show(row, now=now), refusal or Refusal(status=200)
    context = {
        "principal": found,
        "simulator": settings.SIMULATOR_ENABLED,
        "shown": shown,
        "forms": _forms(shown, given) if found.may(Area.DESK, WRITE) else {},
        "refusal": given,
        "is_outdated": given.seen is not None and given.seen != shown.mark,
    }
    return render(request, "appointments/visit.html", context, status=given.status)


def _forms(shown: Shown, refusal: Refusal) -> dict[str, forms.VisitForm]:
    """Return the forms that the visit offers, and in any case the one that was typed into."""
    made = {verb: VERBS[verb][0](shown) for verb in shown.offers}
    return {**made, refusal.verb: refusal.form} if refusal.verb else made
