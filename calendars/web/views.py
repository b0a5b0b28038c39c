"""Redirects from the older module's pages to those of the admin, for bookmarks."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

# What the older module called a thing, in its pages and in its admin: our page of the admin.
PAGES = {
    "alarm": "calendars_alarm",
    "alarmrequest": "calendars_alarmrequest",
    "audio": "surveys_audiofile",
    "calendar": "calendars_calendar",
    "calendar_setting": "calendars_calendarsetting",
    "calendar_user": "calendars_calendaruser",
    "calendarsetting": "calendars_calendarsetting",
    "calendaruser": "calendars_calendaruser",
    "calendaruserprofile": "calendars_calendaruserprofile",
    "event": "calendars_event",
    "occurrence": "calendars_event",
    "rule": "calendars_rule",
    "seal_survey": "surveys_surveytemplate",
    "sealed_survey": "surveys_survey",
    "survey": "surveys_surveytemplate",
}


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Redirect to the admin's first page."""
    return HttpResponseRedirect(reverse("admin:index"))


@require_safe
@login_required
def lead(request: HttpRequest, thing: str, page: str, pk: str = "") -> HttpResponse:
    """Redirect to the admin's list, form or row, with the query."""
    if thing not in PAGES:
        raise Http404(_("The older module had no such page."))
    address = reverse(f"admin:{PAGES[thing]}_{page}", args=[pk] if pk else [])
    query = request.META["QUERY_STRING"]
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
