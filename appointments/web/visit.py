"""The page of one visit: what it is, and forms that confirm, move and cancel it as far as its series goes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.models import Appointment
from appointments.services import rebooking
from appointments.services.reaching import Edit
from appointments.web import forms, row_page
from appointments.web.view_models import visit_view
from appointments.web.views import members_only


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


VISITS = row_page.Kind(
    template="appointments/visit.html",
    find=visit_view.find,
    show=lambda row, now: visit_view.show(row, now=now),
    verbs={
        "confirm": (forms.Confirm, _confirm),
        "move": (forms.Move, _move),
        "cancel": (forms.Cancel, _cancel),
    },
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit, and change it for those who may."""
    return row_page.serve(request, pk, VISITS)
