"""Alarms and their attempts in the admin."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.access import badge, copy_state, link, tenant_of
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, TenantInline, TenantModelAdmin
from accounts.request_facts import now_of
from calendars.admin.shared import ALARM_STATUS, MANUAL, RESULT, STATES, AlarmForm, filled, typed
from calendars.engine.states import AlarmResult, AlarmStatus
from calendars.models import (
    Alarm,
    AlarmRequest,
)
from calendars.services.alarms import alarms
from notifications import channels
from notifications.engine import explanations


class RequestInline(ReadOnly, TenantInline):
    """The attempts of an alarm."""

    model = AlarmRequest
    fields = ("date", "status", "state", "reason", "duration", "callrequest")
    readonly_fields = fields
    verbose_name_plural = _("alarm requests")


@admin.register(Alarm)
class AlarmAdmin(TenantModelAdmin):
    """Messages that tell of events."""

    list_display = (
        "id",
        "event",
        "method",
        "show_state",
        "show_status",
        "show_result",
        "reason",
        "due_at",
        "alarm_phonenumber",
        "alarm_email",
        "advance_notice",
        "num_attempt",
    )
    list_display_links = ("id", "event")
    list_filter = ("method", "status", "state", "result", "created_date")
    list_select_related = ("event",)
    search_fields = ("event__title", "event__contact__last_name", *channels.alarm_addresses())
    date_hierarchy = "due_at"
    autocomplete_fields = ("event",)
    form = AlarmForm
    readonly_fields = (
        "show_state",
        "show_status",
        "show_result",
        "num_attempt",
        "due_at",
        "useful_until",
        "created_date",
        "deliveries_link",
    )
    inlines = (RequestInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("event", "method"),
                    ("date_start_notice", "advance_notice"),
                    tuple(channels.alarm_contents()),
                    tuple(channels.alarm_addresses()),
                )
            },
        ),
        (_("Sending"), {"fields": (("daily_start", "daily_stop"), ("maxretry", "retry_delay"))}),
        (
            _("Result"),
            {
                "fields": (
                    ("show_state", "show_status", "show_result"),
                    ("due_at", "useful_until"),
                    ("num_attempt", "created_date", "deliveries_link"),
                )
            },
        ),
        (
            _("Further"),
            {"fields": (("url_confirm", "url_cancel"), ("phonenumber_transfer", "phonenumber_sms_failure"))},
        ),
    )
    row_actions = (
        RowAction(
            "send_now", _("Send now"), _("due now"), "send", "primary", lambda row: row.status == AlarmStatus.PENDING
        ),
        RowAction("retry", _("Retry"), _("tried again"), "replay", "primary", lambda row: row.status in MANUAL),
    )

    show_state = badge("state", _("state"), STATES)

    show_status = badge("status", _("status"), ALARM_STATUS)

    @display(description=_("answer"), ordering="result", label=RESULT)
    def show_result(self, row: Alarm) -> tuple[int, str] | str:
        """Return what the patient answered."""
        if row.result in (None, AlarmResult.NO_RESULT):
            return ""
        return row.result, row.get_result_display()

    @display(description=_("messages"))
    def deliveries_link(self, row: Alarm) -> str:
        """Return a link to its messages in the outbox."""
        address = reverse("admin:notifications_delivery_changelist")
        return link(f"{address}?topic=event:{row.event_id}", gettext("Show all"))

    def explain(self, request: HttpRequest, row: Alarm) -> Any:
        """Say why it was, or was not, sent."""
        return explanations.explain(row.state, reason=row.reason)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An alarm stays with its event."""
        return [*super().get_readonly_fields(request, obj), *(["event"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Alarm, form: Any, change: bool) -> None:
        """Make or change it through the service."""
        given, now = typed(form), now_of(request)
        with tenant_of(obj):
            if change:
                stored = Alarm.objects.get(pk=obj.pk)
                return copy_state(obj, alarms.change(stored, now=now, **given) if given else stored)
            fields = filled({name: form.cleaned_data[name] for name in form.fields if name != "organization"})
            return copy_state(obj, alarms.create(fields.pop("event"), now=now, **fields))

    def delete_model(self, request: HttpRequest, obj: Alarm) -> None:
        """Delete it through the service, which stops its message."""
        with tenant_of(obj):
            alarms.delete(obj, now=now_of(request))

    def send_now(self, request: HttpRequest, row: Alarm, now: datetime) -> None:
        """Let it fall due."""
        alarms.send_now(row, now=now)

    def retry(self, request: HttpRequest, row: Alarm, now: datetime) -> None:
        """Send it once more."""
        alarms.retry(row, now=now)


@admin.register(AlarmRequest)
class AlarmRequestAdmin(ReadOnly, TenantModelAdmin):
    """Attempts of alarms, on any channel."""

    list_display = ("id", "alarm", "date", "show_status", "state", "reason", "callstatus", "duration")
    list_filter = ("status", "state")
    list_select_related = ("alarm",)
    search_fields = ("alarm__event__title",)
    date_hierarchy = "date"
    fieldsets = (
        (None, {"fields": (("alarm", "date"), ("status", "state", "reason"))}),
        (_("Call"), {"fields": (("callstatus", "duration", "callrequest"), ("attempt", "created_date"))}),
    )

    show_status = badge("status", _("status"), ALARM_STATUS)
