"""What is noted and told of visits in the admin: notes, notifications, driving times."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.admin.access import copy_state, tenant_of
from accounts.admin.site import TenantModelAdmin
from accounts.request_facts import now_of
from appointments.models import AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from appointments.services import driving_times, visit_notes, visit_notifications
from notifications.engine import explanations


class RecordAdmin(TenantModelAdmin):
    """A page of rows that belong to visits, which their service writes."""

    list_select_related = ("appointment__contact",)
    autocomplete_fields = ("appointment",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write it through its service."""
        names = form.changed_data if change else [name for name in form.cleaned_data if name in form.fields]
        fields = {name: form.cleaned_data[name] for name in names if name != "organization"}
        with tenant_of(obj):
            stored = type(obj).objects.get(pk=obj.pk) if change else None
            copy_state(obj, self.write(request, stored, fields))

    def write(self, request: HttpRequest, row: Any, fields: dict[str, Any]) -> Any:
        """Make a row, or change one that there is, and return it."""
        raise NotImplementedError


@admin.register(AppointmentNote)
class NoteAdmin(RecordAdmin):
    """Notes on visits, at most one of each type."""

    list_display = ("type", "appointment", "note")
    list_filter = ("type",)
    search_fields = ("note", "appointment__title")
    search_help_text = gettext_lazy("Note, or title of the visit")
    fieldsets = ((None, {"fields": (("appointment", "type"), "note")}),)

    def write(self, request: HttpRequest, row: Any, fields: dict[str, Any]) -> Any:
        """Write the note."""
        return visit_notes.change(row, **fields) if row else visit_notes.create(**fields)


@admin.register(AppointmentNotification)
class NotificationAdmin(RecordAdmin):
    """E-mails about visits; the outbox sends each once."""

    list_display = ("recipient", "subject", "appointment", "send_at", "sent_at", "show_state")
    list_filter = ("state", "send_notification")
    search_fields = ("recipient", "subject", "appointment__title")
    search_help_text = gettext_lazy("Recipient, subject, or title of the visit")
    readonly_fields = ("sent_at", "show_state")
    fieldsets = (
        (None, {"fields": (("appointment", "recipient"), "subject", "message", ("org_name", "org_phone"))}),
        (gettext_lazy("Sending"), {"fields": (("send_notification", "send_at"), ("sent_at", "show_state"))}),
    )

    @display(description=gettext_lazy("state"), ordering="state")
    def show_state(self, row: AppointmentNotification) -> str:
        """Return what became of its message."""
        return explanations.explain(row.state, reason=row.reason).headline if row.state else "–"

    def write(self, request: HttpRequest, row: Any, fields: dict[str, Any]) -> Any:
        """Write what is missing, and send it where that is wanted."""
        now = now_of(request)
        if row:
            return visit_notifications.change(row, now=now, **fields)
        return visit_notifications.create(now=now, **fields)


@admin.register(AppointmentDrivingTime)
class DrivingTimeAdmin(RecordAdmin):
    """How far it is to visits."""

    list_display = ("appointment", "distance", "time", "time_point")
    search_fields = ("appointment__title", "uuid")
    search_help_text = gettext_lazy("Title of the visit, or UUID")
    readonly_fields = ("uuid",)
    fieldsets = ((None, {"fields": ("appointment", ("distance", "time"), ("time_point", "uuid"))}),)

    def write(self, request: HttpRequest, row: Any, fields: dict[str, Any]) -> Any:
        """Note the driving time."""
        return driving_times.change(row, **fields) if row else driving_times.create(**fields)
