"""The page of an event that is no visit: what it is, and forms that change and cancel it as far as its series goes."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import principal
from accounts.engine.roles import READ, Area
from appointments.services import desk_events
from appointments.web import detail_page, event_forms
from appointments.web.detail_page import Edit
from appointments.web.view_models import event_view
from appointments.web.views import members_only
from calendars.models import Event


def _change(event: Event, form: Any, edit: Edit) -> str:
    changes, rule = form.changes, form.rule_line
    if not changes and rule is None:
        return _("It is so already; nothing was changed.")
    desk_events.change(event, rule=rule, **edit.how, **changes)
    return _("Changed. Its reminders follow.")


def _cancel(event: Event, form: Any, edit: Edit) -> str:
    desk_events.cancel(event, reason=form.cleaned_data["reason"], **edit.how)
    return _("Cancelled. Nothing more is sent.")


def _restore(event: Event, form: Any, edit: Edit) -> str:
    desk_events.restore(event, **edit.how)
    return _("It takes place after all. Its reminders are planned anew.")


EVENTS = detail_page.RowPage(
    template="appointments/event.html",
    find=event_view.find,
    show=lambda row, now: event_view.show(row, now=now),
    verbs={
        "change": (event_forms.ChangeEventForm, _change),
        "cancel": (event_forms.CancelEventForm, _cancel),
        "restore": (event_forms.RestoreEventForm, _restore),
    },
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an event, and change it for those who may; one of a visit redirects to the visit's page."""
    found = event_view.find(pk) if principal.require(request).may(Area.DESK, READ) else None
    visit = getattr(found, "appointment", None)
    if visit:
        return HttpResponseRedirect(reverse("visit", args=[visit.pk]), status=303)
    return detail_page.serve(request, pk, EVENTS)


@never_cache
@require_safe
@members_only
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer an event, or its whole series, as iCalendar."""
    if not principal.require(request).may(Area.DESK, READ):
        raise PermissionDenied
    found = event_view.find(pk)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="event-{pk}.ics"'}
    return HttpResponse(event_view.file_of(found), content_type="text/calendar; charset=utf-8", headers=headers)
