"""Feeds and imported files in the admin."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.admin.access import badge
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, TenantInline, TenantModelAdmin
from calendars.models import CalendarFeed, CalendarImport, ImportedComponent
from calendars.services.exchange import feed_addresses, import_undo

STATES = {"queued": "default", "running": "info", "done": "success", "failed": "danger"}


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnly, TenantModelAdmin):
    """Addresses under which calendar apps read calendars; their secrets are shown when they are made."""

    list_display = ("name", "calendar", "detail", "show_open", "created_by", "created_at", "last_used_at", "revoked_at")
    list_filter = ("calendar", "detail", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("calendar", "created_by")
    search_fields = ("name", "calendar__name")
    fieldsets = (
        (None, {"fields": (("name", "calendar"), ("detail", "created_by"))}),
        (gettext_lazy("Record"), {"fields": (("created_at", "last_used_at", "revoked_at"),)}),
    )
    row_actions = (
        RowAction(
            "revoke",
            gettext_lazy("Revoke"),
            gettext_lazy("revoked"),
            "link_off",
            "danger",
            lambda row: not row.revoked_at,
        ),
    )

    @display(description=gettext_lazy("status"), label={"open": "success", "revoked": "danger"})
    def show_open(self, row: CalendarFeed) -> tuple[str, str]:
        """Return whether it can be read."""
        return ("revoked", _("Revoked")) if row.revoked_at else ("open", _("Open"))

    def revoke(self, request: HttpRequest, row: CalendarFeed, now: datetime) -> None:
        """Close it at once."""
        feed_addresses.revoke(row, now=now)


class ComponentInline(ReadOnly, TenantInline):
    """What became of each component of a file."""

    model = ImportedComponent
    fields = ("line", "result", "event", "uid", "show_notes")
    readonly_fields = ("show_notes",)
    show_change_link = False
    verbose_name_plural = gettext_lazy("components")
    per_page = 100

    @display(description=gettext_lazy("why"))
    def show_notes(self, row: ImportedComponent) -> str:
        """Return the reasons and warnings."""
        return "; ".join(row.notes)


@admin.register(CalendarImport)
class CalendarImportAdmin(ReadOnly, TenantModelAdmin):
    """Files that were taken into calendars."""

    list_display = ("__str__", "calendar", "show_state", "created_by", "created_at", "undone_at")
    list_filter = ("calendar", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("calendar", "created_by")
    search_fields = ("file_name", "calendar__name")
    inlines = (ComponentInline,)
    fieldsets = (
        (None, {"fields": ("show_progress", ("file_name", "calendar"), ("created_by", "created_at", "undone_at"))}),
    )
    readonly_fields = ("show_progress",)
    row_actions = (
        RowAction(
            "undo",
            gettext_lazy("Take back"),
            gettext_lazy("taken back"),
            "undo",
            "danger",
            lambda row: not (row.undone_at or row.is_open),
        ),
    )

    show_state = badge("state", gettext_lazy("state"), STATES)

    @display(description=gettext_lazy("how far it is"))
    def show_progress(self, row: CalendarImport) -> str:
        """Return a bar while it is under way, then what came of it."""
        told = {"row": row, "told": row.get_state_display(), "error": row.error}
        return render_to_string("admin/calendars/progress.html", told)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it, and again every two seconds while it is under way; the header needs no script."""
        response = super().change_view(request, object_id, *args, **kwargs)
        row = getattr(response, "context_data", {}).get("original")
        if isinstance(row, CalendarImport) and row.is_open:
            response["Refresh"] = "2"
        return response

    def undo(self, request: HttpRequest, row: CalendarImport, now: datetime) -> None:
        """Take it back, and say what had to stay."""
        for kept in [each for each in import_undo.undo(row, now=now) if each.kept]:
            messages.warning(
                request,
                _("Line %(line)s, %(value)s: left as it is, %(kept)s.")
                % {"line": kept.line, "value": kept.title or kept.uid, "kept": kept.kept},
            )


@admin.register(ImportedComponent)
class ImportedComponentAdmin(ReadOnly, TenantModelAdmin):
    """Components of imported files, also reached from their file."""

    list_display = ("line", "source", "result", "event", "uid")
    list_filter = ("result",)
    list_select_related = ("source", "event")
    search_fields = ("uid", "event__title")
    fields = ("source", "line", "result", "event", "uid", "notes", "version")
