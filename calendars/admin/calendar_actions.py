"""What one does with a whole calendar: take a file in, hand one out, let a phone subscribe."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin.access import REFUSALS, error_message, is_allowed, tenant_of
from accounts.engine.roles import READ, WRITE, Area
from accounts.request_facts import now_of, person
from calendars.models import Calendar, CalendarImport
from calendars.models.feeds_and_imports import DETAIL
from calendars.services.exchange import feed_addresses, import_queue, import_run
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_run import MAX_COMPONENTS, CalendarFile


class FileForm(forms.Form):
    """A file to be taken in."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        allow_empty_file=True,
        help_text=_("iCalendar (.ics), at most 100 MB; up to 2,000 events can be looked at first."),
    )


class FeedForm(forms.Form):
    """A new feed."""

    name = forms.CharField(
        max_length=100, widget=UnfoldAdminTextInputWidget, help_text=_("Whose phone or program will read it.")
    )
    detail = forms.ChoiceField(
        choices=DETAIL,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Minimal shows only “Busy”. Full shows the titles of visits: make sure that they name no illness."),
    )


class CalendarActions:
    """Buttons on the page of a calendar."""

    actions_detail = ("import_file", "subscribe", "export_file")
    admin_site: Any
    opts: Any
    get_object: Any

    def has_exchange_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Require `write` in the desk's area."""
        return is_allowed(request, Area.DESK, WRITE)

    def has_export_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Allow it to roles that read calendars."""
        return is_allowed(request, Area.DESK, READ)

    @action(description=_("Import a file …"), url_path="import", permissions=["exchange"], icon="upload_file")
    def import_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look at a file, or let a worker import it and show how far that is."""
        row, taken = self._calendar(request, object_id), None
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            taken = self._take(request, row, form)
        if isinstance(taken, CalendarImport):
            return HttpResponseRedirect(reverse("admin:calendars_calendarimport_change", args=[taken.pk]))
        return self._page(
            request,
            "admin/calendars/import.html",
            row,
            _("Import into %(calendar)s") % {"calendar": row},
            form=form,
            taken=taken,
        )

    @action(description=_("Subscribe a phone …"), url_path="subscribe", permissions=["exchange"], icon="rss_feed")
    def subscribe(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a secret address, and show it this once."""
        row, address = self._calendar(request, object_id), ""
        form = FeedForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic(), tenant_of(row):
                _feed, secret = feed_addresses.create(row, created_by=person(request), **form.cleaned_data)
            address = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
        return self._page(
            request,
            "admin/calendars/subscribe.html",
            row,
            _("Subscribe to %(calendar)s") % {"calendar": row},
            form=form,
            address=address,
        )

    @action(description=_("Export"), url_path="export", permissions=["export"], icon="download")
    def export_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Redirect to the calendar as a file."""
        return HttpResponseRedirect(reverse("calendar-export", args=[self._calendar(request, object_id).pk]))

    def _take(
        self, request: HttpRequest, row: Calendar, form: FileForm
    ) -> CalendarImport | list[ComponentResult] | None:
        upload = form.cleaned_data["file"]
        try:
            with transaction.atomic(), tenant_of(row):
                if "commit" in request.POST:
                    parts = upload.chunks(import_queue.PART)
                    return import_queue.store(row, name=upload.name, content=parts, brought_by=person(request))
                file = CalendarFile(upload.name, upload.file, MAX_COMPONENTS)
                return import_run.preview(file, calendar=row, now=now_of(request))
        except REFUSALS as error:
            messages.error(request, error_message(error))
            return None

    def _calendar(self, request: HttpRequest, object_id: str) -> Calendar:
        row: Calendar | None = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def _page(self, request: HttpRequest, template: str, row: Calendar, title: str, **extra: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "row": row}
        back = reverse("admin:calendars_calendar_change", args=[row.pk])
        return TemplateResponse(request, template, {**context, "back": back, **extra})
