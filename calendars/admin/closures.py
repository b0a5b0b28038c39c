"""Opening hours and closures in the admin; what follows for events is done when they are saved."""

from abc import abstractmethod
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import tenancy
from accounts.admin.access import tenant_of
from accounts.admin.site import TenantModelAdmin
from accounts.engine.roles import Area
from accounts.request_facts import now_of
from calendars.models import Closure, ClosureRun, OpeningHours
from calendars.services.closures import closure_updates


class AppliedAdmin(TenantModelAdmin):
    """Rows that the events to come follow, whenever one of them is saved or removed."""

    area = Area.SETTINGS
    list_select_related = ("clinic",)
    list_before_template = "admin/calendars/closure_run.html"

    @abstractmethod
    def follow(self, request: HttpRequest, row: Any) -> int | None:
        """Let the events to come follow a row that was just saved or removed.

        Returns how many changed; None where a worker does it.
        """

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show how far a worker is, and again every two seconds; the header needs no script."""
        run = ClosureRun.objects.first() if tenancy.current_id() else None
        response = super().changelist_view(request, {**(extra_context or {}), "run": run})
        if run and run.is_open and request.method == "GET":
            response["Refresh"] = "2"
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save it, and say how many events it concerns."""
        super().save_model(request, obj, form, change)
        self._follow(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove it, and undo what it did."""
        super().delete_model(request, obj)
        self._follow(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Remove several, and undo what they did."""
        rows = list(queryset)
        super().delete_queryset(request, queryset)
        for row in rows:
            self._follow(request, row)

    def _follow(self, request: HttpRequest, row: Any) -> None:
        with tenant_of(row):
            changed = self.follow(request, row)
        if changed is None:
            messages.info(request, _("There are many events to come; it is applied to them in the background."))
        elif changed:
            messages.info(
                request,
                ngettext(
                    "%(number)d event to come changed with it.", "%(number)d events to come changed with it.", changed
                )
                % {"number": changed},
            )


@admin.register(OpeningHours)
class OpeningHoursAdmin(AppliedAdmin):
    """Spans of weekdays in which clinics are open."""

    list_display = ("__str__", "clinic")
    list_filter = ("clinic", "weekday")
    fieldsets = ((None, {"fields": ("clinic", ("weekday", "opens", "closes"))}),)

    def follow(self, request: HttpRequest, row: OpeningHours) -> int | None:
        """Mark what lies outside the hours."""
        return closure_updates.evaluate_opening_hours(now=now_of(request))


@admin.register(Closure)
class ClosureAdmin(AppliedAdmin):
    """Days on which clinics are closed."""

    list_display = ("name", "first_day", "begins", "last_day", "ends", "clinic")
    list_filter = ("clinic",)
    search_fields = ("name",)
    date_hierarchy = "first_day"
    fieldsets = ((None, {"fields": (("name", "clinic"), ("first_day", "begins"), ("last_day", "ends"))}),)

    def follow(self, request: HttpRequest, row: Closure) -> int | None:
        """Mark, skip and move what falls on it."""
        return closure_updates.evaluate_closure(row, now=now_of(request))
