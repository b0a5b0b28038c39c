"""The page of one visit: what it is, and forms that confirm, move and cancel it as far as its series goes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.models import Appointment
from appointments.services import visits
from appointments.web import detail_page, visit_forms
from appointments.web.detail_page import Edit
from appointments.web.view_models import visit_view
from appointments.web.views import members_only


def _confirm(visit: Appointment, form: Any, edit: Edit) -> str:
    visits.confirm(visit, **edit.how)
    return _("Confirmed.")


def _move(visit: Appointment, form: Any, edit: Edit) -> str:
    stood = visit.starts_at, visit.ends_at
    moved = visits.change(visit, **edit.how, **form.span, overlap_reason=form.cleaned_data["overlap_reason"])
    if (moved.starts_at, moved.ends_at) == stood:
        return _("It stands there already; nothing was changed.")
    if form.span["starts_at"] <= edit.now:
        return _("Moved. That time has passed, so that nothing is sent for it.")
    return _("Moved. The reminders move along.")


def _staff(visit: Appointment, form: Any, edit: Edit) -> str:
    visits.change(visit, **edit.how, **form.changes, overlap_reason=form.cleaned_data["overlap_reason"])
    return _("Saved.")


def _cancel(visit: Appointment, form: Any, edit: Edit) -> str:
    visits.cancel(visit, reason=form.cleaned_data["reason"], **edit.how)
    return _("Cancelled. Nothing more is sent.")


def _record(visit: Appointment, form: Any, edit: Edit) -> str:
    visits.set_status(visit, status=form.cleaned_data["status"], **edit.how)
    return _("Recorded.")


def _restore(visit: Appointment, form: Any, edit: Edit) -> str:
    visits.restore(visit, **edit.how, overlap_reason=form.cleaned_data["overlap_reason"])
    return _("It takes place after all. Its reminders are planned anew.")


VISITS = detail_page.RowPage(
    template="appointments/visit.html",
    find=visit_view.find,
    show=lambda row, now: visit_view.show(row, now=now),
    verbs={
        "confirm": (visit_forms.ConfirmVisitForm, _confirm),
        "move": (visit_forms.MoveVisitForm, _move),
        "staff": (visit_forms.StaffVisitForm, _staff),
        "cancel": (visit_forms.CancelVisitForm, _cancel),
        "record": (visit_forms.RecordStatusForm, _record),
        "restore": (visit_forms.RestoreVisitForm, _restore),
    },
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit, and change it for those who may."""
    return detail_page.serve(request, pk, VISITS)
