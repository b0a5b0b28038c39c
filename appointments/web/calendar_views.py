"""The clinic's calendars on the desk: a month, a week, or a day."""

from datetime import UTC, date, datetime, time
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area
from appointments.engine.calendar_spans import View
from appointments.web.view_models import calendar_view
from appointments.web.view_models.calendar_view import CalendarPage, CalendarQuery
from appointments.web.views import members_only
from calendars.models import Calendar
from config.kernel import clock
from config.kernel.api.fields import EARLIEST, LATEST

VIEWS = [
    (str(View.MONTH), gettext_lazy("Month")),
    (str(View.WEEK), gettext_lazy("Week")),
    (str(View.DAY), gettext_lazy("Day")),
]


class Choice(forms.Form):
    """What part of the calendars is asked for; without a date it is today's."""

    view = forms.ChoiceField(choices=VIEWS, required=False, widget=forms.HiddenInput)
    date = forms.DateField(
        required=False,
        label=gettext_lazy("Date"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-11-23.")},
    )
    calendar = forms.ChoiceField(required=False, label=gettext_lazy("Calendar"))

    def __init__(self, rows: list[Calendar], data: Any) -> None:
        super().__init__(data, auto_id="choice_%s")
        self.rows = {str(row.pk): row for row in rows}
        offered = [("", _("All calendars")), *((pk, row.name) for pk, row in self.rows.items())]
        cast(forms.ChoiceField, self.fields["calendar"]).choices = offered

    def clean_date(self) -> Any:
        """Stay where something can be booked."""
        day = self.cleaned_data["date"]
        if day and not EARLIEST <= day.year < LATEST:
            raise ValidationError(
                _("Choose a day in the years %(earliest)s to %(latest)s.")
                % {"earliest": EARLIEST, "latest": LATEST - 1},
                code="range",
            )
        return day

    @property
    def asked(self) -> CalendarQuery:
        """Return what is asked for; what makes no sense is left out."""
        given = self.cleaned_data
        view = View(given.get("view") or View.MONTH)
        return CalendarQuery(view, given.get("date"), self.rows.get(given.get("calendar", "")))


@never_cache
@require_safe
@members_only
def calendar(request: HttpRequest) -> HttpResponse:
    """Show what is in the clinic's calendars around a day."""
    found = principal.require(request)
    if not found.may(Area.DESK, READ):
        raise PermissionDenied
    rows = calendar_view.calendars()
    choice = Choice(rows, request.GET)
    is_good = choice.is_valid()
    if "calendar" in choice.errors:
        raise Http404
    page = calendar_view.show(choice.asked, rows, found.organization, now=clock.now())
    context = {
        "principal": found,
        "choice": choice,
        "page": page,
        "links": _links(page, choice.asked),
        "add": _address(choice.asked, "", choice.asked.at, "event-add") if found.may(Area.DESK, WRITE) else "",
    }
    return render(request, "appointments/calendar.html", context, status=200 if is_good else 400)


def _links(page: CalendarPage, asked: CalendarQuery) -> dict[str, Any]:
    """Return the addresses of what lies around a page."""
    at = {"previous": page.span.previous, "next": page.span.next, "today": None}
    views = [(words, view == page.span.view, _address(asked, view, page.span.at)) for view, words in VIEWS]
    days = [(day, _address(asked, View.DAY, day.day), _rest(page, day.day, asked)) for day in page.days]
    return {name: _address(asked, page.span.view, day) for name, day in at.items()} | {"views": views, "days": days}


def _rest(page: CalendarPage, day: date, asked: CalendarQuery) -> str:
    """Return where those are that are not listed: on the day's own page, and of a day beyond that in the admin."""
    if page.span.view != View.DAY:
        return _address(asked, View.DAY, day)
    bounds = (datetime.combine(at, time.min, ZoneInfo(page.zone)).astimezone(UTC) for at in (day, page.span.next))
    given = dict(zip(("start__gte", "start__lt"), (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in bounds), strict=True))
    return f"{reverse('admin:calendars_event_changelist')}?{urlencode(given)}"


def _address(asked: CalendarQuery, view: str, day: Any, page: str = "calendar") -> str:
    given = {"view": view, "date": day and day.isoformat(), "calendar": asked.calendar and asked.calendar.pk}
    return f"{reverse(page)}?{urlencode({name: value for name, value in given.items() if value})}"
